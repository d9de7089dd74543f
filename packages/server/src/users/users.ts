import type { Events } from '../events/events.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Db, Store, Tx } from '../store/store.ts'
import type { IdentityRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import { type AppUsers, createAppUsers } from './app-users.ts'
import { type Bringing, type Brought, createBringing } from './bringing.ts'
import { createErasing, type Erasing } from './erasing.ts'
import { createExternals } from './externals.ts'
import { gatherSides, type Joinings } from './gathering.ts'
import { createGraph } from './graph.ts'
import type { Joining } from './joining.ts'
import { createMoving, type Moving } from './moving.ts'
import { createPersons, type Persons } from './persons.ts'
import { deleteIdentity, findAppUser, findIdentity, listAppUsers, listIdentities } from './queries.ts'
import { createRegistering, credentialPlace, type Registering } from './registering/registering.ts'
import { deleteUnbackedUnions } from './unions/queries.ts'
import { createUnions, type Unions } from './unions/unions.ts'
import { openidPlace, type WechatIndex, type Wechats, wechats } from './wechats.ts'

export type { AppUser } from './app-users.ts'
export type { Brought } from './bringing.ts'
export type { Keeper, Person } from './erasing.ts'
export type { Joinings } from './gathering.ts'
export type { Joining } from './joining.ts'
export type { MoveStep } from './moving.ts'
export type { OwnIdentity, OwnPerson, OwnSite } from './persons.ts'
export type { Registered } from './registering/registering.ts'
export type { ToldUnion, Twins } from './unions/unions.ts'
export type { KnownTo, WechatIndex } from './wechats.ts'

/** One way to recognise a person, ready to be stored: found by `index`, shown to nobody from `sealed`. */
export interface IdentityKey {
  kind: 'wechat' | 'external' | 'email' | 'phone'
  /** appid, app id, or empty. */
  namespace: string
  index: string
  sealed: Uint8Array | null
}

export type IdentityIndex = Pick<IdentityKey, 'kind' | 'namespace' | 'index'>

export interface SeenUser {
  id: string
  isNew: boolean
}

export interface Users extends Bringing, Wechats, AppUsers, Erasing, Persons, Registering, Unions, Moving {
  wechatIndex(appid: string, openid: string): string
  /** The place under which an openid is sealed, the same wherever it stands. */
  openidPlace(appid: string, index: string): string
  /** What a bind of the two would come to, by design §3. Reads only. */
  foresee(db: Db | Tx, appId: string, external: IdentityIndex, wechat: IdentityIndex): Promise<Joining>
  /** The same, for a batch of arrivals: who holds these identities. */
  gatherSides(batch: Batch, keys: IdentityIndex[]): Promise<Joinings>
  /** Carries it out. A conflict is an outcome, not an error: the caller has a flow to end. */
  join(
    tx: Tx,
    appId: string,
    external: IdentityKey,
    wechat: IdentityKey,
  ): Promise<Joining & { seen?: SeenUser; brought?: Brought[] }>
  /** The user of this WeChat, made if there is none. */
  recognise(tx: Tx, appId: string, wechat: IdentityKey): Promise<SeenUser>
  /** The user of this WeChat who already has an id at this app's own site. */
  findRegistered(
    tx: Tx,
    appId: string,
    wechat: IdentityKey,
  ): Promise<{ seen: SeenUser; externalUserId: string } | undefined>
  /** The user of this WeChat is held until the transaction ends, as whoever changes what they consist of holds them. */
  holdUserOf(tx: Tx, wechats: WechatIndex[]): Promise<void>
  /** The app's user whose this WeChat is. Reads only. */
  findOfApp(
    db: Db | Tx,
    appId: string,
    wechat: IdentityIndex,
  ): Promise<{ id: string; externalUserId: string | undefined } | undefined>
  /** Takes these WeChats away from their users, each unless it is the only way in and, not being closed, still is one. */
  eraseWechats(tx: Tx, appid: string, gone: { index: string; isClosed: boolean }[]): Promise<void>
  appsOf(db: Db | Tx, userId: string): Promise<{ appId: string; publicId: string }[]>
  /** As the app sees them from now on. */
  see(tx: Tx, appId: string, userId: string): Promise<SeenUser>
  /** The WeChats of a user. */
  wechatsOf(db: Db | Tx, userId: string): Promise<{ appid: string; index: string; since: number }[]>
}

export function createUsers(deps: { store: Store; vault: Vault; clock: Clock; events: Events }): Users {
  const { store, vault, clock, events } = deps

  const externals = createExternals(vault)
  const { openExternal } = externals
  const openCredential: Users['openCredential'] = (kind, index, sealed) =>
    vault.open(credentialPlace(kind, index), sealed)
  function openOpenid(row: IdentityRow): string | undefined {
    if (!row.value_sealed) return undefined
    return vault.open(openidPlace(row.namespace, row.value_index), row.value_sealed)
  }
  const erasing = createErasing({ store, events, openExternal, openCredential, openOpenid })

  const unions = createUnions({ store, clock, events })
  const graph = createGraph({ vault, clock, events, unions, keepers: erasing.keepers })
  const { carryOut, foresee, hold, makeUser, see, sideOf } = graph

  async function eraseWechat(tx: Tx, appid: string, gone: { index: string; isClosed: boolean }): Promise<void> {
    const { index, isClosed } = gone
    await hold(tx, [{ kind: 'wechat', namespace: appid, index }])
    const identity = await findIdentity(tx, { kind: 'wechat', namespace: appid, value_index: index })
    if (!identity) return
    const held = await listIdentities(tx, identity.user_id)
    const isOnlyWay = held.every(({ kind }) => kind === 'wechat' || kind === 'union')
    if (isOnlyWay && !isClosed) return
    // Nobody could be recognised as this person any more: what is kept of them by this WeChat is found as long as it is theirs.
    if (held.every(({ id, kind }) => id === identity.id || kind === 'union')) return erasing.erase(tx, identity.user_id)
    await deleteIdentity(tx, identity.id)
    await deleteUnbackedUnions(tx, identity.user_id)
  }

  return {
    ...wechats,
    ...erasing,
    ...unions,
    ...createBringing(deps),
    ...createAppUsers({ store, events, externals, graph, erasing }),
    ...createPersons(deps),
    ...createMoving({ events, graph: { ...graph, give: unions.give }, keepers: erasing.keepers }),
    ...createRegistering({ vault, clock, graph, unions }),
    foresee,
    gatherSides,
    appsOf: async (db, userId) =>
      (await listAppUsers(db, userId)).map((row) => ({ appId: row.app_id, publicId: row.public_id })),
    see,
    wechatsOf: async (db, userId) =>
      (await listIdentities(db, userId)).flatMap((row) =>
        row.kind === 'wechat' ? [{ appid: row.namespace, index: row.value_index, since: row.created_at }] : [],
      ),
    wechatIndex: (appid, openid) => vault.index(`wechat ${appid}`, openid),
    openidPlace,
    holdUserOf: (tx, all) =>
      hold(
        tx,
        all.map(([namespace, index]) => ({ kind: 'wechat', namespace, index })),
      ),
    async eraseWechats(tx, appid, gone) {
      // All flows before the first user: whoever redeems one of them holds it, and waits for its user.
      for (const { index } of gone) {
        const identity = await findIdentity(tx, { kind: 'wechat', namespace: appid, value_index: index })
        if (identity) await erasing.part(tx, '', identity.user_id)
      }
      for (const one of gone) await eraseWechat(tx, appid, one)
    },
    async join(tx, appId, external, wechat) {
      await hold(tx, [external, wechat])
      const joining = await foresee(tx, appId, external, wechat)
      const joined = await carryOut(tx, joining, external, wechat)
      if (!joined) return joining
      return { ...joining, seen: await see(tx, appId, joined.userId), brought: joined.brought }
    },
    async recognise(tx, appId, wechat) {
      await hold(tx, [wechat])
      const known = await unions.welcome(tx, wechat)
      const userId = known ?? (await makeUser(tx, []))
      if (known === undefined) await unions.give(tx, userId, wechat)
      return see(tx, appId, userId)
    },
    async findRegistered(tx, appId, wechat) {
      await hold(tx, [wechat])
      const side = await sideOf(tx, wechat)
      if (!side) return undefined
      const identities = await listIdentities(tx, side.userId)
      const externalUserId = openExternal(identities.find((row) => row.kind === 'external' && row.namespace === appId))
      if (externalUserId === undefined) return undefined
      await unions.welcome(tx, wechat)
      return { seen: await see(tx, appId, side.userId), externalUserId }
    },
    async findOfApp(db, appId, wechat) {
      const owner = await unions.ownerOf(db, wechat)
      const known = owner && (await findAppUser(db, appId, owner.userId))
      if (!known) return undefined
      const identities = await listIdentities(db, owner.userId)
      const external = identities.find((row) => row.kind === 'external' && row.namespace === appId)
      return { id: known.public_id, externalUserId: openExternal(external) }
    },
  }
}
