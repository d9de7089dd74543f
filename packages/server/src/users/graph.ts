import type { Events } from '../events/events.ts'
import { base32, newId } from '../ids.ts'
import type { Clock } from '../store/clock.ts'
import type { Db, Tx } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'
import { type Brought, broughtBy, listAbsorbed } from './bringing.ts'
import type { Keeper } from './erasing.ts'
import { decideJoining, type Joining, type Side } from './joining.ts'
import {
  deleteAppUser,
  deleteUser,
  findAppUser,
  insertAppUser,
  insertIdentity,
  insertUser,
  listAppUsers,
  listIdentities,
  lockUsers,
  markSeen,
  moveAppUser,
  moveIdentities,
} from './queries.ts'
import type { InnerUnions } from './unions/unions.ts'
import type { IdentityIndex, IdentityKey, SeenUser } from './users.ts'

/** Whose both are now, and what of it is new to them. */
export interface Joined {
  userId: string
  brought: Brought[]
}

/** The identity graph: whatever changes what a user consists of is one of these steps. */
export interface Graph {
  sideOf(db: Db | Tx, key: IdentityIndex): Promise<Side | undefined>
  /** Both sides held still until the transaction ends, as they are when they are had: who waited for another looks again. */
  hold(tx: Tx, keys: IdentityIndex[]): Promise<void>
  foresee(db: Db | Tx, appId: string, external: IdentityIndex, wechat: IdentityIndex): Promise<Joining>
  add(tx: Tx, userId: string, key: IdentityKey): Promise<void>
  makeUser(tx: Tx, keys: IdentityKey[]): Promise<string>
  /** The app's own id of a user: derived, so that two apps cannot compare theirs. */
  see(tx: Tx, appId: string, userId: string): Promise<SeenUser>
  /** @returns undefined for a conflict */
  carryOut(tx: Tx, joining: Joining, external: IdentityKey, wechat: IdentityKey): Promise<Joined | undefined>
}

export function createGraph(deps: {
  vault: Vault
  clock: Clock
  events: Events
  unions: InnerUnions
  keepers: readonly Keeper[]
}): Graph {
  const { vault, clock, events, unions, keepers } = deps

  async function sideOf(db: Db | Tx, key: IdentityIndex): Promise<Side | undefined> {
    const owner = await unions.ownerOf(db, key)
    return owner && { ...owner, identities: await listIdentities(db, owner.userId) }
  }

  async function hold(tx: Tx, keys: IdentityIndex[]): Promise<void> {
    for (const key of keys) await unions.hold(tx, key)
    for (let held = ''; ; ) {
      const owners = await Promise.all(keys.map((key) => unions.ownerOf(tx, key)))
      const ids = [...new Set(owners.flatMap((owner) => owner?.userId ?? []))].toSorted()
      if (ids.join() === held) return
      if (ids.length > 1) for (const keeper of keepers) await keeper.meet?.(tx, ids)
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

  async function see(tx: Tx, appId: string, userId: string): Promise<SeenUser> {
    const id = `us_${base32(vault.derive('app user', appId, userId).subarray(0, 16))}`
    const isNew = await insertAppUser(tx, { app_id: appId, user_id: userId, public_id: id, created_at: clock.now() })
    const known = isNew ? undefined : await findAppUser(tx, appId, userId)
    await markSeen(tx, userId, clock.now())
    if (isNew) events.append(tx, appId, 'user.created', { user_id: id })
    return { id: known?.public_id ?? id, isNew }
  }

  /** Q, who is nothing but WeChat identities, becomes part of P. Apps that knew Q now know P under the same id, or are told of the merge. */
  async function absorb(tx: Tx, absorbed: string, userId: string): Promise<void> {
    for (const seen of await listAppUsers(tx, absorbed)) {
      const known = await findAppUser(tx, seen.app_id, userId)
      if (known) {
        await deleteAppUser(tx, seen.app_id, absorbed)
        await events.moveOf(tx, { appId: seen.app_id, publicId: seen.public_id }, known.public_id)
        events.append(tx, seen.app_id, 'user.merged', {
          user_id: known.public_id,
          merged_user_id: seen.public_id,
        })
      } else {
        await moveAppUser(tx, seen.app_id, absorbed, userId)
      }
    }
    for (const keeper of keepers) await keeper.absorb?.(tx, absorbed, userId)
    await moveIdentities(tx, absorbed, userId)
    await deleteUser(tx, absorbed)
  }

  async function carryOut(
    tx: Tx,
    joining: Joining,
    external: IdentityKey,
    wechat: IdentityKey,
  ): Promise<Joined | undefined> {
    if (joining.outcome === 'conflict') return undefined
    const absorbed = await listAbsorbed(tx, joining)
    if (joining.outcome === 'absorb') await absorb(tx, joining.absorbed, joining.userId)
    const userId = joining.outcome === 'new_user' ? await makeUser(tx, [external]) : joining.userId
    if (joining.outcome === 'external_joins') await add(tx, userId, external)
    await unions.give(tx, userId, wechat)
    return { userId, brought: await broughtBy(tx, joining, { external, wechat }, absorbed) }
  }

  return { sideOf, hold, foresee, add, makeUser, see, carryOut }
}
