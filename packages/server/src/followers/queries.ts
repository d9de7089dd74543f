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
    .where('lookup_due_at', 'is not', null)
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

export async function listUnfollowed(db: Db, appid: string, before: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('followers')
    .select('openid_index')
    .where('appid', '=', appid)
    .where('unfollowed_at', '<', before)
    .limit(limit)
    .execute()
  return rows.map((row) => row.openid_index)
}

export async function deleteFollower(tx: Tx, appid: string, index: string): Promise<void> {
  await tx.deleteFrom('followers').where('appid', '=', appid).where('openid_index', '=', index).execute()
}
