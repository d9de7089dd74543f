import type { Db, Tx } from '../store/store.ts'
import type { SubscriptionRow } from '../store/tables.ts'

export type { SubscriptionRow } from '../store/tables.ts'

export async function insertSubscription(tx: Tx, row: SubscriptionRow): Promise<void> {
  await tx.insertInto('subscriptions').values(row).execute()
}

export async function findSubscription(db: Db | Tx, id: string): Promise<SubscriptionRow | undefined> {
  return db.selectFrom('subscriptions').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function findSubscriptionByToken(db: Db, tokenHash: string): Promise<SubscriptionRow | undefined> {
  return db.selectFrom('subscriptions').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
}

/** Once. @returns whether it was the first time */
export async function allowSubscription(tx: Tx, id: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('subscriptions')
    .set({ allowed_at: now })
    .where('id', '=', id)
    .where('allowed_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** @returns how many were deleted */
export async function deleteSubscriptionsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('subscriptions')
    .select('id')
    .where('expires_at', '<', before)
    .orderBy('expires_at')
    .limit(limit)
  const result = await tx.deleteFrom('subscriptions').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** What this person was asked; by one app, or by all. */
export async function listSubscriptionsOf(
  db: Db,
  appid: string,
  openidIndex: string,
  appId: string | undefined,
): Promise<SubscriptionRow[]> {
  const rows = db
    .selectFrom('subscriptions')
    .selectAll()
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
  return (appId === undefined ? rows : rows.where('app_id', '=', appId)).orderBy('created_at').execute()
}

export async function deleteSubscriptionsOf(
  tx: Tx,
  appid: string,
  openidIndex: string,
  appId: string | undefined,
): Promise<void> {
  const rows = tx.deleteFrom('subscriptions').where('appid', '=', appid).where('openid_index', '=', openidIndex)
  await (appId === undefined ? rows : rows.where('app_id', '=', appId)).execute()
}
