import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Db, Store, Tx } from '../store/store.ts'
import type { CredentialMethod, IdentityRow } from '../store/tables.ts'
import {
  deleteAppUser,
  deleteIdentity,
  deleteUser,
  findUser,
  findUserByPublicId,
  listAppUsers,
  listIdentities,
  lockUsers,
} from './queries.ts'
import type { WechatIndex } from './wechats.ts'

/** All that the others need to find what they keep of somebody. */
export interface Person {
  userId: string
  createdAt: number
  identities: IdentityRow[]
  wechats: WechatIndex[]
  /** Indexes of the sites' own ids. */
  externals: { appId: string; index: string }[]
  /** The apps that know this person, each under an id of its own. */
  apps: { appId: string; publicId: string }[]
}

/** A module that keeps something of people beside the ways to recognise them. */
export interface Keeper {
  /** Its member of an export. */
  name: string
  /** What it keeps of this person, as an export shows it; of one app, that app's part. */
  show?(person: Person, appId: string | undefined): Promise<unknown>
  /** Forgets it; of one app, that app's part. Comes before the user is held, in the order in which the keepers registered. May be asked twice. */
  forget?(tx: Tx, person: Person, appId: string | undefined): Promise<void>
  /** The same, for what everybody else changes with its user held. */
  forgetHeld?(tx: Tx, person: Person, appId: string | undefined): Promise<void>
  /** An app and the person part. Comes before the user is held: whoever has a flow waits for its user, and never the other way about. */
  part?(tx: Tx, person: Person, appId: string): Promise<void>
  /** These users may become one. Comes before they are held. */
  meet?(tx: Tx, userIds: string[]): Promise<void>
  /** One person's two users become one: what it keeps of the first is the second's from now on, or is over. */
  absorb?(tx: Tx, userId: string, into: string): Promise<void>
}

export interface Erasing {
  /** A module says, once, at the start, what it keeps of people. */
  keeper(keeper: Keeper): void
  /** What all modules keep of a person; of one app, its part. */
  export(appId: string, id: string): Promise<Record<string, unknown>>
  exportPerson(userId: string): Promise<Record<string, unknown>>
  /** The app's own part of the person; a person with nothing left is erased. */
  delete(appId: string, id: string): Promise<void>
  /** Everything of this person, everywhere; the apps that knew them are told. Nothing happens where there is nobody. */
  erase(tx: Tx, userId: string): Promise<void>
}

export function createErasing(deps: {
  store: Store
  events: Events
  openExternal: (row: IdentityRow | undefined) => string | undefined
  openCredential: (kind: CredentialMethod, index: string, sealed: Uint8Array) => string
  openOpenid: (row: IdentityRow) => string | undefined
}): Erasing & { keepers: readonly Keeper[]; part(tx: Tx, appId: string, userId: string): Promise<void> } {
  const { store, events, openExternal, openCredential, openOpenid } = deps
  const keepers: Keeper[] = []

  async function personOf(db: Db | Tx, userId: string): Promise<Person | undefined> {
    const user = await findUser(db, userId)
    if (!user) return undefined
    const identities = await listIdentities(db, userId)
    const apps = await listAppUsers(db, userId)
    return {
      userId,
      createdAt: user.created_at,
      identities,
      wechats: identities.flatMap((row) => (row.kind === 'wechat' ? [[row.namespace, row.value_index]] : [])),
      externals: identities.flatMap((row) =>
        row.kind === 'external' ? [{ appId: row.namespace, index: row.value_index }] : [],
      ),
      apps: apps.map((row) => ({ appId: row.app_id, publicId: row.public_id })),
    }
  }

  /**
   * In the order in which everybody takes rows (ARCHITECTURE.md, “Neighbours”): what comes before the user, the user, what comes after. Who changed
   * meanwhile is looked at again.
   */
  async function forgetKept(tx: Tx, userId: string, appId: string | undefined): Promise<Person | undefined> {
    for (let seen: string | undefined; ; ) {
      const person = await personOf(tx, userId)
      const held = person && JSON.stringify([person.identities.map(({ id }) => id), person.apps])
      if (!person) return undefined
      if (held === seen) {
        for (const keeper of keepers) await keeper.forgetHeld?.(tx, person, appId)
        return person
      }
      for (const keeper of keepers) await keeper.forget?.(tx, person, appId)
      await lockUsers(tx, [userId])
      seen = held
    }
  }

  async function part(tx: Tx, appId: string, userId: string): Promise<void> {
    const person = await personOf(tx, userId)
    if (person) for (const keeper of keepers) await keeper.part?.(tx, person, appId)
  }

  async function erase(tx: Tx, userId: string): Promise<void> {
    const person = await forgetKept(tx, userId, undefined)
    if (!person) return
    for (const { appId, publicId } of person.apps) {
      await events.forgetOf(tx, { appId, publicId })
      await deleteAppUser(tx, appId, userId)
      events.append(tx, appId, 'user.deleted', { user_id: publicId })
    }
    await deleteUser(tx, userId)
  }

  async function show(person: Person, appId: string | undefined): Promise<Record<string, unknown>> {
    const identities = person.identities.filter(
      (row) => appId === undefined || row.kind === 'wechat' || row.namespace === appId,
    )
    const apps = person.apps.filter((app) => appId === undefined || app.appId === appId)
    const parts: Record<string, unknown> = {
      identities: identities.map((row) => ({
        kind: row.kind,
        ...(row.kind === 'wechat' && { account: row.namespace }),
        // Who they are to WeChat is theirs to know; an app asks for it by its scopes.
        ...(row.kind === 'wechat' && appId === undefined && { openid: openOpenid(row) }),
        ...(row.kind === 'union' && { open_platform: row.namespace }),
        ...(row.kind === 'external' && { app: row.namespace, value: openExternal(row) }),
        ...((row.kind === 'email' || row.kind === 'phone') &&
          row.value_sealed && { value: openCredential(row.kind, row.value_index, row.value_sealed) }),
        since: timeOf(row.created_at),
      })),
      sites: apps.map(({ appId: app, publicId }) => ({ app, id: publicId })),
      events: (await Promise.all(apps.map((app) => events.listOf(app)))).flat(),
    }
    for (const keeper of keepers) if (keeper.show) parts[keeper.name] = await keeper.show(person, appId)
    return parts
  }

  async function locate(db: Db | Tx, appId: string, id: string): Promise<{ user_id: string; created_at: number }> {
    const found = await findUserByPublicId(db, appId, id)
    if (!found) throw new DomainError('not_found')
    return found
  }

  return {
    keepers,
    part,
    keeper: (keeper) => void keepers.push(keeper),
    erase,
    async export(appId, id) {
      const { user_id, created_at } = await locate(store.db, appId, id)
      const person = await personOf(store.db, user_id)
      if (!person) throw new DomainError('not_found')
      const own = person.identities.find((row) => row.kind === 'external' && row.namespace === appId)
      return {
        id,
        ...(own && { external_user_id: openExternal(own) }),
        created_at: timeOf(created_at),
        ...(await show(person, appId)),
      }
    },
    async exportPerson(userId) {
      const person = await personOf(store.db, userId)
      if (!person) throw new DomainError('not_found')
      return { created_at: timeOf(person.createdAt), ...(await show(person, undefined)) }
    },
    async delete(appId, id) {
      await store.write(async (tx) => {
        const { user_id: userId } = await locate(tx, appId, id)
        await part(tx, appId, userId)
        const person = await forgetKept(tx, userId, appId)
        if (!person?.apps.some((app) => app.appId === appId)) throw new DomainError('not_found')
        const own = person.identities.find((row) => row.kind === 'external' && row.namespace === appId)
        const isLeft = person.identities.some(
          (row) => row.id !== own?.id && row.kind !== 'wechat' && row.kind !== 'union',
        )
        if (!isLeft && person.apps.length === 1) return erase(tx, userId)
        if (own) await deleteIdentity(tx, own.id)
        await deleteAppUser(tx, appId, userId)
        await events.forgetOf(tx, { appId, publicId: id })
        events.append(tx, appId, 'user.deleted', { user_id: id })
      })
    },
  }
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
