import type { Accounts } from '../accounts/accounts.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { ToldUnion, Users } from '../users/users.ts'
import { askForUnionids, holdFollowers } from './queries.ts'

/** An account got an open platform later: its people who are users already are recognised by their unionids, a stretch at a time. */
export interface BackFilling {
  /** A job. Whose unionid is not known is asked for, as if a push had been in doubt. */
  run(job: Job): Promise<void>
}

const atOnce = 200

export function createBackFilling(deps: { clock: Clock; accounts: Accounts; users: Users }): BackFilling {
  const { clock, accounts, users } = deps

  async function takeStretch(
    tx: Tx,
    backFill: Awaited<ReturnType<Accounts['listBackFills']>>[number],
  ): Promise<boolean> {
    const { appid, after } = backFill
    const indexes = await users.listWechats(tx, appid, after, atOnce)
    const end = indexes.length < atOnce ? null : (indexes.at(-1) ?? null)
    // Somebody named another open platform meanwhile: the next run begins with that one.
    if (!(await accounts.advanceBackFill(tx, backFill, end)) || indexes.length === 0) return false
    const rows = await holdFollowers(tx, appid, indexes)
    const told = rows.flatMap((row): ToldUnion[] =>
      row.unionid_index === null
        ? []
        : [{ openidIndex: row.openid_index, unionidIndex: row.unionid_index, former: null }],
    )
    await users.unite(tx, backFill, told)
    await askForUnionids(tx, appid, indexes, clock.now())
    return end !== null
  }

  return {
    async run({ write, signal }) {
      for (const { appid } of await accounts.listBackFills()) {
        for (let more = true; more && !signal.aborted; ) {
          const [next] = (await accounts.listBackFills()).filter((one) => one.appid === appid)
          more = next !== undefined && (await write((tx) => takeStretch(tx, next)))
        }
      }
    },
  }
}
