import { print, readOptions, table, UsageError, withInstallation } from './usage.ts'

const usage = `hufu conflict list [--app ID] [--all]   who wanted what belongs to somebody else, the newest first; --all: also what is over
hufu conflict undo ID                  undo a move, within 24 hours`

const options = { app: { type: 'string' }, all: { type: 'boolean' } } as const
const most = 200

export async function conflictCommand([verb, ...args]: string[]): Promise<void> {
  const { values, positionals } = readOptions(args, options, usage)
  const [id] = positionals
  if (verb === 'undo' && id) {
    return withInstallation(async ({ conflicts }) => {
      await conflicts.undo(id)
      print('Undone. The sites and the people concerned are told.')
    })
  }
  if (verb !== 'list') throw new UsageError(usage)
  return withInstallation(async ({ conflicts, apps }) => {
    const states = values.all ? undefined : (['open', 'asked', 'moved'] as const).slice()
    const rows = await conflicts.list({ appId: values.app, states, limit: most })
    const lines = rows.map((row) => [
      row.id,
      row.reason,
      row.state,
      row.app_id === null ? '-' : (apps.find(row.app_id)?.name ?? row.app_id),
      row.appid,
      row.flow_id ?? '-',
      row.user_id,
      row.other_user_id ?? '-',
      String(row.seen),
      new Date(row.created_at).toISOString(),
    ])
    const head = ['ID', 'REASON', 'STATE', 'APP', 'ACCOUNT', 'FLOW', 'HELD BY', 'WANTED BY', 'MET', 'SINCE']
    print(lines.length === 0 ? 'No conflicts.' : table([head, ...lines]))
  })
}
