import type { Events } from '../../events/events.ts'
import { newId } from '../../ids.ts'
import type { Clock } from '../../store/clock.ts'
import type { Db, Store, Tx } from '../../store/store.ts'
import { isFree } from '../joining.ts'
import { findIdentity, insertIdentity, listAppUsers, listIdentities, lockUsers, setIdentityValue } from '../queries.ts'
import type { IdentityIndex, IdentityKey } from '../users.ts'
import { deleteUnion, findUnion, listFollowed, listWechatsAfter, listWechatUsers } from './queries.ts'
import { listTwins, type TwinsRow } from './twins.ts'

/** One person has two users, as the platform shows by one unionid. They are never made one without being asked. */
export interface Twins {
  /** Who had the unionid first. */
  userId: string
  otherUserId: string
  /** The WeChat of the other, by which it was found out. */
  appid: string
  openidIndex: string
}

/** A follower whose unionid the platform has told. */
export interface ToldUnion {
  openidIndex: string
  unionidIndex: string
  /** What it was before, where it changed. */
  former: string | null
}

/** unionid as one more way to recognise somebody: it joins the openids of several accounts, and never replaces one. */
export interface Unions {
  /** What the platform told of these followers of an account: whoever of them is a user is from now on recognised by it, too. */
  unite(tx: Tx, account: { appid: string; openPlatform: string }, told: ToldUnion[]): Promise<void>
  /** The account's WeChats that belong to users, in order of their index, above `after`. */
  listWechats(db: Db | Tx, appid: string, after: string, limit: number): Promise<string[]>
  /** Whether this WeChat belongs to somebody. */
  isKnown(db: Db | Tx, appid: string, openidIndex: string): Promise<boolean>
  /** Whose this WeChat is: its own user's, else the user's who has its unionid. */
  ownerOf(db: Db | Tx, key: IdentityIndex): Promise<{ userId: string; byUnion: boolean } | undefined>
  /** The accounts that this user follows, as far as we know; appids. */
  listFollowed(db: Db | Tx, userId: string): Promise<string[]>
  /** This user's WeChats that the platform does not say are the same as this one of theirs. */
  listOtherWechats(
    db: Db | Tx,
    userId: string,
    appid: string,
    index: string,
  ): Promise<{ appid: string; index: string }[]>
  /** The WeChats of both that the platform says are one person's; undefined where it does not, or no more. */
  listTwins(db: Db | Tx, twins: TwinsRow): Promise<{ appid: string; index: string }[] | undefined>
  /** Who wants to hear of it. */
  onTwins(listener: (tx: Tx, twins: Twins) => Promise<void>): void
}

export interface InnerUnions extends Unions {
  /** The WeChat, and its unionid, are this user's from now on, as far as nobody else has them and there is room. @returns whether the WeChat is new to them */
  give(tx: Tx, userId: string, wechat: IdentityKey): Promise<boolean>
  /** Two WeChats of one person that arrive at once come one after the other: the second finds the user that the first has made. */
  hold(tx: Tx, key: IdentityIndex): Promise<void>
  /** Somebody comes back, perhaps by another account: the apps of a user who was recognised by the unionid alone hear of it. @returns the user */
  welcome(tx: Tx, wechat: IdentityKey): Promise<string | undefined>
}

export function createUnions(deps: { store: Store; clock: Clock; events: Events }): InnerUnions {
  const { store, clock, events } = deps
  const listeners: ((tx: Tx, twins: Twins) => Promise<void>)[] = []

  async function addUnion(tx: Tx, userId: string, namespace: string, index: string): Promise<void> {
    await insertIdentity(tx, {
      id: newId('id'),
      user_id: userId,
      kind: 'union',
      namespace,
      value_index: index,
      // Each follower keeps it sealed, and forgets it with everything else.
      value_sealed: null,
      created_at: clock.now(),
    })
  }

  async function tellTwins(tx: Tx, twins: Twins): Promise<void> {
    for (const listener of listeners) await listener(tx, twins)
  }

  async function ownerOf(db: Db | Tx, key: IdentityIndex): Promise<{ userId: string; byUnion: boolean } | undefined> {
    const identity = await findIdentity(db, { kind: key.kind, namespace: key.namespace, value_index: key.index })
    if (identity) return { userId: identity.user_id, byUnion: false }
    if (key.kind !== 'wechat') return undefined
    const union = await findUnion(db, key.namespace, key.index)
    return union?.user_id ? { userId: union.user_id, byUnion: true } : undefined
  }

  async function usersOf(tx: Tx, appid: string, told: ToldUnion[]): Promise<Map<string, string>> {
    if (told.length === 0) return new Map()
    const indexes = told.map(({ openidIndex }) => openidIndex)
    return new Map((await listWechatUsers(tx, appid, indexes)).map((row) => [row.value_index, row.user_id]))
  }

  /** Held still: a WeChat that leaves at this moment does not leave its unionid behind. */
  async function holdUsersOf(tx: Tx, appid: string, told: ToldUnion[]): Promise<Map<string, string>> {
    for (let held = ''; ; ) {
      const users = await usersOf(tx, appid, told)
      const ids = [...new Set(users.values())].toSorted()
      if (ids.join() === held) return users
      await lockUsers(tx, ids)
      held = ids.join()
    }
  }

  async function give(tx: Tx, userId: string, wechat: IdentityKey): Promise<boolean> {
    const identity = await findIdentity(tx, {
      kind: 'wechat',
      namespace: wechat.namespace,
      value_index: wechat.index,
    })
    if (identity && !identity.value_sealed && wechat.sealed) await setIdentityValue(tx, identity.id, wechat.sealed)
    const isAdded = !identity && isFree(await listIdentities(tx, userId), 'wechat', wechat.namespace)
    if (isAdded) {
      await insertIdentity(tx, {
        id: newId('id'),
        user_id: userId,
        kind: 'wechat',
        namespace: wechat.namespace,
        value_index: wechat.index,
        value_sealed: wechat.sealed,
        created_at: clock.now(),
      })
    }
    const union = await findUnion(tx, wechat.namespace, wechat.index)
    if (!union || union.user_id === userId) return isAdded
    if (union.user_id === null) await addUnion(tx, userId, union.namespace, union.unionid_index)
    else {
      const found = { appid: wechat.namespace, openidIndex: wechat.index }
      await tellTwins(tx, { userId: union.user_id, otherUserId: userId, ...found })
    }
    return isAdded
  }

  return {
    ownerOf,
    give,
    async hold(tx, { kind, namespace, index }) {
      const union = kind === 'wechat' ? await findUnion(tx, namespace, index) : undefined
      if (union) await store.hold(tx, nameOf(union.namespace, union.unionid_index))
    },
    async welcome(tx, wechat) {
      const owner = await ownerOf(tx, wechat)
      if (!owner) return undefined
      const isAdded = await give(tx, owner.userId, wechat)
      for (const app of isAdded ? await listAppUsers(tx, owner.userId) : []) {
        events.append(tx, app.app_id, 'binding.created', { user_id: app.public_id, account: wechat.namespace })
      }
      return owner.userId
    },
    async unite(tx, { appid, openPlatform }, told) {
      if (told.length === 0) return
      const known = await usersOf(tx, appid, told)
      const theirs = told.filter(({ openidIndex }) => known.has(openidIndex)).toSorted(byUnionid)
      for (const { unionidIndex } of theirs) await store.hold(tx, nameOf(openPlatform, unionidIndex))
      const userOf = await holdUsersOf(tx, appid, theirs)
      for (const { openidIndex, unionidIndex, former } of theirs) {
        const userId = userOf.get(openidIndex)
        if (userId === undefined) continue
        if (former !== null) {
          await deleteUnion(tx, { userId, namespace: openPlatform, index: former })
          events.append(tx, null, 'union.changed', { account: appid })
        }
        const key = { kind: 'union', namespace: openPlatform, value_index: unionidIndex } as const
        const owner = await findIdentity(tx, key)
        if (!owner) await addUnion(tx, userId, openPlatform, unionidIndex)
        else if (owner.user_id !== userId)
          await tellTwins(tx, { userId: owner.user_id, otherUserId: userId, appid, openidIndex })
      }
    },
    listWechats: listWechatsAfter,
    isKnown: async (db, appid, index) =>
      (await findIdentity(db, { kind: 'wechat', namespace: appid, value_index: index })) !== undefined,
    listFollowed,
    async listOtherWechats(db, userId, appid, index) {
      const union = await findUnion(db, appid, index)
      const held = (await listIdentities(db, userId)).filter(({ kind }) => kind === 'wechat')
      const isSame = await Promise.all(
        held.map(async ({ namespace, value_index }) => {
          if (namespace === appid) return value_index === index
          const other = union && (await findUnion(db, namespace, value_index))
          return other?.namespace === union?.namespace && other?.unionid_index === union?.unionid_index && !!union
        }),
      )
      return held.filter((_, n) => !isSame[n]).map((row) => ({ appid: row.namespace, index: row.value_index }))
    },
    listTwins,
    onTwins: (listener) => void listeners.push(listener),
  }
}

function nameOf(openPlatform: string, unionidIndex: string): string {
  return `union ${openPlatform} ${unionidIndex}`
}

/** Everybody holds names in one order, so that nobody waits in a circle. */
function byUnionid(one: ToldUnion, other: ToldUnion): number {
  return one.unionidIndex < other.unionidIndex ? -1 : 1
}
