import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { base32, newId } from '../ids.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Db, Store, Tx } from '../store/store.ts'
import type { IdentityRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import { gatherSides, type Joinings } from './gathering.ts'
import { decideJoining, type Joining, type Side } from './joining.ts'
import {
  deleteAppUser,
  deleteIdentity,
  deleteUser,
  findAppUser,
  findIdentity,
  findUserByPublicId,
  insertAppUser,
  insertIdentity,
  insertUser,
  listAppUsers,
  listIdentities,
  lockUsers,
  moveAppUser,
  moveIdentities,
  setIdentityValue,
} from './queries.ts'
import { type Wechats, wechats } from './wechats.ts'

export type { Joinings } from './gathering.ts'
export type { WechatIndex } from './wechats.ts'

/** One way to recognise a person, ready to be stored: found by `index`, shown to nobody from `sealed`. */
export interface IdentityKey {
  kind: 'wechat' | 'external'
  /** appid, or app id. */
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

export interface Users extends Wechats {
  externalKey(appId: string, externalUserId: string): IdentityKey
  wechatIndex(appid: string, openid: string): string
  /** The place under which an openid is sealed, the same wherever it stands. */
  openidPlace(appid: string, index: string): string
  /** What a bind of the two would come to, by design §3. Reads only. */
  foresee(db: Db | Tx, appId: string, external: IdentityIndex, wechat: IdentityIndex): Promise<Joining>
  /** The same, for a batch of arrivals: who holds these identities. */
  gatherSides(batch: Batch, keys: IdentityIndex[]): Promise<Joinings>
  /** Carries it out. A conflict is an outcome, not an error: the caller has a flow to end. */
  join(tx: Tx, appId: string, external: IdentityKey, wechat: IdentityKey): Promise<Joining & { seen?: SeenUser }>
  /** The user of this WeChat, made if there is none. */
  recognise(tx: Tx, appId: string, wechat: IdentityKey): Promise<SeenUser>
  /** The user of this WeChat who already has an id at this app's own site. */
  findRegistered(
    tx: Tx,
    appId: string,
    wechat: IdentityKey,
  ): Promise<{ seen: SeenUser; externalUserId: string } | undefined>
  /** Takes the WeChat away from its user, unless it is the only way in and still is one. @returns whether it is gone */
  eraseWechat(tx: Tx, appid: string, index: string, isClosed: boolean): Promise<boolean>
  get(appId: string, id: string): Promise<AppUser>
  findByExternal(appId: string, externalUserId: string): Promise<AppUser | undefined>
  setExternal(appId: string, id: string, externalUserId: string): Promise<AppUser>
  /** Takes the app's user and the WeChat apart again. */
  unlink(appId: string, id: string): Promise<void>
}

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

  async function sideOf(db: Db | Tx, key: IdentityIndex): Promise<Side | undefined> {
    const identity = await findIdentity(db, { kind: key.kind, namespace: key.namespace, value_index: key.index })
    return identity && { userId: identity.user_id, identities: await listIdentities(db, identity.user_id) }
  }

  /** Both sides held still until the transaction ends, as they are when they are had: who waited for another looks again. */
  async function hold(tx: Tx, keys: IdentityIndex[]): Promise<void> {
    for (let held = ''; ; ) {
      const found = await Promise.all(
        keys.map((key) => findIdentity(tx, { kind: key.kind, namespace: key.namespace, value_index: key.index })),
      )
      const ids = [...new Set(found.flatMap((identity) => identity?.user_id ?? []))].toSorted()
      if (ids.join() === held) return
      await lockUsers(tx, ids)
      held = ids.join()
    }
  }

  async function foresee(db: Db | Tx, appId: string, external: IdentityIndex, wechat: IdentityIndex): Promise<Joining> {
    return decideJoining(await sideOf(db, external), await sideOf(db, wechat), { appId, appid: wechat.namespace })
  }

  async function add(tx: Tx, userId: string, key: IdentityKey): Promise<void> {
    await insertIdentity(tx, {
      id: newId('id'),
      user_id: userId,
      kind: key.kind,
      namespace: key.namespace,
      value_index: key.index,
      value_sealed: key.sealed,
      created_at: clock.now(),
    })
  }

  async function makeUser(tx: Tx, keys: IdentityKey[]): Promise<string> {
    const userId = newId('pe')
    await insertUser(tx, userId, clock.now())
    for (const key of keys) await add(tx, userId, key)
    return userId
  }

  /** The app's own id of a user: derived, so that two apps cannot compare theirs. */
  async function see(tx: Tx, appId: string, userId: string): Promise<SeenUser> {
    const id = `us_${base32(vault.derive('app user', appId, userId).subarray(0, 16))}`
    const isNew = await insertAppUser(tx, { app_id: appId, user_id: userId, public_id: id, created_at: clock.now() })
    const known = isNew ? undefined : await findAppUser(tx, appId, userId)
    if (isNew) events.append(tx, appId, 'user.created', { user_id: id })
    return { id: known?.public_id ?? id, isNew }
  }

  /** Q, who is nothing but WeChat identities, becomes part of P. Apps that knew Q now know P under the same id, or are told of the merge. */
  async function absorb(tx: Tx, absorbed: string, userId: string): Promise<void> {
    for (const seen of await listAppUsers(tx, absorbed)) {
      const known = await findAppUser(tx, seen.app_id, userId)
      if (known) {
        await deleteAppUser(tx, seen.app_id, absorbed)
        events.append(tx, seen.app_id, 'user.merged', {
          user_id: known.public_id,
          merged_user_id: seen.public_id,
        })
      } else {
        await moveAppUser(tx, seen.app_id, absorbed, userId)
      }
    }
    await moveIdentities(tx, absorbed, userId)
    await deleteUser(tx, absorbed)
  }

  async function carryOut(
    tx: Tx,
    joining: Joining,
    external: IdentityKey,
    wechat: IdentityKey,
  ): Promise<string | undefined> {
    switch (joining.outcome) {
      case 'conflict':
        return undefined
      case 'new_user':
        return makeUser(tx, [external, wechat])
      case 'external_joins':
        await add(tx, joining.userId, external)
        return joining.userId
      case 'wechat_joins':
        await add(tx, joining.userId, wechat)
        return joining.userId
      case 'absorb':
        await absorb(tx, joining.absorbed, joining.userId)
        return joining.userId
      case 'joined_already':
        return joining.userId
    }
  }

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

  async function get(appId: string, id: string): Promise<AppUser> {
    return describe(appId, { ...(await locate(store.db, appId, id)), publicId: id })
  }

  return {
    ...wechats,
    externalKey,
    foresee,
    get,
    gatherSides,
    wechatIndex: (appid, openid) => vault.index(`wechat ${appid}`, openid),
    openidPlace: (appid, index) => `openid.${appid}.${index}`,
    async eraseWechat(tx, appid, index, isClosed) {
      await hold(tx, [{ kind: 'wechat', namespace: appid, index }])
      const identity = await findIdentity(tx, { kind: 'wechat', namespace: appid, value_index: index })
      if (!identity) return true
      const others = (await listIdentities(tx, identity.user_id)).filter(
        ({ kind }) => kind !== 'wechat' && kind !== 'union',
      )
      if (others.length === 0 && !isClosed) return false
      await deleteIdentity(tx, identity.id)
      return true
    },
    async join(tx, appId, external, wechat) {
      await hold(tx, [external, wechat])
      const joining = await foresee(tx, appId, external, wechat)
      const userId = await carryOut(tx, joining, external, wechat)
      return userId === undefined ? joining : { ...joining, seen: await see(tx, appId, userId) }
    },
    async recognise(tx, appId, wechat) {
      const identity = await findIdentity(tx, {
        kind: 'wechat',
        namespace: wechat.namespace,
        value_index: wechat.index,
      })
      if (identity && !identity.value_sealed && wechat.sealed) await setIdentityValue(tx, identity.id, wechat.sealed)
      return see(tx, appId, identity?.user_id ?? (await makeUser(tx, [wechat])))
    },
    async findRegistered(tx, appId, wechat) {
      const side = await sideOf(tx, wechat)
      if (!side) return undefined
      const identities = await listIdentities(tx, side.userId)
      const externalUserId = openExternal(identities.find((row) => row.kind === 'external' && row.namespace === appId))
      return externalUserId === undefined ? undefined : { seen: await see(tx, appId, side.userId), externalUserId }
    },
    async findByExternal(appId, externalUserId) {
      const { index } = externalKey(appId, externalUserId)
      const identity = await findIdentity(store.db, { kind: 'external', namespace: appId, value_index: index })
      const seen = identity && (await findAppUser(store.db, appId, identity.user_id))
      return seen && get(appId, seen.public_id)
    },
    async setExternal(appId, id, externalUserId) {
      const key = externalKey(appId, externalUserId)
      await store.write(async (tx) => {
        const { userId } = await locate(tx, appId, id)
        await lockUsers(tx, [userId])
        const owner = await findIdentity(tx, { kind: 'external', namespace: appId, value_index: key.index })
        if (owner?.user_id === userId) return
        const own = (await listIdentities(tx, userId)).find((row) => row.kind === 'external' && row.namespace === appId)
        if (owner || own) throw new DomainError('external_user_id_taken')
        await add(tx, userId, key)
      })
      return get(appId, id)
    },
    async unlink(appId, id) {
      await store.write(async (tx) => {
        const { userId } = await locate(tx, appId, id)
        await lockUsers(tx, [userId])
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
        if (others.length === 0 && (await listAppUsers(tx, userId)).length === 0) await deleteUser(tx, userId)
        events.append(tx, appId, 'binding.removed', { user_id: id })
      })
    },
  }
}
