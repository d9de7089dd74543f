import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Db, Store, Tx } from '../store/store.ts'
import type { IdentityRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import { deleteIdentity, findAppUser, findIdentity, findUser, listIdentities, listSites, lockUsers } from './queries.ts'
import { credentialPlace } from './registering/registering.ts'
import { companionsOf } from './unions/companions.ts'
import { deleteUnbackedUnions } from './unions/queries.ts'
import { openidPlace } from './wechats.ts'

/** One way to recognise somebody, as they may see it themselves. */
export interface OwnIdentity {
  id: string
  kind: IdentityRow['kind']
  /** appid, app id, or nothing. */
  namespace: string
  since: number
  /** In clear, for its owner alone: a page masks it. Undefined once it is forgotten. */
  value: string | undefined
}

/** A site that knows somebody. */
export interface OwnSite {
  appId: string
  publicId: string
  since: number
  /** The site's own id of them. */
  externalUserId: string | undefined
}

/** All that `users/` holds about one person, for that person. */
export interface OwnPerson {
  userId: string
  since: number
  identities: OwnIdentity[]
  sites: OwnSite[]
}

export interface Persons {
  /** The user behind a WeChat, whatever app knows them. */
  findOfWechat(db: Db | Tx, appid: string, openidIndex: string): Promise<string | undefined>
  /** Of a WeChat that is somebody's, and has not left since its person last said that it is them. */
  openidOf(db: Db | Tx, appid: string, openidIndex: string): Promise<string | undefined>
  /** Whether this WeChat is theirs; nobody takes it away before the transaction ends. */
  holdWechat(tx: Tx, userId: string, wechat: { appid: string; index: string }): Promise<boolean>
  /** How the app knows this user, if it does. */
  findPublicId(db: Db | Tx, appId: string, userId: string): Promise<string | undefined>
  findPerson(userId: string): Promise<OwnPerson | undefined>
  /** appids of the WeChats that go when this one is removed: they are the same WeChat, and would bring it back. */
  listLeavingWith(userId: string, identityId: string): Promise<string[]>
  /** By the person's own wish. @throws last_credential, not_found */
  removeWechat(tx: Tx, userId: string, identityId: string): Promise<void>
}

/** The place under which an identity's value is sealed. */
function placeOf({ kind, namespace, value_index: index }: IdentityRow): string {
  switch (kind) {
    case 'wechat':
      return openidPlace(namespace, index)
    case 'email':
    case 'phone':
      return credentialPlace(kind, index)
    default:
      return `identities.value.${kind}.${namespace}.${index}`
  }
}

export function createPersons(deps: { store: Store; vault: Vault; events: Events }): Persons {
  const { store, vault, events } = deps

  /** What the identity stands for; a forgotten one stands for nothing. */
  function clearOf(row: IdentityRow): string | undefined {
    if (!row.value_sealed) return undefined
    return vault.open(placeOf(row), row.value_sealed)
  }

  /** As long as a unionid of theirs is left, a WeChat that was removed would come back by itself. */
  async function leavingWith(db: Db | Tx, wechat: IdentityRow, held: IdentityRow[]): Promise<IdentityRow[]> {
    const { same, unsure, unions } = await companionsOf(db, wechat, held)
    return unions.length === 0 ? [wechat] : [wechat, ...same, ...unsure, ...unions]
  }

  return {
    async findOfWechat(db, appid, openidIndex) {
      const identity = await findIdentity(db, { kind: 'wechat', namespace: appid, value_index: openidIndex })
      return identity?.user_id
    },
    async openidOf(db, appid, openidIndex) {
      const identity = await findIdentity(db, { kind: 'wechat', namespace: appid, value_index: openidIndex })
      return identity && clearOf(identity)
    },
    async holdWechat(tx, userId, { appid, index }) {
      await lockUsers(tx, [userId])
      const identity = await findIdentity(tx, { kind: 'wechat', namespace: appid, value_index: index })
      return identity?.user_id === userId
    },
    async findPublicId(db, appId, userId) {
      return (await findAppUser(db, appId, userId))?.public_id
    },
    async findPerson(userId) {
      const user = await findUser(store.db, userId)
      if (!user) return undefined
      const identities = await listIdentities(store.db, userId)
      const external = new Map(identities.filter(({ kind }) => kind === 'external').map((row) => [row.namespace, row]))
      const sites = (await listSites(store.db, userId)).map((site) => {
        const own = external.get(site.app_id)
        return {
          appId: site.app_id,
          publicId: site.public_id,
          since: site.created_at,
          externalUserId: own && clearOf(own),
        }
      })
      return {
        userId,
        since: user.created_at,
        identities: identities.map((row) => ({
          id: row.id,
          kind: row.kind,
          namespace: row.namespace,
          since: row.created_at,
          value: clearOf(row),
        })),
        sites,
      }
    },
    async listLeavingWith(userId, identityId) {
      const held = await listIdentities(store.db, userId)
      const wechat = held.find((row) => row.id === identityId && row.kind === 'wechat')
      const leaving = wechat ? await leavingWith(store.db, wechat, held) : []
      return leaving.filter((row) => row !== wechat && row.kind === 'wechat').map(({ namespace }) => namespace)
    },
    async removeWechat(tx, userId, identityId) {
      await lockUsers(tx, [userId])
      const identities = await listIdentities(tx, userId)
      const gone = identities.find((row) => row.id === identityId && row.kind === 'wechat')
      if (!gone) throw new DomainError('not_found')
      const leaving = await leavingWith(tx, gone, identities)
      // A unionid is no way in by itself: it names a person whom an openid has brought.
      if (!identities.some((row) => !leaving.includes(row) && row.kind !== 'union'))
        throw new DomainError('last_credential', 'Nothing else would be left to recognise this person by.')
      for (const { id } of leaving) await deleteIdentity(tx, id)
      await deleteUnbackedUnions(tx, userId)
      const accounts = leaving.filter(({ kind }) => kind === 'wechat').map(({ namespace }) => namespace)
      for (const site of await listSites(tx, userId)) {
        for (const account of accounts) {
          const data = { user_id: site.public_id, account, reason: 'removed_by_person' }
          events.append(tx, site.app_id, 'binding.removed', data)
        }
      }
    },
  }
}
