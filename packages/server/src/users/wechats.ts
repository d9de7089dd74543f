import type { Batch, Db, Tx } from '../store/store.ts'
import { appsOfWechat, forgetOpenid, forgetOpenids, type KnownTo, listKnownTo } from './queries.ts'

export type { KnownTo } from './queries.ts'

/** A WeChat: appid, and the index of the openid. */
export type WechatIndex = [appid: string, openidIndex: string]

/** The place under which an openid is sealed, the same wherever it stands. */
export function openidPlace(appid: string, index: string): string {
  return `openid.${appid}.${index}`
}

/** The users behind followers who come and go: for a batch of arrivals, and for a transaction about one account. */
export interface Wechats {
  /** These followers left, and WeChat demands to forget who they are. */
  forgetOpenids(batch: Batch, wechats: WechatIndex[]): void
  forgetOpenidsOf(tx: Tx, appid: string, indexes: string[]): Promise<void>
  /** The apps that know these WeChats' users, each by its own id; by the index of the openid. */
  gatherKnownTo(batch: Batch, wechats: WechatIndex[]): Promise<Map<string, KnownTo[]>>
  listKnownTo(db: Db | Tx, appid: string, indexes: string[]): Promise<KnownTo[]>
}

export const wechats: Wechats = {
  forgetOpenids: (batch, gone) => batch.put(forgetOpenid, gone, 'any'),
  forgetOpenidsOf: forgetOpenids,
  gatherKnownTo: async (batch, all) =>
    Map.groupBy(await batch.find<KnownTo>(appsOfWechat, all), (row) => row.value_index),
  listKnownTo,
}
