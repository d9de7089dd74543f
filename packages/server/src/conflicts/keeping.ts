import type { Store } from '../store/store.ts'
import type { Keeper, Person, Users } from '../users/users.ts'
import { deleteConflictsOf, holdConflictsOf, listConflictsOf } from './queries.ts'

/** Conflicts that a person is part of, on either side. */
export function createKeeper({ store, users }: { store: Store; users: Pick<Users, 'settleMove'> }): Keeper {
  const of = ({ userId, wechats }: Pick<Person, 'userId' | 'wechats'>, appId: string | undefined) => ({
    userId,
    wechats: wechats.map(([, index]) => index),
    appId,
  })
  return {
    name: 'conflicts',
    async show(person, appId) {
      return (await listConflictsOf(store.db, of(person, appId))).map((row) => ({
        id: row.id,
        reason: row.reason,
        state: row.state,
        account: row.appid,
        ...(row.app_id && { app: row.app_id }),
        ...(row.display_name && { display_name: row.display_name }),
        at: new Date(row.created_at).toISOString(),
      }))
    },
    async forget(tx, person, appId) {
      // Whoever was emptied by a move is not found by what they held: they go with it. One that happens right now is waited for by the deletion itself.
      for (const steps of await deleteConflictsOf(tx, of(person, appId))) await users.settleMove(tx, JSON.parse(steps))
    },
    part: (tx, person) => holdConflictsOf(tx, of(person, undefined)),
    async meet(tx, userIds) {
      for (const userId of userIds) await holdConflictsOf(tx, { userId, wechats: [], appId: undefined })
    },
    // Which of two is which does not matter any more: they are one.
    async absorb(tx, userId) {
      await deleteConflictsOf(tx, { userId, wechats: [], appId: undefined, open: true })
    },
  }
}
