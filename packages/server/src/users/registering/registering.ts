import type { Clock } from '../../store/clock.ts'
import type { Batch, Db, Tx } from '../../store/store.ts'
import type { CredentialMethod } from '../../store/tables.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Brought } from '../bringing.ts'
import type { Graph } from '../graph.ts'
import { decideJoining } from '../joining.ts'
import { markSeen } from '../queries.ts'
import type { InnerUnions } from '../unions/unions.ts'
import type { IdentityIndex, IdentityKey } from '../users.ts'
import type { WechatIndex } from '../wechats.ts'
import { findCredentialOwner, isMember, type Membership, membershipsOfWechat } from './queries.ts'

/** A person's proved e-mail address or phone number, and the proved WeChat, came to this. */
export type Registered =
  | { outcome: 'registered' | 'linked'; userId: string; brought: Brought[] }
  /** The credential belongs to somebody already, and nobody has said that the two are to be linked. */
  | { outcome: 'exists'; userId: string; seenAt: number }
  | { outcome: 'conflict'; reason: 'wechat_already_bound' | 'user_already_bound' }

/** What the apps know of the WeChats of a batch. */
export interface Members {
  isMember(appId: string, wechat: IdentityIndex): boolean
  /** `us_…` of the app's user whose this WeChat is. */
  idOf(appId: string, wechat: IdentityIndex): string | undefined
}

/** Hufu's own users: those who came in by an e-mail address or a phone number. */
export interface Registering {
  credentialKey(kind: CredentialMethod, value: string): IdentityKey
  openCredential(kind: CredentialMethod, index: string, sealed: Uint8Array): string
  /** Whether this WeChat's person needs no registration: the app knows them, or they have a credential. */
  isMember(db: Db | Tx, appId: string, wechat: IdentityIndex): Promise<boolean>
  /** The same, for a batch of arrivals. */
  gatherMembers(batch: Batch, wechats: WechatIndex[]): Promise<Members>
  /**
   * Adds the credential to the WeChat's person, or, where it is somebody's and `link` names them, the WeChat to that person. Both were proved
   * before. Who may be joined is the table of design §3, with the credential in the place of the site's id.
   */
  register(tx: Tx, credential: IdentityKey, wechat: IdentityKey, link: string | undefined): Promise<Registered>
  findByCredential(db: Db | Tx, credential: IdentityIndex): Promise<{ userId: string; seenAt: number } | undefined>
}

/** The place under which an e-mail address or a phone number is sealed. */
export function credentialPlace(kind: CredentialMethod, index: string): string {
  return `identities.value.${kind}.${index}`
}

export function createRegistering(deps: {
  vault: Vault
  clock: Clock
  graph: Graph
  unions: Pick<InnerUnions, 'ownerOf'>
}): Registering {
  const { vault, clock, unions } = deps
  const { hold, sideOf, carryOut } = deps.graph

  async function findByCredential(db: Db | Tx, { kind, index }: IdentityIndex) {
    const owner = await findCredentialOwner(db, { kind, value_index: index })
    return owner && { userId: owner.user_id, seenAt: owner.seen_at ?? owner.created_at }
  }

  return {
    findByCredential,
    credentialKey(kind, value) {
      const index = vault.index(kind, value)
      return { kind, namespace: '', index, sealed: vault.seal(credentialPlace(kind, index), value) }
    },
    openCredential: (kind, index, sealed) => vault.open(credentialPlace(kind, index), sealed),
    async isMember(db, appId, wechat) {
      const owner = await unions.ownerOf(db, wechat)
      return owner !== undefined && (await isMember(db, appId, owner.userId))
    },
    async gatherMembers(batch, wechats) {
      const found = await batch.find<Membership>(membershipsOfWechat, wechats)
      const of = ({ namespace, index }: IdentityIndex) =>
        found.filter((row) => row.namespace === namespace && row.value_index === index)
      return {
        isMember: (appId, wechat) => of(wechat).some((row) => row.app_id === appId || row.app_id === null),
        idOf: (appId, wechat) => of(wechat).find((row) => row.app_id === appId)?.public_id ?? undefined,
      }
    },
    async register(tx, credential, wechat, link) {
      await hold(tx, [credential, wechat])
      const owner = await findByCredential(tx, credential)
      const holder = await sideOf(tx, wechat)
      if (owner && owner.userId !== link && owner.userId !== holder?.userId) return { outcome: 'exists', ...owner }
      const joining = decideJoining(await sideOf(tx, credential), holder, { appId: '', appid: wechat.namespace })
      if (joining.outcome === 'conflict') return { outcome: 'conflict', reason: joining.reason }
      const joined = await carryOut(tx, joining, credential, wechat)
      if (!joined) throw new Error('what is no conflict has a user')
      await markSeen(tx, joined.userId, clock.now())
      return { outcome: owner ? 'linked' : 'registered', ...joined }
    },
  }
}
