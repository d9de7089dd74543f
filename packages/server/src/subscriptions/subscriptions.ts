import { randomBytes } from 'node:crypto'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Followers } from '../followers/followers.ts'
import { newId } from '../ids.ts'
import { checkOwn, type Messages, may, refused, type Wechat } from '../messages/messages.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Clock } from '../store/clock.ts'
import type { Db, Store, Tx } from '../store/store.ts'
import type { Keeper, Person, Users } from '../users/users.ts'
import { equalSecrets, hashSecret, type Vault } from '../vault/vault.ts'
import {
  allowSubscription,
  deleteSubscriptionsBefore,
  deleteSubscriptionsOf,
  findSubscription,
  findSubscriptionByToken,
  insertSubscription,
  listSubscriptionsOf,
  type SubscriptionRow,
} from './queries.ts'

/** What a site asks one of its users to allow. */
export interface Ask {
  templateId: string
  scene: number
  /** Where the phone goes on. */
  returnUrl: string
  /** appid; else where the person follows, the app's own first. */
  account?: string
}

/** What WeChat's page sends the browser back with. All of it is the browser's word. */
export interface Decision {
  action: string
  templateId: string
  scene: string
  reserved: string
  openid: string | undefined
}

export type Decided = { outcome: 'on'; url: string } | { outcome: 'invalid' | 'not_theirs' }

/**
 * One-time subscription messages (一次性订阅消息): a site asks a user of its own, in WeChat, to allow one message of one scene. What comes back comes by way
 * of the browser, and is believed of nobody but that user: whoever adds a permission to it that WeChat does not know of has a message refused.
 */
export interface Subscriptions {
  keeper: Keeper
  /** @returns an address of ours, for that user. @throws not_found, user_unreachable, account_capability_missing, url_not_allowed */
  ask(app: App, userId: string, ask: Ask): Promise<{ id: string; url: string; expiresAt: number }>
  /** Changes nothing. @returns where whoever opens it goes: to WeChat's page, or, when they have allowed it, on */
  enter(token: string, browser: string): Promise<string | undefined>
  decide(id: string, decision: Decision, browser: string): Promise<Decided>
  forget(job: Job): Promise<void>
}

/** How long the address may be opened. */
const openLifeMs = 10 * 60_000
/** And how long the person may take at WeChat's page. */
const decideLifeMs = 30 * 60_000
const atOnce = 500
const tokenPattern = /^[0-9A-Za-z_-]{43}$/

export function createSubscriptions(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  apps: Apps
  events: Events
  users: Users
  followers: Pick<Followers, 'hold'>
  permissions: Pick<Permissions, 'allow'>
  messages: Pick<Messages, 'wechatsOf'>
  publicUrl: () => string
}): Subscriptions {
  const { store, vault, clock, accounts, apps, events, users } = deps
  const returnPlace = (id: string) => `subscriptions.return_url.${id}`

  /** Belongs to the browser that opened it, and to this one question. */
  const reservedOf = ({ id }: SubscriptionRow, browser: string) =>
    vault.derive('subscription', `${id} ${browser}`).toString('hex')

  function returnTo(row: SubscriptionRow, result: 'allowed' | 'declined'): string {
    const url = new URL(vault.open(returnPlace(row.id), row.return_url_sealed))
    url.searchParams.set('subscription', row.id)
    url.searchParams.set('result', result)
    return url.href
  }

  function accountOf(row: SubscriptionRow): Account | undefined {
    return apps.find(row.app_id) && accounts.find(row.appid)
  }

  /** The user it is meant for, as the app knows them: it may have been somebody else's in the meantime, or nobody's. */
  async function userOf(db: Db | Tx, row: SubscriptionRow): Promise<string | undefined> {
    const userId = await users.findOfWechat(db, row.appid, row.openid_index)
    return userId && users.findPublicId(db, row.app_id, userId)
  }

  async function wechatOf(app: App, userId: string, { account }: Ask): Promise<Wechat> {
    if (account !== undefined) accounts.get(account)
    const all = await deps.messages.wechatsOf(app, userId)
    const wechats = all.filter((wechat) => account === undefined || wechat.account.appid === account)
    const able = wechats.filter((wechat) => may(wechat.account, 'one_time'))
    const active = able.find(({ isActive }) => isActive)
    if (active) return active
    if (wechats.length > 0 && able.length === 0)
      throw new DomainError(
        'account_capability_missing',
        'WeChat gives one-time subscription messages to verified accounts.',
      )
    const ways = [refused('one_time', wechats.length === 0 ? 'no_wechat' : 'not_following')]
    throw new DomainError('user_unreachable', {
      detail: 'The user has no WeChat that could allow it.',
      members: { ways },
    })
  }

  async function forget(tx: Tx, { wechats }: Person, appId: string | undefined): Promise<void> {
    for (const [appid, index] of wechats) await deleteSubscriptionsOf(tx, appid, index, appId)
  }

  return {
    keeper: {
      name: 'subscriptions',
      async show({ wechats }, appId) {
        const rows = await Promise.all(
          wechats.map(([appid, index]) => listSubscriptionsOf(store.db, appid, index, appId)),
        )
        const at = (time: number) => new Date(time).toISOString()
        return rows.flat().map((row) => ({
          app: row.app_id,
          account: row.appid,
          template: row.template_id,
          scene: row.scene,
          return_url: vault.open(returnPlace(row.id), row.return_url_sealed),
          asked_at: at(row.created_at),
          ...(row.allowed_at !== null && { allowed_at: at(row.allowed_at) }),
        }))
      },
      forget,
      part: forget,
    },
    async ask(app, userId, ask) {
      checkOwn(app.allowedOrigins, 'return_url', ask.returnUrl)
      const { account, openidIndex } = await wechatOf(app, userId, ask)
      const id = newId('sb')
      const token = randomBytes(32).toString('base64url')
      const now = clock.now()
      const row: SubscriptionRow = {
        id,
        token_hash: hashSecret(token),
        app_id: app.id,
        appid: account.appid,
        openid_index: openidIndex,
        template_id: ask.templateId,
        scene: ask.scene,
        return_url_sealed: vault.seal(returnPlace(id), ask.returnUrl),
        allowed_at: null,
        created_at: now,
        expires_at: now + openLifeMs,
      }
      await store.write((tx) => insertSubscription(tx, row))
      return { id, url: `${deps.publicUrl()}/s/${token}`, expiresAt: row.expires_at }
    },
    async enter(token, browser) {
      const row = tokenPattern.test(token) ? await findSubscriptionByToken(store.db, hashSecret(token)) : undefined
      const account = row && row.expires_at > clock.now() ? accountOf(row) : undefined
      if (!row || !account || (await userOf(store.db, row)) === undefined) return undefined
      if (row.allowed_at !== null) return returnTo(row, 'allowed')
      return account.client.subscribeUrl({
        templateId: row.template_id,
        scene: row.scene,
        redirectUrl: `${deps.publicUrl()}/subscribed/${row.id}`,
        reserved: reservedOf(row, browser),
      })
    },
    async decide(id, { action, templateId, scene, reserved, openid }, browser) {
      const row = await findSubscription(store.db, id)
      const isOurs =
        row !== undefined &&
        row.created_at + decideLifeMs > clock.now() &&
        equalSecrets(reserved, reservedOf(row, browser)) &&
        templateId === row.template_id &&
        scene === String(row.scene)
      if (!isOurs) return { outcome: 'invalid' }
      // Whoever says no tells nobody who they are: it changes nothing, and may be a yes another time.
      if (action === 'cancel') return { outcome: 'on', url: returnTo(row, 'declined') }
      if (action !== 'confirm' || openid === undefined) return { outcome: 'invalid' }
      if (users.wechatIndex(row.appid, openid) !== row.openid_index) return { outcome: 'not_theirs' }
      const isAllowed = await store.write(async (tx) => {
        // Whoever leaves at this moment leaves with what they have just allowed.
        await deps.followers.hold(tx, row.appid, row.openid_index)
        const userId = await userOf(tx, row)
        // They may have left, or been erased, while they looked at WeChat's page.
        if (userId === undefined || (await users.openidOf(tx, row.appid, row.openid_index)) === undefined) return false
        if (!(await allowSubscription(tx, id, clock.now()))) return (await findSubscription(tx, id)) !== undefined
        await deps.permissions.allow(tx, row)
        const { appid, template_id, scene } = row
        const told = { subscription_id: id, user_id: userId, account: appid, template_id, scene }
        events.append(tx, row.app_id, 'subscription.allowed', told)
        return true
      })
      return isAllowed ? { outcome: 'on', url: returnTo(row, 'allowed') } : { outcome: 'invalid' }
    },
    async forget({ write }) {
      const before = clock.now() - decideLifeMs
      while ((await write((tx) => deleteSubscriptionsBefore(tx, before, atOnce))) === atOnce);
    },
  }
}
