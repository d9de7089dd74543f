import type { Account } from '../accounts/accounts.ts'
import type { Followers } from '../followers/followers.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Pause, Quotas, Sender } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Templates } from '../templates/templates.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { findBatchState } from './batches/queries.ts'
import { contentPlace, type Via, viaOf } from './contents.ts'
import type { createEnding } from './ending.ts'
import { type End, type FailureReason, isKnownAgain } from './outcomes.ts'
import { changeMessage, holdNext, type Recipient } from './queries.ts'
import { may } from './ways.ts'
import type { createWording } from './wording.ts'

/** As long as a lease: whoever began before that will not end it any more. */
export const longestSendMs = 30_000
const busyMs = 500

type Next =
  | { outcome: 'none' }
  | { outcome: 'later'; at: number }
  | { outcome: 'send'; message: MessageRow; openid: string; content: string }

/** Which message is next for somebody, and whether it may go. */
export function createClaiming(deps: {
  vault: Vault
  clock: Clock
  users: Users
  followers: Followers
  quotas: Quotas
  permissions: Permissions
  mutes: Pick<Mutes, 'isMuted'>
  templates: Pick<Templates, 'find'>
  end: ReturnType<typeof createEnding>
  sayInWords: ReturnType<typeof createWording>
  /** Runs what is about one message: what it throws is that message's fault. */
  about<T>(id: string, work: () => Promise<T>): Promise<T>
}) {
  const { vault, clock, users, followers, quotas, permissions, mutes, templates, end, about, sayInWords } = deps

  /** Why it cannot be sent at all, as things are. */
  function failureOf(
    message: MessageRow,
    openid: string | undefined,
    account: Account | undefined,
  ): FailureReason | undefined {
    if (openid === undefined || !message.text_sealed) return 'not_following'
    if (message.not_after <= clock.now()) return 'expired'
    return account && may(account, viaOf(message)) ? undefined : 'account_refused'
  }

  /** Of who follows; a one-time message, which they have just asked for, also reaches who does not. */
  async function openidOf(tx: Tx, message: MessageRow): Promise<string | undefined> {
    const { appid, openid_index: index } = message
    const row = await followers.find(tx, appid, index)
    if (row?.unfollowed_at === null && row.openid_sealed !== null)
      return vault.open(users.openidPlace(appid, index), row.openid_sealed)
    return viaOf(message) === 'one_time' ? users.openidOf(tx, appid, index) : undefined
  }

  /** Whether this WeChat is still one of the app's users: it may have been taken apart from them while the message was being made. */
  async function isKnown(tx: Tx, { app_id, appid, openid_index }: MessageRow): Promise<boolean> {
    const userId = await users.findOfWechat(tx, appid, openid_index)
    return userId !== undefined && (await users.findPublicId(tx, app_id, userId)) !== undefined
  }

  /** Takes the permission that a subscription notice uses up. One that is sent anew has taken its own before. */
  async function isAllowed(tx: Tx, message: MessageRow): Promise<boolean> {
    const of = permissionOf(message)
    if (!of || message.state === 'sending') return true
    const template = await templates.find(tx, of.appid, of.template_id)
    return permissions.use(tx, of, template?.isOneTime !== false)
  }

  /** Of a batch that is paused it waits, without a job; of one that is cancelled it ends. What WeChat may have already is carried through. */
  async function isHeldBack(tx: Tx, message: MessageRow): Promise<boolean> {
    if (message.batch_id === null || message.state !== 'ready' || message.resent > 0) return false
    const state = await findBatchState(tx, message.batch_id)
    if (state === 'paused') return changeMessage(tx, message, { held: 1 })
    if (state !== 'cancelled') return false
    await end(tx, message, { state: 'failed', reason: 'cancelled' })
    return true
  }

  /** What keeps it. One that WeChat may have already is asked for again under its own id, and has been counted. */
  function pauseOf(tx: Tx, message: MessageRow, now: number): Promise<Pause | undefined> {
    const sender = senderOf(message)
    return message.first_started_at === null
      ? quotas.take(tx, sender, message.lane, now)
      : quotas.findPause(tx, sender, now)
  }

  /** @returns what is to be done about it; a pause, where its way is paused; undefined where it was over, and the next one is to be looked at */
  async function consider(
    tx: Tx,
    recipient: Recipient,
    message: MessageRow,
    account: Account | undefined,
  ): Promise<Next | { outcome: 'paused'; until: number } | undefined> {
    const now = clock.now()
    if (message.state === 'sending') {
      const over = (message.started_at ?? 0) + longestSendMs
      if (over > now) return { outcome: 'later', at: Math.min(over, now + busyMs) }
    }
    // Also one that waited for its next try longer than WeChat would know it: a used-up quota, or a node that was not there.
    const mayBeThere = message.state === 'sending' || message.first_started_at !== null
    if (mayBeThere && !isKnownAgain(message, now)) {
      await end(tx, message, { state: 'unknown', reason: 'unknown' })
      return undefined
    }
    if (message.next_at !== null && message.next_at > now) return { outcome: 'later', at: message.next_at }
    if (await isHeldBack(tx, message)) return undefined
    const isNotice = message.via !== null && message.lane === 'messages'
    if (isNotice && (await mutes.isMuted(tx, recipient, message.app_id))) {
      await end(tx, message, { state: 'failed', reason: 'muted' })
      return undefined
    }
    const isTheirs = message.via === null || (await isKnown(tx, message))
    const openid = isTheirs ? await openidOf(tx, message) : undefined
    const failure = failureOf(message, openid, account)
    if (failure || !message.text_sealed || openid === undefined) {
      await end(tx, message, { state: 'failed', reason: failure ?? 'not_following' })
      return undefined
    }
    const pause = await pauseOf(tx, message, now)
    const isUntried = message.first_started_at === null
    if (pause?.reason === 'quota_day' && isUntried && (await sayInWords(tx, message))) return undefined
    if (pause && pause.until < message.not_after) return { outcome: 'paused', until: pause.until }
    if (pause) {
      await end(tx, message, { state: 'failed', reason: lateReason(pause) })
      return undefined
    }
    if (!(await isAllowed(tx, message))) {
      await end(tx, message, { state: 'failed', reason: 'not_subscribed' })
      return undefined
    }
    const begun = { state: 'sending', started_at: now, first_started_at: message.first_started_at ?? now } as const
    await changeMessage(tx, message, begun)
    const content = vault.open(contentPlace(message), message.text_sealed)
    return { outcome: 'send', message: { ...message, ...begun }, openid, content }
  }

  return {
    /** The oldest that can be sent, marked as begun. What cannot be sent any more ends here. */
    async claim(tx: Tx, recipient: Recipient, account: Account | undefined): Promise<Next> {
      // What the account may not send now keeps what it may from nobody: an answer in the chat does not wait until midnight for a notice.
      const paused = new Map<Via, number>()
      for (;;) {
        const message = await holdNext(tx, recipient, { now: clock.now(), paused: new Set(paused.keys()) })
        if (!message)
          return paused.size > 0 ? { outcome: 'later', at: Math.min(...paused.values()) } : { outcome: 'none' }
        const next = await about(message.id, () => consider(tx, recipient, message, account))
        if (next?.outcome === 'paused') paused.set(viaOf(message), next.until)
        else if (next?.outcome === 'later') return { ...next, at: Math.min(next.at, ...paused.values()) }
        else if (next) return next
      }
    },
    /** What was not accepted has used nothing up; and WeChat knows best what it has. */
    async settle(tx: Tx, message: MessageRow, outcome: End): Promise<void> {
      const of = permissionOf(message)
      if (of && 'reason' in outcome && outcome.reason === 'not_subscribed') await permissions.end(tx, of)
      else if (of && ('again' in outcome || outcome.state === 'failed')) await permissions.giveBack(tx, of)
      const { started_at: startedAt, first_started_at: firstStartedAt } = message
      const isRefused = 'again' in outcome ? outcome.isRefused : outcome.state === 'failed'
      if (isRefused && startedAt !== null && firstStartedAt === startedAt)
        await quotas.giveBack(tx, senderOf(message), startedAt)
    },
  }
}

export function lateReason(pause: { reason: string } | undefined): FailureReason {
  return pause?.reason === 'quota_day' ? 'quota' : 'expired'
}

/** What it uses up: WeChat sends it by the person's permission only. */
function permissionOf({ via, appid, openid_index, template_id, scene }: MessageRow) {
  const isByPermission = (via === 'subscription' || via === 'one_time') && template_id !== null
  return isByPermission ? { appid, openid_index, template_id, scene } : undefined
}

export function senderOf(message: MessageRow): Sender {
  return { appid: message.appid, via: viaOf(message) }
}
