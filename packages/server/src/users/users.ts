import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Db, Store, Tx } from '../store/store.ts'
import type { IdentityRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import { type Bringing, type Brought, createBringing } from './bringing.ts'
import { createErasing, type Erasing } from './erasing.ts'
import { gatherSides, type Joinings } from './gathering.ts'
import { createGraph } from './graph.ts'
import type { Joining } from './joining.ts'
import { createMoving, type Moving } from './moving.ts'
import { createPersons, type Persons } from './persons.ts'
import {
  deleteAppUser,
  deleteIdentity,
  findAppUser,
  findIdentity,
  findPublicIdOfExternal,
  findUserByPublicId,
  listAppUsers,
  listIdentities,
  lockUsers,
} from './queries.ts'
import { createRegistering, credentialPlace, type Registering } from './registering/registering.ts'
import { deleteUnbackedUnions } from './unions/queries.ts'
import { createUnions, type Unions } from './unions/unions.ts'
import { openidPlace, type WechatIndex, type Wechats, wechats } from './wechats.ts'

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

/** A user as one app may see it. */
export interface AppUser {
  id: string
  externalUserId: string | undefined
  createdAt: number
  /** appids of the WeChats this person is linked with. */
  accounts: string[]
}

export interface SeenUser {
  id: string
  isNew: boolean
}

export interface Users extends Bringing, Wechats, Erasing, Persons, Registering, Unions, Moving {
  externalKey(appId: string, externalUserId: string): IdentityKey
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
  get(appId: string, id: string): Promise<AppUser>
  appsOf(db: Db | Tx, userId: string): Promise<{ appId: string; publicId: string }[]>
  /** As the app sees them from now on. */
  see(tx: Tx, appId: string, userId: string): Promise<SeenUser>
  /** The WeChats of a user. */
  wechatsOf(db: Db | Tx, userId: string): Promise<{ appid: string; index: string; since: number }[]>
  /** The WeChats of an app's user. One that left and came back `isActive` again when its person has said so, by logging in. @throws not_found */
  wechatsOfApp(appId: string, id: string): Promise<{ appid: string; index: string; isActive: boolean }[]>
  findByExternal(appId: string, externalUserId: string): Promise<AppUser | undefined>
  /** What a user is counted under, known or not, for the same work: `us_…` where the app knows one, else the index of the id it gave. */
  keyOf(appId: string, user: string): Promise<string>
  setExternal(appId: string, id: string, externalUserId: string): Promise<AppUser>
  /** Takes the app's user and the WeChat apart again. */
  unlink(appId: string, id: string): Promise<void>
}

const publicIdFormat = /^us_[a-z2-7]{26}$/

export function createUsers(deps: { store: Store; vault: Vault; clock: Clock; events: Events }): Users {
  const { store, vault, clock, events } = deps

  function externalKey(appId: string, externalUserId: string): IdentityKey {
    const index = vault.index(`external ${appId}`, externalUserId)
    const sealed = vault.seal(`identities.value.external.${appId}.${index}`, externalUserId)
    return { kind: 'external', namespace: appId, index, sealed }
  }

  function openExternal(row: IdentityRow | undefined): string | undefined {
    if (!row?.value_sealed) return undefined
    return vault.open(`identities.value.external.${row.namespace}.${row.value_index}`, row.value_sealed)
  }

  const openCredential: Users['openCredential'] = (kind, index, sealed) =>
    vault.open(credentialPlace(kind, index), sealed)
  function openOpenid(row: IdentityRow): string | undefined {
    if (!row.value_sealed) return undefined
    return vault.open(openidPlace(row.namespace, row.value_index), row.value_sealed)
  }
  const erasing = createErasing({ store, events, openExternal, openCredential, openOpenid })

  const unions = createUnions({ store, clock, events })
  const graph = createGraph({ vault, clock, events, unions, keepers: erasing.keepers })
  const { add, carryOut, foresee, hold, makeUser, see, sideOf } = graph

  async function describe(
    appId: string,
    found: { userId: string; publicId: string; createdAt: number },
  ): Promise<AppUser> {
    const identities = await listIdentities(store.db, found.userId)
    return {
      id: found.publicId,
      createdAt: found.createdAt,
      externalUserId: openExternal(identities.find((row) => row.kind === 'external' && row.namespace === appId)),
      accounts: identities.filter((row) => row.kind === 'wechat').map((row) => row.namespace),
    }
  }

  async function locate(db: Db | Tx, appId: string, id: string): Promise<{ userId: string; createdAt: number }> {
    const found = await findUserByPublicId(db, appId, id)
    if (!found) throw new DomainError('not_found')
    return { userId: found.user_id, createdAt: found.created_at }
  }

  /** The user whom the app knows so, held: they may have become another meanwhile. */
  async function holdLocated(tx: Tx, appId: string, id: string): Promise<string> {
    for (let held: string | undefined; ; ) {
      const { userId } = await locate(tx, appId, id)
      if (userId === held) return userId
      await lockUsers(tx, [userId])
      held = userId
    }
  }

  async function get(appId: string, id: string): Promise<AppUser> {
    return describe(appId, { ...(await locate(store.db, appId, id)), publicId: id })
  }

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
    ...createPersons(deps),
    ...createMoving({ events, graph: { ...graph, give: unions.give }, keepers: erasing.keepers }),
    ...createRegistering({ vault, clock, graph, unions }),
    externalKey,
    foresee,
    get,
    gatherSides,
    appsOf: async (db, userId) =>
      (await listAppUsers(db, userId)).map((row) => ({ appId: row.app_id, publicId: row.public_id })),
    see,
    wechatsOf: async (db, userId) =>
      (await listIdentities(db, userId)).flatMap((row) =>
        row.kind === 'wechat' ? [{ appid: row.namespace, index: row.value_index, since: row.created_at }] : [],
      ),
    wechatsOfApp: async (appId, id) =>
      (await listIdentities(store.db, (await locate(store.db, appId, id)).userId)).flatMap((row) =>
        row.kind === 'wechat'
          ? [{ appid: row.namespace, index: row.value_index, isActive: row.value_sealed !== null }]
          : [],
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
    async findByExternal(appId, externalUserId) {
      const { index } = externalKey(appId, externalUserId)
      const identity = await findIdentity(store.db, { kind: 'external', namespace: appId, value_index: index })
      const seen = identity && (await findAppUser(store.db, appId, identity.user_id))
      return seen && get(appId, seen.public_id)
    },
    async keyOf(appId, user) {
      const { index } = externalKey(appId, user)
      const known = await findPublicIdOfExternal(store.db, appId, index)
      return publicIdFormat.test(user) ? user : (known ?? index)
    },
    async setExternal(appId, id, externalUserId) {
      const key = externalKey(appId, externalUserId)
      await store.write(async (tx) => {
        const userId = await holdLocated(tx, appId, id)
        const owner = await findIdentity(tx, { kind: 'external', namespace: appId, value_index: key.index })
        if (owner?.user_id === userId) return
        const identities = await listIdentities(tx, userId)
        // A merge emptied them, and may still be undone: whatever came to them now would be lost with them.
        if (identities.length === 0)
          throw new DomainError('not_found', 'This user is one with another; user.merged tells which, a day after it.')
        const own = identities.find((row) => row.kind === 'external' && row.namespace === appId)
        if (owner || own) throw new DomainError('external_user_id_taken')
        await add(tx, userId, key)
      })
      return get(appId, id)
    },
    async unlink(appId, id) {
      await store.write(async (tx) => {
        await erasing.part(tx, appId, (await locate(tx, appId, id)).userId)
        const userId = await holdLocated(tx, appId, id)
        const identities = await listIdentities(tx, userId)
        const own = identities.find((row) => row.kind === 'external' && row.namespace === appId)
        if (!own)
          throw new DomainError(
            'last_credential',
            'This user has no other way in than WeChat. Give it one first: PUT …/external_user_id.',
          )
        if (!identities.some((row) => row.kind === 'wechat')) throw new DomainError('not_found')
        await deleteIdentity(tx, own.id)
        await deleteAppUser(tx, appId, userId)
        const others = identities.filter((row) => row.id !== own.id && row.kind !== 'wechat' && row.kind !== 'union')
        if (others.length === 0 && (await listAppUsers(tx, userId)).length === 0) await erasing.erase(tx, userId)
        events.append(tx, appId, 'binding.removed', { user_id: id })
      })
    },
  }
}
