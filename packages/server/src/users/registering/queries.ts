import type { BatchStatement, Db, Tx } from '../../store/store.ts'
import type { IdentityRow } from '../../store/tables.ts'

export async function findCredentialOwner(
  db: Db | Tx,
  key: Pick<IdentityRow, 'kind' | 'value_index'>,
): Promise<{ user_id: string; seen_at: number | null; created_at: number } | undefined> {
  return db
    .selectFrom('identities')
    .innerJoin('users', 'users.id', 'identities.user_id')
    .select(['identities.user_id', 'users.seen_at', 'users.created_at'])
    .where('identities.kind', '=', key.kind)
    .where('identities.namespace', '=', '')
    .where('identities.value_index', '=', key.value_index)
    .executeTakeFirst()
}

/** A WeChat whose person needs no registration at this app; or, without `app_id`, at any. */
export interface Membership {
  namespace: string
  value_index: string
  app_id: string | null
  public_id: string | null
}

/** As `ownerOf` finds them one by one: the user who has the WeChat, else the user who has its unionid. */
const membersOf = (key: string) => `WITH wechat AS (
    SELECT key.appid AS namespace, key.value_index, COALESCE(own.user_id, united.user_id) AS user_id
    FROM (${key}) AS key
    LEFT JOIN identities AS own ON own.kind = 'wechat' AND own.namespace = key.appid AND own.value_index = key.value_index
    LEFT JOIN followers ON followers.appid = key.appid AND followers.openid_index = key.value_index
    LEFT JOIN accounts ON accounts.appid = followers.appid
    LEFT JOIN identities AS united ON united.kind = 'union' AND united.namespace = accounts.open_platform
      AND united.value_index = followers.unionid_index)
  SELECT wechat.namespace, wechat.value_index, app_users.app_id, app_users.public_id
  FROM wechat JOIN app_users ON app_users.user_id = wechat.user_id
  UNION ALL SELECT wechat.namespace, wechat.value_index, NULL, NULL
  FROM wechat JOIN identities AS own ON own.user_id = wechat.user_id AND own.kind IN ('email', 'phone')`

/** Keys: appid, index. The apps that know this WeChat's person; and a row without app for one who has a credential. */
export const membershipsOfWechat: BatchStatement = {
  sqlite: membersOf('SELECT ? AS appid, ? AS value_index'),
  postgres: membersOf('SELECT appid, value_index FROM unnest($1::text[], $2::text[]) AS given (appid, value_index)'),
}

/** Whether the app knows this user, or they have a credential of their own. */
export async function isMember(db: Db | Tx, appId: string, userId: string): Promise<boolean> {
  const known = db.selectFrom('app_users').select('user_id').where('user_id', '=', userId).where('app_id', '=', appId)
  const own = db
    .selectFrom('identities')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('kind', 'in', ['email', 'phone'])
  return (await known.unionAll(own).executeTakeFirst()) !== undefined
}
