import type { BatchStatement, Db, Tx } from '../store/store.ts'
import type { FollowerRow } from '../store/tables.ts'

const columns =
  'appid, openid_index, openid_sealed, unionid_index, unionid_sealed, followed_at, unfollowed_at, event_at, lookup_due_at'

/** Keys: appid, openid_index. */
export const followersByKey: BatchStatement = {
  sqlite: `SELECT ${columns} FROM followers WHERE appid = ? AND openid_index = ?`,
  postgres: `SELECT ${columns.replaceAll(/(^|, )/g, '$1followers.')} FROM unnest($1::text[], $2::text[]) AS key (appid, openid_index)
    JOIN followers ON followers.appid = key.appid AND followers.openid_index = key.openid_index`,
}

/** Columns: all, as in the table. Fails where somebody added the follower meanwhile. */
export const insertFollower: BatchStatement = {
  sqlite: `INSERT INTO followers (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  postgres: `INSERT INTO followers (${columns})
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bytea[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])`,
}

/** Columns: what is new (openid_sealed … lookup_due_at), then what must still be so: appid, openid_index, event_at, unfollowed_at. */
export const updateFollower: BatchStatement = {
  sqlite: `UPDATE followers SET openid_sealed = ?, unionid_index = ?, unionid_sealed = ?, followed_at = ?, unfollowed_at = ?,
      event_at = ?, lookup_due_at = ?
    WHERE appid = ? AND openid_index = ? AND event_at = ? AND unfollowed_at IS ?`,
  postgres: `UPDATE followers SET openid_sealed = new.openid_sealed, unionid_index = new.unionid_index,
      unionid_sealed = new.unionid_sealed, followed_at = new.followed_at, unfollowed_at = new.unfollowed_at,
      event_at = new.event_at, lookup_due_at = new.lookup_due_at
    FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[],
      $10::bigint[], $11::bigint[]) AS new (openid_sealed, unionid_index, unionid_sealed, followed_at, unfollowed_at, event_at,
      lookup_due_at, appid, openid_index, was_event_at, was_unfollowed_at)
    WHERE followers.appid = new.appid AND followers.openid_index = new.openid_index
      AND followers.event_at = new.was_event_at AND followers.unfollowed_at IS NOT DISTINCT FROM new.was_unfollowed_at`,
}

/** Columns: cancelled_at, appid, openid_index. */
export const cancelFollower: BatchStatement = {
  sqlite: 'UPDATE followers SET cancelled_at = ? WHERE appid = ? AND openid_index = ?',
  postgres: `UPDATE followers SET cancelled_at = gone.cancelled_at
    FROM unnest($1::bigint[], $2::text[], $3::text[]) AS gone (cancelled_at, appid, openid_index)
    WHERE followers.appid = gone.appid AND followers.openid_index = gone.openid_index`,
}

/** Keys: appid. */
export const departuresByAccount: BatchStatement = {
  sqlite: 'SELECT appid, departures FROM accounts WHERE appid = ?',
  postgres: `SELECT accounts.appid, accounts.departures FROM unnest($1::text[]) AS key (appid)
    JOIN accounts ON accounts.appid = key.appid`,
}

/** Keys: appid, departures as they were. */
export const sameDepartures: BatchStatement = {
  sqlite: 'SELECT 1 FROM accounts WHERE appid = ? AND departures = ?',
  postgres: `SELECT 1 FROM unnest($1::text[], $2::bigint[]) AS was (appid, departures)
    JOIN accounts ON accounts.appid = was.appid AND accounts.departures = was.departures`,
}

/** Columns: appid. */
export const countDeparture: BatchStatement = {
  sqlite: 'UPDATE accounts SET departures = departures + 1 WHERE appid = ?',
  postgres: `UPDATE accounts SET departures = accounts.departures + 1 FROM unnest($1::text[]) AS leaving (appid)
    WHERE accounts.appid = leaving.appid`,
}

export async function countDepartureOf(tx: Tx, appid: string): Promise<void> {
  await tx
    .updateTable('accounts')
    .set((eb) => ({ departures: eb('departures', '+', 1) }))
    .where('appid', '=', appid)
    .execute()
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

/** Who follows, and has no unionid that is known, is looked up next. */
export async function askForUnionids(tx: Tx, appid: string, indexes: string[], now: number): Promise<void> {
  await tx
    .updateTable('followers')
    .set({ lookup_due_at: now })
    .where('appid', '=', appid)
    .where('openid_index', 'in', indexes)
    .where('unionid_index', 'is', null)
    .where('unfollowed_at', 'is', null)
    .where('openid_sealed', 'is not', null)
    .execute()
}

/** Who follows as far as is known, is looked up next. */
export async function doubtFollower(tx: Tx, appid: string, index: string, now: number): Promise<void> {
  await tx
    .updateTable('followers')
    .set({ lookup_due_at: now })
    .where('appid', '=', appid)
    .where('openid_index', '=', index)
    .where('followed_at', 'is not', null)
    .where('unfollowed_at', 'is', null)
    .execute()
}

/** These followers as they are, held still until the transaction ends. */
export async function holdFollowers(tx: Tx, appid: string, indexes: string[]): Promise<FollowerRow[]> {
  return tx
    .selectFrom('followers')
    .selectAll()
    .where('appid', '=', appid)
    .where('openid_index', 'in', indexes)
    .orderBy('openid_index')
    .forUpdate()
    .execute()
}

/** @returns the indexes of those who were not there before */
export async function insertFollowers(tx: Tx, rows: FollowerRow[]): Promise<string[]> {
  if (rows.length === 0) return []
  const inserted = await tx
    .insertInto('followers')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['appid', 'openid_index']).doNothing())
    .returning('openid_index')
    .execute()
  return inserted.map((row) => row.openid_index)
}

/** Rows that are held: what is in them is what they are to be. */
export async function replaceFollowers(tx: Tx, rows: FollowerRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('followers')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['appid', 'openid_index']).doUpdateSet((eb) => ({
        openid_sealed: eb.ref('excluded.openid_sealed'),
        unionid_index: eb.ref('excluded.unionid_index'),
        unionid_sealed: eb.ref('excluded.unionid_sealed'),
        followed_at: eb.ref('excluded.followed_at'),
        unfollowed_at: eb.ref('excluded.unfollowed_at'),
        event_at: eb.ref('excluded.event_at'),
        lookup_due_at: eb.ref('excluded.lookup_due_at'),
      })),
    )
    .execute()
}

export async function deleteFollower(tx: Tx, appid: string, index: string): Promise<void> {
  for (const table of ['followers', 'listed_followers'] as const) {
    await tx.deleteFrom(table).where('appid', '=', appid).where('openid_index', '=', index).execute()
  }
}

/** Deletes who never followed, is nobody's WeChat, and has no flow any more in which they could become somebody's. @returns how many */
export async function deleteStrangers(tx: Tx, appid: string, limit: number): Promise<number> {
  const strangers = tx
    .selectFrom('followers')
    .select('openid_index')
    .where('appid', '=', appid)
    .where('followed_at', 'is', null)
    .where('unfollowed_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('identities')
            .select('id')
            .where('kind', '=', 'wechat')
            .where('namespace', '=', appid)
            .whereRef('value_index', '=', 'followers.openid_index'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('flows').select('id').whereRef('flows.scanner_index', '=', 'followers.openid_index'))),
    )
    .limit(limit)
  const result = await tx
    .deleteFrom('followers')
    .where('appid', '=', appid)
    .where('openid_index', 'in', strangers)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Deletes followers who left before that time and have not come back. @returns them */
export async function deleteUnfollowed(
  tx: Tx,
  appid: string,
  before: number,
  limit: number,
  which: 'all' | 'cancelled',
): Promise<{ openid_index: string; cancelled_at: number | null }[]> {
  const left = tx
    .selectFrom('followers')
    .select('openid_index')
    .where('appid', '=', appid)
    .where('unfollowed_at', '<', before)
    .orderBy('unfollowed_at')
    .limit(limit)
  const gone = which === 'all' ? left : left.where('cancelled_at', 'is not', null)
  return (
    tx
      .deleteFrom('followers')
      .where('appid', '=', appid)
      .where('openid_index', 'in', gone)
      // Once more, for the row as it is when it is had: who came back stays.
      .where('unfollowed_at', '<', before)
      .returning(['openid_index', 'cancelled_at'])
      .execute()
  )
}
