import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Db, Store, Tx } from '../store/store.ts'
import type { IdentityRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import {
  deleteIdentity,
  findAppUser,
  findIdentity,
  findUser,
  guardedWechats,
  guardUser,
  isGuardedWechat,
  listIdentities,
  listSites,
  lockUsers,
} from './queries.ts'
import { credentialPlace } from './registering/registering.ts'
import { deleteUnbackedUnions } from './unions/queries.ts'
import { openidPlace, type WechatIndex } from './wechats.ts'

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
  findPublicId(db: Db | Tx, appId: string, userId: string): Promise<string | undefined>
  findPerson(userId: string): Promise<OwnPerson | undefined>
  /** Until then, whoever logs in by one of this user's WeChats carries six digits to the PC. */
  guard(tx: Tx, userId: string, until: number): Promise<void>
  isGuarded(tx: Tx, appid: string, openidIndex: string): Promise<boolean>
  /** @returns the indexes of the openids that are guarded */
  gatherGuarded(batch: Batch, wechats: WechatIndex[]): Promise<Set<string>>
  /** By the person's own wish. @throws last_credential, not_found */
  removeWechat(userId: string, identityId: string): Promise<void>
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

export function createPersons(deps: { store: Store; clock: Clock; vault: Vault; events: Events }): Persons {
  const { store, clock, vault, events } = deps

  /** What the identity stands for; a forgotten one stands for nothing. */
  function clearOf(row: IdentityRow): string | undefined {
    if (!row.value_sealed) return undefined
    return vault.open(placeOf(row), row.value_sealed)
  }

  return {
    async findOfWechat(db, appid, openidIndex) {
      const identity = await findIdentity(db, { kind: 'wechat', namespace: appid, value_index: openidIndex })
      return identity?.user_id
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
    guard: guardUser,
    isGuarded: (tx, appid, openidIndex) => isGuardedWechat(tx, appid, openidIndex, clock.now()),
    async gatherGuarded(batch, wechats) {
      const now = clock.now()
      const rows = await batch.find<{ value_index: string }>(
        guardedWechats,
        wechats.map(([appid, index]) => [appid, index, now]),
      )
      return new Set(rows.map((row) => row.value_index))
    },
    async removeWechat(userId, identityId) {
      await store.write(async (tx) => {
        await lockUsers(tx, [userId])
        const identities = await listIdentities(tx, userId)
        const gone = identities.find((row) => row.id === identityId && row.kind === 'wechat')
        if (!gone) throw new DomainError('not_found')
        // A unionid is no way in by itself: it names a person whom an openid has brought.
        if (!identities.some((row) => row.id !== identityId && row.kind !== 'union'))
          throw new DomainError('last_credential', 'This WeChat is the only way in.')
        await deleteIdentity(tx, identityId)
        await deleteUnbackedUnions(tx, userId)
        for (const site of await listSites(tx, userId)) {
          const data = { user_id: site.public_id, account: gone.namespace, reason: 'removed_by_person' }
          events.append(tx, site.app_id, 'binding.removed', data)
        }
      })
    },
  }
}
