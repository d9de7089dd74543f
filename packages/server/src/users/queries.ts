import type { BatchStatement, Db, Tx } from '../store/store.ts'
import type { IdentityRow } from '../store/tables.ts'

export async function findIdentity(
  db: Db | Tx,
  key: Pick<IdentityRow, 'kind' | 'namespace' | 'value_index'>,
): Promise<IdentityRow | undefined> {
  return db
    .selectFrom('identities')
    .selectAll()
    .where('kind', '=', key.kind)
    .where('namespace', '=', key.namespace)
    .where('value_index', '=', key.value_index)
    .executeTakeFirst()
}

export async function findPublicIdOfExternal(db: Db, appId: string, index: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('identities')
    .innerJoin('app_users', 'app_users.user_id', 'identities.user_id')
    .select('app_users.public_id')
    .where('identities.kind', '=', 'external')
    .where('identities.namespace', '=', appId)
    .where('identities.value_index', '=', index)
    .where('app_users.app_id', '=', appId)
    .executeTakeFirst()
  return row?.public_id
}

export async function listIdentities(db: Db | Tx, userId: string): Promise<IdentityRow[]> {
  return db.selectFrom('identities').selectAll().where('user_id', '=', userId).orderBy('created_at').execute()
}

/** Holds these people still: whoever changes what a user consists of waits for the one before, and then looks again. */
export async function lockUsers(tx: Tx, ids: string[]): Promise<void> {
  // Those who were waited for may be gone. PostgreSQL has no empty list.
  if (ids.length === 0) return
  await tx.selectFrom('users').select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute()
}

export async function findUser(db: Db | Tx, id: string): Promise<{ created_at: number } | undefined> {
  return db.selectFrom('users').select('created_at').where('id', '=', id).executeTakeFirst()
}

export async function insertUser(tx: Tx, id: string, now: number): Promise<void> {
  await tx.insertInto('users').values({ id, created_at: now }).execute()
}

const dayMs = 24 * 3_600_000

/** When somebody was last here, to the day: it says whether a phone number may have changed hands. */
export async function markSeen(tx: Tx, userId: string, now: number): Promise<void> {
  await tx
    .updateTable('users')
    .set({ seen_at: now })
    .where('id', '=', userId)
    .where((eb) => eb.or([eb('seen_at', 'is', null), eb('seen_at', '<', now - dayMs)]))
    .execute()
}

export async function insertIdentity(tx: Tx, row: IdentityRow): Promise<void> {
  await tx.insertInto('identities').values(row).execute()
}

export async function setIdentityValue(tx: Tx, id: string, sealed: Uint8Array): Promise<void> {
  await tx.updateTable('identities').set({ value_sealed: sealed }).where('id', '=', id).execute()
}

export async function deleteIdentity(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('identities').where('id', '=', id).execute()
}

export async function moveIdentities(tx: Tx, from: string, to: string): Promise<void> {
  await tx.updateTable('identities').set({ user_id: to }).where('user_id', '=', from).execute()
}

/** These rows, as far as they are still this user's. @returns how many */
export async function moveIdentityRows(
  tx: Tx,
  { from, to, identities }: { from: string; to: string; identities: string[] },
): Promise<number> {
  if (identities.length === 0) return 0
  const result = await tx
    .updateTable('identities')
    .set({ user_id: to })
    .where('id', 'in', identities)
    .where('user_id', '=', from)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}

/** The user's place in these apps, as far as the other has none there. @returns how many */
export async function moveAppUsers(
  tx: Tx,
  { from, to, apps }: { from: string; to: string; apps: string[] },
): Promise<number> {
  if (apps.length === 0) return 0
  const taken = tx.selectFrom('app_users').select('app_id').where('user_id', '=', to)
  const result = await tx
    .updateTable('app_users')
    .set({ user_id: to })
    .where('app_id', 'in', apps)
    .where('user_id', '=', from)
    .where('app_id', 'not in', taken)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}

export async function findAppUser(
  db: Db | Tx,
  appId: string,
  userId: string,
): Promise<{ public_id: string } | undefined> {
  return db
    .selectFrom('app_users')
    .select('public_id')
    .where('app_id', '=', appId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

export async function findUserByPublicId(
  db: Db | Tx,
  appId: string,
  publicId: string,
): Promise<{ user_id: string; created_at: number } | undefined> {
  return db
    .selectFrom('app_users')
    .select(['user_id', 'created_at'])
    .where('app_id', '=', appId)
    .where('public_id', '=', publicId)
    .executeTakeFirst()
}

export async function listAppUsers(db: Db | Tx, userId: string): Promise<{ app_id: string; public_id: string }[]> {
  return db.selectFrom('app_users').select(['app_id', 'public_id']).where('user_id', '=', userId).execute()
}

/** @returns whether the app sees this user for the first time */
export async function insertAppUser(
  tx: Tx,
  row: { app_id: string; user_id: string; public_id: string; created_at: number },
): Promise<boolean> {
  const result = await tx
    .insertInto('app_users')
    .values(row)
    .onConflict((conflict) => conflict.columns(['app_id', 'user_id']).doNothing())
    .executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows ?? 0n) > 0
}

export async function moveAppUser(tx: Tx, appId: string, from: string, to: string): Promise<void> {
  await tx
    .updateTable('app_users')
    .set({ user_id: to })
    .where('app_id', '=', appId)
    .where('user_id', '=', from)
    .execute()
}

export async function deleteAppUser(tx: Tx, appId: string, userId: string): Promise<void> {
  await tx.deleteFrom('app_users').where('app_id', '=', appId).where('user_id', '=', userId).execute()
}

export async function deleteUser(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('identities').where('user_id', '=', userId).execute()
  await tx.deleteFrom('users').where('id', '=', userId).execute()
}

export interface FoundIdentity extends Pick<IdentityRow, 'user_id' | 'kind' | 'namespace'> {
  by_kind: string
  by_namespace: string
  by_index: string
}

/** Keys: kind, namespace, value_index. All identities of the users who hold these, each with the key that found it. */
export const sidesByKey: BatchStatement = {
  sqlite: `SELECT identities.user_id, identities.kind, identities.namespace,
      found.kind AS by_kind, found.namespace AS by_namespace, found.value_index AS by_index
    FROM identities AS found JOIN identities ON identities.user_id = found.user_id
    WHERE found.kind = ? AND found.namespace = ? AND found.value_index = ?`,
  postgres: `SELECT identities.user_id, identities.kind, identities.namespace,
      found.kind AS by_kind, found.namespace AS by_namespace, found.value_index AS by_index
    FROM unnest($1::text[], $2::text[], $3::text[]) AS key (kind, namespace, value_index)
    JOIN identities AS found ON found.kind = key.kind AND found.namespace = key.namespace AND found.value_index = key.value_index
    JOIN identities ON identities.user_id = found.user_id`,
}

/** Keys: appid, openid_index. As `sidesByKey`, for WeChats that are nobody's: the users who have their unionids. */
export const sidesByUnion: BatchStatement = {
  sqlite: `SELECT identities.user_id, identities.kind, identities.namespace,
      'wechat' AS by_kind, followers.appid AS by_namespace, followers.openid_index AS by_index
    FROM followers JOIN accounts ON accounts.appid = followers.appid
    JOIN identities AS found ON found.kind = 'union' AND found.namespace = accounts.open_platform
      AND found.value_index = followers.unionid_index
    JOIN identities ON identities.user_id = found.user_id
    WHERE followers.appid = ? AND followers.openid_index = ?`,
  postgres: `SELECT identities.user_id, identities.kind, identities.namespace,
      'wechat' AS by_kind, followers.appid AS by_namespace, followers.openid_index AS by_index
    FROM unnest($1::text[], $2::text[]) AS key (appid, openid_index)
    JOIN followers ON followers.appid = key.appid AND followers.openid_index = key.openid_index
    JOIN accounts ON accounts.appid = followers.appid
    JOIN identities AS found ON found.kind = 'union' AND found.namespace = accounts.open_platform
      AND found.value_index = followers.unionid_index
    JOIN identities ON identities.user_id = found.user_id`,
}

/** Columns: appid, index. The index stays, so that a returning person is recognised; what it stood for is forgotten. */
export const forgetOpenid: BatchStatement = {
  sqlite: `UPDATE identities SET value_sealed = NULL WHERE kind = 'wechat' AND namespace = ? AND value_index = ?`,
  postgres: `UPDATE identities SET value_sealed = NULL FROM unnest($1::text[], $2::text[]) AS gone (appid, value_index)
    WHERE kind = 'wechat' AND namespace = gone.appid AND identities.value_index = gone.value_index`,
}

export interface KnownTo {
  value_index: string
  app_id: string
  public_id: string
}

/** Keys: appid, index. Apps whose user this WeChat is, with the user's id as each knows it. */
export const appsOfWechat: BatchStatement = {
  sqlite: `SELECT identities.value_index, app_users.app_id, app_users.public_id
    FROM identities JOIN app_users ON app_users.user_id = identities.user_id
    WHERE identities.kind = 'wechat' AND identities.namespace = ? AND identities.value_index = ?`,
  postgres: `SELECT identities.value_index, app_users.app_id, app_users.public_id
    FROM unnest($1::text[], $2::text[]) AS key (appid, value_index)
    JOIN identities ON identities.kind = 'wechat' AND identities.namespace = key.appid AND identities.value_index = key.value_index
    JOIN app_users ON app_users.user_id = identities.user_id`,
}

export async function forgetOpenids(tx: Tx, appid: string, indexes: string[]): Promise<void> {
  await tx
    .updateTable('identities')
    .set({ value_sealed: null })
    .where('kind', '=', 'wechat')
    .where('namespace', '=', appid)
    .where('value_index', 'in', indexes)
    .execute()
}

export async function listKnownTo(db: Db | Tx, appid: string, indexes: string[]): Promise<KnownTo[]> {
  return db
    .selectFrom('identities')
    .innerJoin('app_users', 'app_users.user_id', 'identities.user_id')
    .select(['identities.value_index', 'app_users.app_id', 'app_users.public_id'])
    .where('identities.kind', '=', 'wechat')
    .where('identities.namespace', '=', appid)
    .where('identities.value_index', 'in', indexes)
    .execute()
}

export async function listSites(
  db: Db | Tx,
  userId: string,
): Promise<{ app_id: string; public_id: string; created_at: number }[]> {
  return db
    .selectFrom('app_users')
    .select(['app_id', 'public_id', 'created_at'])
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute()
}
