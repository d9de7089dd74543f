import type { Batch } from '../store/store.ts'
import { decideJoining, type Joining, type Side } from './joining.ts'
import { type FoundIdentity, sidesByKey } from './queries.ts'
import type { IdentityIndex } from './users.ts'

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
