import { sql } from 'kysely'
import type { BatchStatement, Db, Tx } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { WechatIndex } from '../users/users.ts'

export type SignInRow = Tables['sign_ins']

/** Once for a flow, as it brings something or is redeemed, whichever is first. @returns whether this was the first */
export async function insertSignIn(tx: Tx, row: SignInRow): Promise<boolean> {
  const result = await tx
    .insertInto('sign_ins')
    .values(row)
    .onConflict((conflict) => conflict.column('flow_id').doNothing())
    .executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows ?? 0n) > 0
}

/** Somebody was let in by it: now. */
export async function setSignInTime(tx: Tx, flowId: string, now: number): Promise<void> {
  await tx.updateTable('sign_ins').set({ at: now }).where('flow_id', '=', flowId).execute()
}

export async function findSignIn(db: Db | Tx, id: string): Promise<SignInRow | undefined> {
  return db.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function listSignIns(db: Db, userId: string, limit: number): Promise<SignInRow[]> {
  return db
    .selectFrom('sign_ins')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('at', 'desc')
    .limit(limit)
    .execute()
}

/** Whether this WeChat was linked once more since then. */
export async function isLinkedAnew(tx: Tx, row: SignInRow): Promise<boolean> {
  const later = await tx
    .selectFrom('sign_ins')
    .select('id')
    .where('user_id', '=', row.user_id)
    .where('kind', '=', 'bind')
    .where('at', '>', row.at)
    .where('appid', '=', row.appid)
    .where('openid_index', '=', row.openid_index)
    .executeTakeFirst()
  return later !== undefined
}

/** Logins by these WeChats that nobody has disowned yet. */
export async function listLoginsSince(tx: Tx, wechats: WechatIndex[], since: number): Promise<SignInRow[]> {
  if (wechats.length === 0) return []
  return tx
    .selectFrom('sign_ins')
    .selectAll()
    .where(
      'openid_index',
      'in',
      wechats.map(([, index]) => index),
    )
    .where('kind', '=', 'login')
    .where('at', '>', since)
    .where('disowned_at', 'is', null)
    .orderBy('id')
    .execute()
}

/** Once. @returns the sign-in, or undefined when it was disowned before */
export async function markDisowned(tx: Tx, id: string, now: number): Promise<SignInRow | undefined> {
  return tx
    .updateTable('sign_ins')
    .set({ disowned_at: now })
    .where('id', '=', id)
    .where('disowned_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

/** Of one app, or of all. */
export async function listSignInsOf(db: Db, userId: string, appId: string | undefined): Promise<SignInRow[]> {
  const all = db.selectFrom('sign_ins').selectAll().where('user_id', '=', userId).orderBy('at', 'desc')
  return (appId === undefined ? all : all.where('app_id', '=', appId)).execute()
}

/** Of one app, or of all. */
export async function deleteSignInsOf(tx: Tx, userId: string, appId: string | undefined): Promise<void> {
  const all = tx.deleteFrom('sign_ins').where('user_id', '=', userId)
  await (appId === undefined ? all : all.where('app_id', '=', appId)).execute()
}

export async function moveSignIns(tx: Tx, from: string, to: string): Promise<void> {
  await tx.updateTable('sign_ins').set({ user_id: to }).where('user_id', '=', from).execute()
}

/** @returns how many were deleted */
export async function deleteSignInsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx.selectFrom('sign_ins').select('id').where('at', '<', before).orderBy('at').limit(limit)
  const result = await tx.deleteFrom('sign_ins').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** A guard that lasts longer stays. */
export async function putGuards(tx: Tx, wechats: WechatIndex[], until: number): Promise<void> {
  if (wechats.length === 0) return
  await tx
    .insertInto('guards')
    .values(wechats.map(([appid, openid_index]) => ({ appid, openid_index, until })))
    .onConflict((conflict) =>
      conflict.columns(['appid', 'openid_index']).doUpdateSet({ until }).where('guards.until', '<', until),
    )
    .execute()
}

/**
 * It is the WeChat that is guarded, at whatever account of its open platform it arrives: the openid itself, or another of the same unionid. There are
 * few guards, so they come first. Reads what `followers` and `accounts` own.
 */
const guardsOfKey = `EXISTS (
      SELECT 1 FROM guards WHERE guards.appid = asked.appid AND guards.openid_index = asked.openid_index AND guards.until > asked.now
    ) OR EXISTS (
      SELECT 1 FROM guards
      JOIN followers AS guarded ON guarded.appid = guards.appid AND guarded.openid_index = guards.openid_index
      JOIN accounts AS there ON there.appid = guarded.appid
      JOIN accounts AS here ON here.open_platform = there.open_platform
      JOIN followers AS same ON same.appid = here.appid AND same.unionid_index = guarded.unionid_index
      WHERE guards.until > asked.now AND same.appid = asked.appid AND same.openid_index = asked.openid_index
    )`

export async function hasGuard(tx: Tx, appid: string, index: string, now: number): Promise<boolean> {
  const { rows } = await sql<{ openid_index: string }>`
    WITH asked AS (SELECT CAST(${appid} AS text) AS appid, CAST(${index} AS text) AS openid_index, CAST(${now} AS bigint) AS now)
    SELECT openid_index FROM asked WHERE ${sql.raw(guardsOfKey)}`.execute(tx)
  return rows.length > 0
}

/** Keys: appid, index, now. */
export const guardedWechats: BatchStatement = {
  sqlite: `WITH asked (appid, openid_index, now) AS (VALUES (?, ?, ?)) SELECT openid_index FROM asked WHERE ${guardsOfKey}`,
  postgres: `SELECT openid_index FROM unnest($1::text[], $2::text[], $3::bigint[]) AS asked (appid, openid_index, now)
    WHERE ${guardsOfKey}`,
}

export async function listGuardsOf(db: Db, wechats: WechatIndex[]): Promise<Tables['guards'][]> {
  const rows = await Promise.all(
    wechats.map(([appid, index]) =>
      db
        .selectFrom('guards')
        .selectAll()
        .where('appid', '=', appid)
        .where('openid_index', '=', index)
        .executeTakeFirst(),
    ),
  )
  return rows.filter((row) => row !== undefined)
}

export async function deleteGuardsOf(tx: Tx, wechats: WechatIndex[]): Promise<void> {
  for (const [appid, index] of wechats) {
    await tx.deleteFrom('guards').where('appid', '=', appid).where('openid_index', '=', index).execute()
  }
}

/** @returns how many were deleted */
export async function deleteGuardsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const over = tx
    .selectFrom('guards')
    .select(['appid', 'openid_index'])
    .where('until', '<=', before)
    .orderBy('until')
    .limit(limit)
  const result = await tx
    .deleteFrom('guards')
    .where(({ eb, refTuple }) => eb(refTuple('appid', 'openid_index'), 'in', over.$asTuple('appid', 'openid_index')))
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** What came by these WeChats goes with them. */
export async function moveSignInsOf(
  tx: Tx,
  wechats: WechatIndex[],
  { from, to }: { from: string; to: string },
): Promise<void> {
  for (const [appid, index] of wechats) {
    await tx
      .updateTable('sign_ins')
      .set({ user_id: to })
      .where('user_id', '=', from)
      .where('appid', '=', appid)
      .where('openid_index', '=', index)
      .execute()
  }
}
