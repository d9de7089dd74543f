import type { Insertable } from 'kysely'
import type { Db, Tx } from '../store/store.ts'
import type { CodeRow, Tables } from '../store/tables.ts'

export type { CodeRow } from '../store/tables.ts'

/** A user of an app, or what it takes for one. */
export interface Whose {
  appId: string
  userKey: string
}

export async function insertCode(tx: Tx, row: Insertable<Tables['codes']>): Promise<void> {
  await tx.insertInto('codes').values(row).execute()
}

export async function findCode(db: Db | Tx, id: string): Promise<CodeRow | undefined> {
  return db.selectFrom('codes').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What a site asked under an `Idempotency-Key`, and the code it got. */
export type Request = Tables['idempotency_keys']

/** Whoever comes second under one key waits for the first. @returns the one that is kept already */
export async function keepRequest(tx: Tx, request: Request): Promise<Request | undefined> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('idempotency_keys')
    .values(request)
    .onConflict((conflict) => conflict.columns(['app_id', 'key']).doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 1n) return undefined
  return tx
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('app_id', '=', request.app_id)
    .where('key', '=', request.key)
    .executeTakeFirst()
}

/** When codes were asked for, the oldest first. */
export async function listCodeTimes(tx: Tx, whose: Whose, since: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('codes')
    .select('created_at')
    .where('app_id', '=', whose.appId)
    .where('user_key', '=', whose.userKey)
    .where('created_at', '>', since)
    .orderBy('created_at')
    .execute()
  return rows.map((row) => row.created_at)
}

/** The wrong tries at codes that were asked for since then, the oldest first. */
export async function listWrongTries(tx: Tx, whose: Whose, since: number): Promise<{ at: number; wrong: number }[]> {
  const rows = await tx
    .selectFrom('codes')
    .select(['created_at', 'tries', 'used_at'])
    .where('app_id', '=', whose.appId)
    .where('user_key', '=', whose.userKey)
    .where('created_at', '>', since)
    .where('tries', '>', 0)
    .orderBy('created_at')
    .execute()
  return rows.map((row) => ({ at: row.created_at, wrong: row.tries - (row.used_at === null ? 0 : 1) }))
}

/** What was sent before for the same purpose is good no more. @returns their ids */
export async function endCodes(tx: Tx, of: Whose & { purposeIndex: string }, now: number): Promise<string[]> {
  const rows = await tx
    .updateTable('codes')
    .set({ ended_at: now, asked_sealed: null })
    .where('app_id', '=', of.appId)
    .where('user_key', '=', of.userKey)
    .where('purpose_index', '=', of.purposeIndex)
    .where('ended_at', 'is', null)
    .where('used_at', 'is', null)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

/** One message for a code, or none: whoever decides that, decides it alone. @returns whether it is still to be sent */
export async function takeForDispatch(
  tx: Tx,
  id: string,
  to: { appid: string; openidIndex: string } | undefined,
  now: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('codes')
    .set({ dispatched_at: now, asked_sealed: null, appid: to?.appid ?? null, openid_index: to?.openidIndex ?? null })
    .where('id', '=', id)
    .where('dispatched_at', 'is', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Codes that went to this WeChat, of whatever site. */
export async function countCodesTo(tx: Tx, openidIndex: string, since: number): Promise<number> {
  const row = await tx
    .selectFrom('codes')
    .select((eb) => eb.fn.countAll<number>().as('codes'))
    .where('openid_index', '=', openidIndex)
    .where('created_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(row.codes)
}

/** Counts a try before it is looked at. @returns the tries so far, or undefined when none was left */
export async function countCodeTry(tx: Tx, id: string, limit: number, now: number): Promise<number | undefined> {
  const row = await tx
    .updateTable('codes')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .where('tries', '<', limit)
    .returning('tries')
    .executeTakeFirst()
  return row?.tries
}

/** @returns whether it was this call that used it up */
export async function useCode(tx: Tx, id: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('codes')
    .set({ used_at: now })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** One more in a row, unless there were too many. @returns whether this one may be looked at */
export async function countInARow(tx: Tx, whose: Whose, most: number, now: number): Promise<boolean> {
  const row = await tx
    .insertInto('code_tries')
    .values({ app_id: whose.appId, user_key: whose.userKey, wrong: 1, tried_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['app_id', 'user_key'])
        .doUpdateSet((eb) => ({ wrong: eb('code_tries.wrong', '+', 1), tried_at: now }))
        .where('code_tries.wrong', '<', most),
    )
    .returning('wrong')
    .executeTakeFirst()
  return row !== undefined
}

export async function isStopped(db: Db | Tx, whose: Whose, most: number): Promise<boolean> {
  const row = await db
    .selectFrom('code_tries')
    .select('wrong')
    .where('app_id', '=', whose.appId)
    .where('user_key', '=', whose.userKey)
    .where('wrong', '>=', most)
    .executeTakeFirst()
  return row !== undefined
}

export async function deleteTriesOf(tx: Tx, whose: Whose): Promise<void> {
  await tx.deleteFrom('code_tries').where('app_id', '=', whose.appId).where('user_key', '=', whose.userKey).execute()
}

export async function listCodesOf(db: Db, whose: Whose): Promise<CodeRow[]> {
  return db
    .selectFrom('codes')
    .selectAll()
    .where('app_id', '=', whose.appId)
    .where('user_key', '=', whose.userKey)
    .orderBy('created_at')
    .execute()
}

export async function deleteCodesOf(tx: Tx, whose: Whose): Promise<void> {
  const theirs = tx.deleteFrom('codes').where('app_id', '=', whose.appId).where('user_key', '=', whose.userKey)
  await deleteRequestsOf(tx, await theirs.returning('id').execute())
}

export async function deleteCodesTo(tx: Tx, openidIndex: string, appId: string | undefined): Promise<void> {
  const all = tx.deleteFrom('codes').where('openid_index', '=', openidIndex)
  const theirs = appId === undefined ? all : all.where('app_id', '=', appId)
  await deleteRequestsOf(tx, await theirs.returning('id').execute())
}

async function deleteRequestsOf(tx: Tx, codes: { id: string }[]): Promise<void> {
  if (codes.length === 0) return
  const ids = codes.map(({ id }) => id)
  await tx.deleteFrom('idempotency_keys').where('object_id', 'in', ids).execute()
}

/** @returns how many were deleted */
export async function deleteCodesBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx.selectFrom('codes').select('id').where('created_at', '<', before).orderBy('created_at').limit(limit)
  const result = await tx.deleteFrom('codes').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** @returns how many were deleted */
export async function deleteTriesBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('code_tries')
    .select(['app_id', 'user_key'])
    .where('tried_at', '<', before)
    .orderBy('tried_at')
    .limit(limit)
  const result = await tx
    .deleteFrom('code_tries')
    .where(({ eb, refTuple }) => eb(refTuple('app_id', 'user_key'), 'in', old.$asTuple('app_id', 'user_key')))
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}
