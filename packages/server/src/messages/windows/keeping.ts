import type { Db } from '../../store/store.ts'
import type { Keeper } from '../../users/users.ts'
import { deleteWindowsOf, listAllWindows } from './queries.ts'

/** They are of an account and a person, whatever sites they use: a site's part of somebody has none. */
export function createWindowsKeeper(db: Db): Keeper {
  const at = (time: number) => new Date(time).toISOString()
  return {
    name: 'windows',
    async show({ wechats }, appId) {
      if (appId !== undefined) return []
      const rows = await Promise.all(wechats.map(([appid, index]) => listAllWindows(db, appid, index)))
      return rows.flat().map((row) => ({
        account: row.appid,
        by: row.opened_by,
        at: at(row.opened_at),
        until: at(row.open_until),
        remaining: row.remaining,
      }))
    },
    async forget(tx, { wechats }, appId) {
      if (appId !== undefined) return
      for (const [appid, index] of wechats) await deleteWindowsOf(tx, appid, [index])
    },
  }
}
