import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import { maskContact } from '../credentials/credentials.ts'
import { DomainError } from '../errors.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { Session, Sessions } from '../sessions/sessions.ts'
import type { SignIn, SignIns } from '../signins/signins.ts'
import type { Store, Tx } from '../store/store.ts'
import { maskName } from '../text.ts'
import type { Users } from '../users/users.ts'

interface Browser {
  browser?: string
  os?: string
}

/** `partly`: by some of the person's WeChats; who has none gets none. */
export type Notices = 'on' | 'off' | 'partly'

/** What a person reads of themselves; masked, since somebody may look over a shoulder. */
export interface Portrait {
  since: number
  wechats: { id: string; account: string; since: number }[]
  addresses: { kind: 'email' | 'phone'; shown: string }[]
  sites: { id: string; name: string; since: number; shown: string | undefined; notices: Notices | undefined }[]
  signIns: ({ site: string } & Pick<SignIn, 'id' | 'kind' | 'purpose' | 'browser' | 'at' | 'disowned'>)[]
  sessions: { id: string; browser: Browser; seenAt: number; isThis: boolean }[]
}

/** A person's own page: what Hufu knows of them, and what they may do about it. */
export interface Me {
  show(userId: string, sessionId: string | undefined): Promise<Portrait | undefined>
  /** Everything, in clear: 个人信息保护法 §45, the right to a copy. */
  export(userId: string): Promise<object>
  /** Whether it asks for a proof of the last ten minutes: what is taken apart does not come together by itself, and a copy tells everything. */
  asksFresh(what: string, id: string): Promise<boolean>
  /** Names of the Official Accounts where the person's WeChat goes when this one is removed. */
  listLeavingWith(userId: string, identityId: string): Promise<string[]>
  /** @throws last_credential, not_found */
  unlink(userId: string, identityId: string, sessionId: string | undefined): Promise<void>
  /** Takes this person and the site apart; a site that knows them by nothing of its own forgets them. @throws not_found */
  leave(userId: string, appId: string): Promise<void>
  /** Whether a site may send this person notices, by whichever WeChat of theirs. @throws not_found */
  mute(userId: string, appId: string, isMuted: boolean): Promise<void>
  /** @throws not_found */
  disown(userId: string, signInId: string): Promise<void>
  /** @throws not_found */
  signOut(userId: string, sessionId: string): Promise<void>
  signOutElsewhere(userId: string, sessionId: string | undefined): Promise<void>
  /** Everything of this person, everywhere, for good. */
  erase(userId: string): Promise<void>
}

export function createMe(deps: {
  store: Store
  accounts: Accounts
  apps: Apps
  users: Users
  mutes: Pick<Mutes, 'list' | 'set'>
  sessions: Sessions
  signIns: SignIns
  /** What all modules keep of a person, and how they forget it. */
  export(userId: string): Promise<object>
  erase(tx: Tx, userId: string): Promise<void>
}): Me {
  const { store, accounts, apps, users, mutes, sessions, signIns } = deps
  const accountName = (appid: string) => accounts.find(appid)?.name ?? appid
  const siteName = (appId: string) => apps.find(appId)?.name ?? appId

  /** Of one site, once for each WeChat that wants none. */
  async function noticesOf(userId: string): Promise<(appId: string) => Notices | undefined> {
    const wechats = await users.wechatsOf(store.db, userId)
    const muted = await Promise.all(
      wechats.map(({ appid, index }) => mutes.list(store.db, { appid, openidIndex: index })),
    )
    return (appId) => {
      // Our own are about the person's safety, and come anyway.
      if (wechats.length === 0 || appId === apps.own().id) return undefined
      const count = muted.filter((appIds) => appIds.includes(appId)).length
      return count === 0 ? 'on' : count === wechats.length ? 'off' : 'partly'
    }
  }

  return {
    async show(userId, sessionId) {
      const person = await users.findPerson(userId)
      if (!person) return undefined
      const [came, open] = [await signIns.list(userId), await sessions.list(userId)]
      const notices = await noticesOf(userId)
      return {
        since: person.since,
        wechats: person.identities
          .filter(({ kind }) => kind === 'wechat')
          .map(({ id, namespace, since }) => ({ id, account: accountName(namespace), since })),
        addresses: person.identities.flatMap(({ kind, value }) =>
          (kind === 'email' || kind === 'phone') && value !== undefined
            ? { kind, shown: maskContact({ kind, value }) }
            : [],
        ),
        sites: person.sites.map(({ appId, since, externalUserId }) => ({
          id: appId,
          name: siteName(appId),
          since,
          shown: externalUserId === undefined ? undefined : maskName(externalUserId),
          notices: notices(appId),
        })),
        signIns: came.map(({ id, appId, kind, purpose, browser, at, disowned }: SignIn) => ({
          id,
          site: siteName(appId),
          kind,
          purpose,
          browser,
          at,
          disowned,
        })),
        sessions: open.map(({ id, browser, seenAt }: Session) => ({ id, browser, seenAt, isThis: id === sessionId })),
      }
    },
    export: deps.export,
    async asksFresh(what, id) {
      if (what === 'disown') return (await signIns.find(id))?.kind === 'bind'
      return ['unlink', 'leave', 'erase', 'export'].includes(what)
    },
    async listLeavingWith(userId, identityId) {
      return (await users.listLeavingWith(userId, identityId)).map(accountName)
    },
    unlink: (userId, identityId, sessionId) =>
      store.write(async (tx) => {
        await users.removeWechat(tx, userId, identityId)
        // Whoever came in by that WeChat is in no more.
        await sessions.endAll(tx, userId, sessionId)
      }),
    async leave(userId, appId) {
      const publicId = await users.findPublicId(store.db, appId, userId)
      if (!publicId) throw new DomainError('not_found')
      const { externalUserId, accounts } = await users.get(appId, publicId)
      const isLinked = externalUserId !== undefined && accounts.length > 0
      await (isLinked ? users.unlink(appId, publicId) : users.delete(appId, publicId))
    },
    async mute(userId, appId, isMuted) {
      if (!(await users.findPublicId(store.db, appId, userId))) throw new DomainError('not_found')
      await store.write(async (tx) => {
        for (const { appid, index } of await users.wechatsOf(tx, userId))
          await mutes.set(tx, { appid, openidIndex: index }, appId, isMuted)
      })
    },
    async disown(userId, signInId) {
      if ((await signIns.disown(signInId, { userId })) === 'not_found') throw new DomainError('not_found')
    },
    async signOut(userId, sessionId) {
      if (!(await store.write((tx) => sessions.end(tx, userId, sessionId)))) throw new DomainError('not_found')
    },
    async signOutElsewhere(userId, sessionId) {
      await store.write((tx) => sessions.endAll(tx, userId, sessionId))
    },
    erase: (userId) => store.write((tx) => deps.erase(tx, userId)),
  }
}
