import type { Db, Tx } from '../../store/store.ts'
import type { ConflictRow } from '../../store/tables.ts'
import { findIdentity } from '../queries.ts'
import { findPlatform, findUnion, listWithUnionids } from './queries.ts'

/** Two users, and the WeChat of the second whose unionid is the first's. */
export type TwinsRow = Pick<ConflictRow, 'user_id' | 'other_user_id' | 'appid' | 'wechat_index'>

/**
 * What showed that they are one person shows it still, of a WeChat on either side: whoever has lost one since then does not get it back by
 * this, and a unionid that was left behind joins nobody.
 */
export async function listTwins(
  db: Db | Tx,
  { user_id, other_user_id, appid, wechat_index }: TwinsRow,
): Promise<{ appid: string; index: string }[] | undefined> {
  const wechat = await findIdentity(db, { kind: 'wechat', namespace: appid, value_index: wechat_index })
  const union = await findUnion(db, appid, wechat_index)
  if (!wechat || wechat.user_id !== other_user_id || union?.user_id !== user_id) return undefined
  const platform = await findPlatform(db, appid)
  const first = (await listWithUnionids(db, user_id, platform?.appids ?? [])).filter(
    ({ unionid_index }) => unionid_index === union.unionid_index,
  )
  if (first.length === 0) return undefined
  return [...first.map((row) => ({ appid: row.namespace, index: row.value_index })), { appid, index: wechat_index }]
}
