import type { Db, Statements, Tx } from '../store/store.ts'
import type { FollowerRow } from '../store/tables.ts'

/** Inside a batch of arrivals. */
export function findFollowerInBatch(tx: Statements, appid: string, index: string): FollowerRow | undefined {
  const row = tx.get('SELECT * FROM followers WHERE appid = ? AND openid_index = ?', appid, index)
  return row as FollowerRow | undefined
}

export function putFollowerInBatch(tx: Statements, row: FollowerRow): void {
  tx.run(
    `INSERT INTO followers (appid, openid_index, openid_sealed, unionid_index, unionid_sealed, followed_at, unfollowed_at, event_at, lookup_due_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (appid, openid_index) DO UPDATE SET openid_sealed = excluded.openid_sealed, unionid_index = excluded.unionid_index,
       unionid_sealed = excluded.unionid_sealed, followed_at = excluded.followed_at, unfollowed_at = excluded.unfollowed_at,
       event_at = excluded.event_at, lookup_due_at = excluded.lookup_due_at`,
    row.appid,
    row.openid_index,
    row.openid_sealed,
    row.unionid_index,
    row.unionid_sealed,
    row.followed_at,
    row.unfollowed_at,
    row.event_at,
    row.lookup_due_at,
  )
}

/** What the person's linked identities still show is forgotten with the follower; the index stays, so that a return is recognised. */
export function forgetIdentityValueInBatch(tx: Statements, appid: string, index: string): void {
  tx.run(
    `UPDATE identities SET value_sealed = NULL WHERE kind = 'wechat' AND namespace = ? AND value_index = ?`,
    appid,
    index,
  )
}

/** Apps whose user this WeChat is, with the user's id as each knows it. */
export function listAppsOfFollowerInBatch(
  tx: Statements,
  appid: string,
  index: string,
): { app_id: string; public_id: string }[] {
  const rows = tx.all(
    `SELECT app_users.app_id, app_users.public_id FROM identities JOIN app_users ON app_users.user_id = identities.user_id
     WHERE identities.kind = 'wechat' AND identities.namespace = ? AND identities.value_index = ?`,
    appid,
    index,
  )
  return rows as { app_id: string; public_id: string }[]
}

export async function findFollower(db: Db | Tx, appid: string, index: string): Promise<FollowerRow | undefined> {
  return db
    .selectFrom('followers')
    .selectAll()
    .where('appid', '=', appid)
    .where('openid_index', '=', index)
    .executeTakeFirst()
}

/** Followers whose state the platform should be asked for. */
export async function listLookupsDue(db: Db, appid: string, now: number, limit: number): Promise<FollowerRow[]> {
  return db
    .selectFrom('followers')
    .selectAll()
    .where('lookup_due_at', '<=', now)
    .where('appid', '=', appid)
    .where('openid_sealed', 'is not', null)
    .limit(limit)
    .execute()
}

/** Writes what the platform said, unless a newer push has spoken meanwhile. */
export async function settleLookup(
  tx: Tx,
  before: FollowerRow,
  change: Partial<Omit<FollowerRow, 'appid' | 'openid_index'>>,
): Promise<void> {
  await tx
    .updateTable('followers')
    .set({ ...change, lookup_due_at: null })
    .where('appid', '=', before.appid)
    .where('openid_index', '=', before.openid_index)
    .where('event_at', '=', before.event_at)
    .execute()
}

/** Policy `erase`: the index goes too, and a return is not recognised; unless this WeChat is the person's only way in. */
export function eraseFollowerInBatch(tx: Statements, appid: string, index: string): void {
  tx.run(
    `DELETE FROM identities WHERE kind = 'wechat' AND namespace = ? AND value_index = ? AND EXISTS (
       SELECT 1 FROM identities AS other WHERE other.user_id = identities.user_id AND other.kind NOT IN ('wechat', 'union'))`,
    appid,
    index,
  )
  tx.run(
    `DELETE FROM followers WHERE appid = ? AND openid_index = ? AND NOT EXISTS (
       SELECT 1 FROM identities WHERE kind = 'wechat' AND namespace = followers.appid AND value_index = followers.openid_index)`,
    appid,
    index,
  )
}
