import type { Account, Accounts } from '../accounts/accounts.ts'
import type { Followers } from '../followers/followers.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { Template, Templates } from '../templates/templates.ts'
import type { Users } from '../users/users.ts'
import type { FailureReason } from './outcomes.ts'
import { listWindows } from './windows/queries.ts'

/** A WeChat of an app's user. */
export interface Wechat {
  account: Account
  openidIndex: string
  /** They follow, and have said since then that it is them. */
  isFollowing: boolean
  /** They follow or not; they have said that it is them, and not left since. */
  isActive: boolean
}

/** What may be sent to one WeChat now. */
export interface Reachability extends Wechat {
  /** The person wants no notices of this app. */
  isMuted: boolean
  /** Why no template message may go out for the account; undefined: it may. */
  templates: FailureReason | undefined
  subscriptions: { template: Template; remaining: number }[]
  /** One-time subscription messages that they have allowed, each for one scene. */
  oneTime: { templateId: string; scene: number; remaining: number }[]
  /** WeChat's windows for customer-service messages: until when the longest, and for how many all of them. */
  window: { until: number; left: number } | undefined
}

export interface Reach {
  /** The WeChats of the user, those who follow first, and the app's own account before others. @throws not_found */
  wechatsOf(app: { id: string; appid: string | undefined }, userId: string): Promise<Wechat[]>
  /** `at`: when it is to be sent; what is open now and not then does not count. */
  look(appId: string, wechat: Wechat, at?: number): Promise<Reachability>
}

export function createReach(deps: {
  store: Store
  clock: Clock
  accounts: Accounts
  users: Users
  followers: Followers
  templates: Templates
  permissions: Permissions
  quotas: Quotas
  mutes: Pick<Mutes, 'isMuted'>
}): Reach {
  const { store, clock, accounts, users, followers, templates, permissions, quotas, mutes } = deps
  return {
    async wechatsOf(app, userId) {
      const wechats = await users.wechatsOfApp(app.id, userId)
      const all = await Promise.all(
        wechats.map(async ({ appid, index, isActive }) => {
          const row = await followers.find(store.db, appid, index)
          const isFollowing = isActive && row?.unfollowed_at === null && row.openid_sealed !== null
          const rank = (isFollowing ? 0 : 2) + (appid === app.appid ? 0 : 1)
          return { account: accounts.find(appid), openidIndex: index, isFollowing, isActive, rank }
        }),
      )
      return all
        .sort((a, b) => a.rank - b.rank)
        .flatMap(({ account, rank: _, ...wechat }) => (account ? [{ ...wechat, account }] : []))
    },
    async look(appId, wechat, at = clock.now()) {
      const { account, openidIndex, isFollowing } = wechat
      const { appid, capabilities } = account
      const { db } = store
      const [muted, pause, allowed, own, windows] = await Promise.all([
        mutes.isMuted(db, { appid, openidIndex }, appId),
        quotas.findPause(db, { appid, via: 'template' }, at),
        permissions.list(db, appid, openidIndex),
        templates.list(appid),
        listWindows(db, { appid, openidIndex, at }),
      ])
      return {
        ...wechat,
        isMuted: muted,
        templates: !isFollowing
          ? 'not_following'
          : !capabilities.templateMessages
            ? 'account_refused'
            : pause?.reason === 'quota_day'
              ? 'quota'
              : undefined,
        subscriptions: allowed.flatMap(({ templateId, scene, remaining }) => {
          const template = scene === undefined && own.find((one) => one.templateId === templateId)
          return template ? [{ template, remaining }] : []
        }),
        oneTime: allowed.flatMap(({ templateId, scene, remaining }) =>
          scene === undefined ? [] : [{ templateId, scene, remaining }],
        ),
        window:
          windows.length > 0 && isFollowing && capabilities.customerService
            ? {
                until: Math.max(...windows.map(({ open_until }) => open_until)),
                left: windows.reduce((sum, { remaining }) => sum + remaining, 0),
              }
            : undefined,
      }
    },
  }
}
