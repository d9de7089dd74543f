import type { Store, Tx } from '../store/store.ts'
import type { IncomingMessageRow, MessageRow } from '../store/tables.ts'
import type { Templates } from '../templates/templates.ts'
import type { Keeper, Person } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { contentPlace, type Filling, type OneTimeFilling, viaOf } from './contents.ts'
import { messageState } from './ends.ts'
import { deleteConversations, listConversations } from './queries.ts'

/** What a person wrote to the sites, and what they were answered and told. */
export function createMessageKeeper(deps: {
  store: Store
  vault: Vault
  templates: Pick<Templates, 'find' | 'preview'>
}): Keeper {
  const { store, vault, templates } = deps

  /** As the person reads it on the phone, while it is kept. */
  async function textOf(row: MessageRow): Promise<string | undefined> {
    if (!row.text_sealed) return undefined
    const content = vault.open(contentPlace(row), row.text_sealed)
    if (viaOf(row) === 'customer_service') return content
    const filling: Filling | OneTimeFilling = JSON.parse(content)
    if ('title' in filling) return `${filling.title}\n${filling.content}`
    const { data } = filling
    const template = row.template_id && (await templates.find(store.db, row.appid, row.template_id))
    return (template ? [template.title, ...templates.preview(template, data)] : Object.values(data)).join('\n')
  }

  async function showMessage(row: MessageRow): Promise<object> {
    const text = await textOf(row)
    return {
      id: row.id,
      app: row.app_id,
      account: row.appid,
      from: 'site',
      at: new Date(row.created_at).toISOString(),
      state: messageState(row),
      ...(text !== undefined && { text }),
    }
  }

  async function forget(tx: Tx, { wechats }: Person, appId: string | undefined): Promise<void> {
    for (const [appid, openidIndex] of wechats) await deleteConversations(tx, { appid, openidIndex, appId })
  }

  return {
    name: 'messages',
    async show({ wechats }, appId) {
      const all = await Promise.all(
        wechats.map(([appid, openidIndex]) => listConversations(store.db, { appid, openidIndex, appId })),
      )
      const rows = all.map(async ({ incoming, messages }) => [
        ...incoming.map(showIncoming),
        ...(await Promise.all(messages.map(showMessage))),
      ])
      return (await Promise.all(rows)).flat()
    },
    forget,
    // What they wrote there is no longer an invitation to answer.
    part: forget,
  }
}

function showIncoming(row: IncomingMessageRow): object {
  const at = new Date(row.received_at).toISOString()
  return { id: row.id, app: row.app_id, account: row.appid, from: 'person', at }
}
