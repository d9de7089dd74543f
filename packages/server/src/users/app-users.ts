import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Db, Store, Tx } from '../store/store.ts'
import type { createErasing } from './erasing.ts'
import type { Externals } from './externals.ts'
import type { Graph } from './graph.ts'
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

/** A user as one app may see it. */
export interface AppUser {
  id: string
  externalUserId: string | undefined
  createdAt: number
  /** appids of the WeChats this person is linked with. */
  accounts: string[]
}

/** What an app may ask and change of its own users. */
export interface AppUsers extends Pick<Externals, 'externalKey'> {
  get(appId: string, id: string): Promise<AppUser>
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

export function createAppUsers(deps: {
  store: Store
  events: Events
  externals: Externals
  graph: Graph
  erasing: ReturnType<typeof createErasing>
}): AppUsers {
  const { store, events, erasing } = deps
  const { externalKey, openExternal } = deps.externals

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

  return {
    externalKey,
    get,
    wechatsOfApp: async (appId, id) =>
      (await listIdentities(store.db, (await locate(store.db, appId, id)).userId)).flatMap((row) =>
        row.kind === 'wechat'
          ? [{ appid: row.namespace, index: row.value_index, isActive: row.value_sealed !== null }]
          : [],
      ),
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
        await deps.graph.add(tx, userId, key)
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
