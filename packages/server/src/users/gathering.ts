import type { Batch } from '../store/store.ts'
import { decideJoining, type Joining, type Side } from './joining.ts'
import { type FoundIdentity, sidesByKey, sidesByUnion } from './queries.ts'
import type { IdentityIndex } from './users.ts'

/** What binds would come to, as a batch of arrivals read it. */
export interface Joinings {
  foresee(appId: string, external: IdentityIndex, wechat: IdentityIndex): Joining
}

/** Who holds these identities. */
export async function gatherSides(batch: Batch, keys: IdentityIndex[]): Promise<Joinings> {
  const wechats = keys.filter(({ kind }) => kind === 'wechat')
  const [own, byUnion] = await Promise.all([
    batch.find<FoundIdentity>(
      sidesByKey,
      keys.map((key) => [key.kind, key.namespace, key.index]),
    ),
    batch.find<FoundIdentity>(
      sidesByUnion,
      wechats.map((key) => [key.namespace, key.index]),
    ),
  ])
  function sideIn(found: FoundIdentity[], key: IdentityIndex): Side | undefined {
    const identities = found.filter(
      (row) => row.by_kind === key.kind && row.by_namespace === key.namespace && row.by_index === key.index,
    )
    const [first] = identities
    return first && { userId: first.user_id, identities }
  }
  function sideOf(key: IdentityIndex): Side | undefined {
    const recognised = sideIn(byUnion, key)
    return sideIn(own, key) ?? (recognised && { ...recognised, byUnion: true })
  }
  return {
    foresee: (appId, external, wechat) =>
      decideJoining(sideOf(external), sideOf(wechat), { appId, appid: wechat.namespace }),
  }
}
