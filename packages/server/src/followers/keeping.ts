import type { Store } from '../store/store.ts'
import type { FollowerRow } from '../store/tables.ts'
import type { Keeper } from '../users/users.ts'
import { holdDepartures } from './departures.ts'
import { deleteFollower, findFollower, holdFollowers } from './queries.ts'

/** Whether and since when a person follows which account. */
export function createKeeper(deps: { store: Store; unionidOf: (row: FollowerRow) => string | undefined }): Keeper {
  const { store, unionidOf } = deps
  return {
    name: 'follows',
    async show({ wechats }, appId) {
      const rows = await Promise.all(wechats.map(([appid, index]) => findFollower(store.db, appid, index)))
      const time = (at: number | null) => at && new Date(at).toISOString()
      return rows.flatMap((row) => {
        if (!row) return []
        const unionid = appId === undefined ? unionidOf(row) : undefined
        const follows = { account: row.appid, since: time(row.followed_at), until: time(row.unfollowed_at) }
        return [{ ...follows, ...(unionid && { unionid }) }]
      })
    },
    /** Whoever has one app is erased with it: departures and followers come before the flows. */
    async part(tx, { wechats, apps }, appId) {
      if (apps.length === 0 || apps.some((app) => app.appId !== appId)) return
      for (const [appid, index] of wechats.toSorted()) {
        await holdDepartures(store, tx, appid)
        await holdFollowers(tx, appid, [index])
      }
    },
    /** Whoever still follows is a follower like any other again, with the next push or comparison: that is between them and the account. */
    async forget(tx, { wechats }, appId) {
      if (appId !== undefined) return
      for (const [appid, index] of wechats.toSorted()) {
        // What a batch has read of this follower, it reads again.
        await holdDepartures(store, tx, appid)
        await deleteFollower(tx, appid, index)
      }
    },
  }
}
