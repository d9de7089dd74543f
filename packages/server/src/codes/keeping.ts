import type { Store } from '../store/store.ts'
import type { Keeper, Person } from '../users/users.ts'
import { deleteCodesOf, deleteCodesTo, deleteTriesOf, listCodesOf, type Whose } from './queries.ts'

/** Under what a person's codes are counted: as the apps know them, and as they named them before they did. */
function keysOf({ apps, externals }: Person, appId: string | undefined): Whose[] {
  const all = [
    ...apps.map((app) => ({ appId: app.appId, userKey: app.publicId })),
    ...externals.map((external) => ({ appId: external.appId, userKey: external.index })),
  ]
  return all.filter((whose) => appId === undefined || whose.appId === appId)
}

export function createCodeKeeper({ store }: { store: Store }): Keeper {
  return {
    name: 'codes',
    async show(person, appId) {
      const rows = await Promise.all(keysOf(person, appId).map((whose) => listCodesOf(store.db, whose)))
      const time = (at: number) => new Date(at).toISOString()
      return rows.flat().map((row) => ({
        id: row.id,
        app: row.app_id,
        ...(row.appid && { account: row.appid }),
        created_at: time(row.created_at),
        tries: row.tries,
        ...(row.used_at !== null && { used_at: time(row.used_at) }),
      }))
    },
    async forget(tx, person, appId) {
      for (const whose of keysOf(person, appId)) {
        await deleteCodesOf(tx, whose)
        await deleteTriesOf(tx, whose)
      }
      for (const [, openidIndex] of person.wechats) await deleteCodesTo(tx, openidIndex, appId)
    },
  }
}
