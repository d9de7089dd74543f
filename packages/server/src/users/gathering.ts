import type { Batch } from '../store/store.ts'
import { decideJoining, type Joining, type Side } from './joining.ts'
import { appsOfWechat, type FoundIdentity, forgetOpenid, type KnownTo, sidesByKey } from './queries.ts'
import type { IdentityIndex } from './users.ts'

/** A WeChat: appid, and the index of the openid. */
export type WechatIndex = [appid: string, openidIndex: string]

/** What binds would come to, as a batch of arrivals read it. */
export interface Joinings {
  foresee(appId: string, external: IdentityIndex, wechat: IdentityIndex): Joining
}

/** Who holds these identities. */
export async function gatherSides(batch: Batch, keys: IdentityIndex[]): Promise<Joinings> {
  const found = await batch.find<FoundIdentity>(
    sidesByKey,
    keys.map((key) => [key.kind, key.namespace, key.index]),
  )
  function sideOf(key: IdentityIndex): Side | undefined {
    const identities = found.filter(
      (row) => row.by_kind === key.kind && row.by_namespace === key.namespace && row.by_index === key.index,
    )
    const [first] = identities
    return first && { userId: first.user_id, identities }
  }
  return {
    foresee: (appId, external, wechat) =>
      decideJoining(sideOf(external), sideOf(wechat), { appId, appid: wechat.namespace }),
  }
}

/** The apps that know these WeChats' users, each by its own id; by the index of the openid. */
export async function gatherKnownTo(batch: Batch, wechats: WechatIndex[]): Promise<Map<string, KnownTo[]>> {
  return Map.groupBy(await batch.find<KnownTo>(appsOfWechat, wechats), (row) => row.value_index)
}

/** These followers left, and WeChat demands to forget who they are. */
export function forgetOpenids(batch: Batch, wechats: WechatIndex[]): void {
  batch.put(forgetOpenid, wechats, 'any')
}
