import type { Db, Tx } from '../../store/store.ts'

export interface FoundUnion {
  /** The open platform that the account belongs to. */
  namespace: string
  unionid_index: string
  /** Whose it is, if anybody's. */
  user_id: string | null
}

/** The unionid of this follower, as the platform told it, within the open platform of the account. Reads what `followers` and `accounts` own. */
export async function findUnion(db: Db | Tx, appid: string, openidIndex: string): Promise<FoundUnion | undefined> {
  return db
    .selectFrom('followers')
    .innerJoin('accounts', 'accounts.appid', 'followers.appid')
    .leftJoin('identities', (join) =>
      join
        .onRef('identities.namespace', '=', 'accounts.open_platform')
        .onRef('identities.value_index', '=', 'followers.unionid_index')
        .on('identities.kind', '=', 'union'),
    )
    .select(['accounts.open_platform as namespace', 'followers.unionid_index', 'identities.user_id'])
    .where('followers.appid', '=', appid)
    .where('followers.openid_index', '=', openidIndex)
    .where('followers.unionid_index', 'is not', null)
    .where('accounts.open_platform', 'is not', null)
    .$narrowType<{ namespace: string; unionid_index: string }>()
    .executeTakeFirst()
}

export async function listWechatUsers(
  tx: Tx,
  appid: string,
  indexes: string[],
): Promise<{ value_index: string; user_id: string }[]> {
  return tx
    .selectFrom('identities')
    .select(['value_index', 'user_id'])
    .where('kind', '=', 'wechat')
    .where('namespace', '=', appid)
    .where('value_index', 'in', indexes)
    .execute()
}

export async function listWechatsAfter(db: Db | Tx, appid: string, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('identities')
    .select('value_index')
    .where('kind', '=', 'wechat')
    .where('namespace', '=', appid)
    .where('value_index', '>', after)
    .orderBy('value_index')
    .limit(limit)
    .execute()
  return rows.map((row) => row.value_index)
}

export async function deleteUnion(
  tx: Tx,
  { userId, namespace, index }: { userId: string; namespace: string; index: string },
): Promise<void> {
  await tx
    .deleteFrom('identities')
    .where('kind', '=', 'union')
    .where('namespace', '=', namespace)
    .where('value_index', '=', index)
    .where('user_id', '=', userId)
    .execute()
}

/** A unionid without a WeChat of its open platform recognises nobody any more. */
export async function deleteUnbackedUnions(tx: Tx, userId: string): Promise<void> {
  await tx
    .deleteFrom('identities')
    .where('user_id', '=', userId)
    .where('kind', '=', 'union')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('identities as wechats')
            .innerJoin('accounts', 'accounts.appid', 'wechats.namespace')
            .select('wechats.id')
            .where('wechats.user_id', '=', userId)
            .where('wechats.kind', '=', 'wechat')
            .whereRef('accounts.open_platform', '=', 'identities.namespace'),
        ),
      ),
    )
    .execute()
}

/** This user's WeChats of these accounts, each with the unionid that the platform told of it. Reads what `followers` owns. */
export async function listWithUnionids(
  db: Db | Tx,
  userId: string,
  appids: string[],
): Promise<{ id: string; namespace: string; value_index: string; unionid_index: string | null }[]> {
  return db
    .selectFrom('identities')
    .leftJoin('followers', (join) =>
      join
        .onRef('followers.appid', '=', 'identities.namespace')
        .onRef('followers.openid_index', '=', 'identities.value_index'),
    )
    .select(['identities.id', 'identities.namespace', 'identities.value_index', 'followers.unionid_index'])
    .where('identities.user_id', '=', userId)
    .where('identities.kind', '=', 'wechat')
    .where('identities.namespace', 'in', appids)
    .execute()
}

/** The open platform of this account, and its accounts. */
export async function findPlatform(
  db: Db | Tx,
  appid: string,
): Promise<{ name: string; appids: string[] } | undefined> {
  const own = db.selectFrom('accounts').select('open_platform').where('appid', '=', appid)
  const rows = await db
    .selectFrom('accounts')
    .select(['appid', 'open_platform'])
    .where('open_platform', '=', own)
    .execute()
  const name = rows[0]?.open_platform
  return name ? { name, appids: rows.map((row) => row.appid) } : undefined
}

/** The accounts that this user's WeChats follow. Reads what `followers` owns. */
export async function listFollowed(db: Db | Tx, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('identities')
    .innerJoin('followers', (join) =>
      join
        .onRef('followers.appid', '=', 'identities.namespace')
        .onRef('followers.openid_index', '=', 'identities.value_index'),
    )
    .select('followers.appid')
    .where('identities.user_id', '=', userId)
    .where('identities.kind', '=', 'wechat')
    .where('followers.followed_at', 'is not', null)
    .where('followers.unfollowed_at', 'is', null)
    .execute()
  return rows.map((row) => row.appid)
}
