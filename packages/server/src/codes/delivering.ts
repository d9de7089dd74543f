import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Followers } from '../followers/followers.ts'
import { renamed } from '../ids.ts'
import type { Limits } from '../limits.ts'
import type { Messages, UrgentMessage } from '../messages/messages.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { type CodeValues, type Templates, timeOf } from '../templates/templates.ts'
import { unlinked } from '../text.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { type CodeRow, countCodesTo, findCode, isStopped, takeForDispatch } from './queries.ts'
import type { CodeSecrets } from './secrets.ts'
import { codeText } from './texts.ts'

/** What a message says of a request, sealed until it is made. */
export interface Asked {
  purpose: string
  place: string
  locale: string
}

/** Why no message was made. What became of one that was is `messages`' to tell. */
type Refusal = 'unknown_user' | 'not_bound' | 'not_following' | 'account_refused' | 'too_many' | 'locked' | 'expired'

interface Wechat {
  account: Account
  openidIndex: string
}

type Way = Wechat & { says: UrgentMessage['says'] }

const dayMs = 24 * 3_600_000

export const askedPlace = (id: string) => `codes.asked.${id}`

/** The part of a code that nobody waits for: only here it is looked up whether there is such a user, and how they can be reached. */
export function createDelivering(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  apps: Apps
  users: Users
  followers: Followers
  events: Events
  templates: Templates
  messages: Messages
  quotas: Pick<Quotas, 'findPause'>
  secrets: CodeSecrets
  limits: Limits
  lifeMs: number
  mostInARow: number
}): (job: Job) => Promise<void> {
  const { store, vault, clock, accounts, apps, users, followers, events, templates, quotas, secrets } = deps

  async function wechatsOf(app: App, code: CodeRow): Promise<Wechat[] | Refusal> {
    const bound = await users.wechatsOfApp(app.id, code.user_key).catch((error) => {
      if (error instanceof DomainError && error.code === 'not_found') return undefined
      throw error
    })
    if (!bound) return 'unknown_user'
    const asked = bound.filter(({ appid }) => code.asked_appid === null || code.asked_appid === appid)
    if (asked.length === 0) return 'not_bound'
    const found = await Promise.all(
      asked.map(async ({ appid, index, isActive }) => {
        const account = accounts.find(appid)
        const row = await followers.find(store.db, appid, index)
        const isReachable = isActive && row?.unfollowed_at === null && row.openid_sealed !== null
        return account && isReachable ? [{ account, openidIndex: index }] : []
      }),
    )
    const reachable = found.flat().sort((a, b) => rank(app, a) - rank(app, b))
    return reachable.length > 0 ? reachable : 'not_following'
  }

  /**
   * A template can always be sent, until the day's are used up; a text only while WeChat's window is open, which WeChat knows best. What makes notices
   * wait for a minute holds no code up.
   */
  async function wayOf(app: App, code: CodeRow, asked: Asked): Promise<Way | Refusal> {
    const wechats = await wechatsOf(app, code)
    if (typeof wechats === 'string') return wechats
    const [digits, purpose, site] = [secrets.digits(code), unlinked(asked.purpose), unlinked(app.name)]
    const minutes = deps.lifeMs / 60_000
    const values: CodeValues = {
      code: digits,
      purpose: purpose || '–',
      site: site || '–',
      minutes: String(minutes),
      time: timeOf(code.created_at),
      place: asked.place || '–',
    }
    const text = codeText({ code: digits, purpose, site, minutes, place: asked.place }, asked.locale)
    for (const wechat of wechats) {
      const { appid, capabilities } = wechat.account
      const pause = await quotas.findPause(store.db, { appid, via: 'template' }, clock.now())
      const isOpen = capabilities.templateMessages && pause?.reason !== 'quota_day'
      const filled = isOpen && (await templates.fillCode(store.db, appid, values))
      if (filled) return { ...wechat, says: { ...filled, inWords: text } }
    }
    // Whoever may send templates may send texts, too.
    const chat = wechats.find(({ account }) => account.capabilities.customerService)
    return chat ? { ...chat, says: text } : 'account_refused'
  }

  async function dispatch(tx: Tx, app: App, code: CodeRow, way: Way | Refusal): Promise<void> {
    const now = clock.now()
    const refusal = typeof way === 'string' ? way : await refusalOf(tx, code, way, now)
    const to = typeof way === 'string' || refusal !== undefined ? undefined : way
    const at = to && { appid: to.account.appid, openidIndex: to.openidIndex }
    if (!(await takeForDispatch(tx, code.id, at, now))) return
    if (to) {
      await deps.messages.carry(tx, {
        id: renamed('ms', code.id),
        app_id: app.id,
        appid: to.account.appid,
        openid_index: to.openidIndex,
        not_after: code.expires_at,
        says: to.says,
      })
      return
    }
    const isUser = refusal !== 'unknown_user'
    const told = { code_id: code.id, ...(isUser && { user_id: code.user_key }), reason: refusal }
    events.append(tx, app.id, 'code.failed', told)
  }

  async function refusalOf(tx: Tx, code: CodeRow, way: Way, now: number): Promise<Refusal | undefined> {
    if (code.expires_at <= now) return 'expired'
    if (await isStopped(tx, { appId: code.app_id, userKey: code.user_key }, deps.mostInARow)) return 'locked'
    await store.hold(tx, `codes to ${way.openidIndex}`)
    const sent = await countCodesTo(tx, way.openidIndex, now - dayMs)
    return sent >= deps.limits.wechatCodesPerWechat ? 'too_many' : undefined
  }

  return async ({ payload, write }) => {
    const code = await findCode(store.db, String(payload))
    const app = code && apps.find(code.app_id)
    if (!code?.asked_sealed || !app || code.dispatched_at !== null) return
    const asked: Asked = JSON.parse(vault.open(askedPlace(code.id), code.asked_sealed))
    const way = await wayOf(app, code, asked)
    await write((tx) => dispatch(tx, app, code, way))
  }
}

function rank(app: App, { account }: Wechat): number {
  return account.appid === app.appid ? 0 : 1
}
