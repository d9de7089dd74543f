import type { Account, Accounts } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Followers } from '../followers/followers.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { Job, Outbox } from '../outbox/outbox.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Pause, Quotas, Sender } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Templates } from '../templates/templates.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { findBatchState } from './batches/queries.ts'
import { createBreaker } from './breaker.ts'
import { hand, textPlace, type Via, viaOf } from './contents.ts'
import { tellOf } from './ends.ts'
import { type End, endOf, type FailureReason, isKnownAgain } from './outcomes.ts'
import { changeMessage, findRecipient, holdNext, type Recipient } from './queries.ts'
import { may } from './ways.ts'
import { settleWindows } from './windows/windows.ts'

/** To whom the next message is sent; each message has a job of its own, and whichever comes first takes the oldest. */
export interface SendJob {
  /** A message to them. What is erased is in no job. */
  message: string
  tries?: number
}

/** Told of a message of our own, answering nobody, that WeChat took. */
export type SentListener = (tx: Tx, messageId: string) => Promise<void>

/** The job of each lane. */
export const sendKinds = { messages: 'messages.send', codes: 'messages.send_code' } as const

/** As long as a lease: whoever began before that will not end it any more. */
const longestSendMs = 30_000
const busyMs = 500

type Next =
  | { outcome: 'none' }
  | { outcome: 'later'; at: number }
  | { outcome: 'send'; message: MessageRow; openid: string; content: string }

/**
 * One at a time for each follower and lane, oldest first: WeChat refuses two at once (43108), and what is told second arrives second. What has an id
 * that WeChat knows again is repeated when an answer is lost, as long as it does; what has none never is.
 */
export function createSending(deps: {
  vault: Vault
  clock: Clock
  accounts: Accounts
  users: Users
  followers: Followers
  events: Events
  quotas: Quotas
  permissions: Permissions
  mutes: Pick<Mutes, 'isMuted'>
  templates: Pick<Templates, 'find'>
  outbox: Pick<Outbox, 'enqueue'>
  sentListeners: readonly SentListener[]
}): (job: Job) => Promise<void> {
  const { vault, clock, accounts, users, followers, quotas, permissions, mutes, templates, outbox } = deps
  const tell = tellOf(deps)
  const breaker = createBreaker()

  async function end(tx: Tx, message: MessageRow, how: Exclude<End, { again: number }>): Promise<void> {
    // An earlier try may have been taken: whoever is told that it failed would send it another way, and the person had it twice.
    const mayBeThere = message.first_started_at !== null && message.first_started_at !== message.started_at
    const to = how.state === 'failed' && mayBeThere ? ({ state: 'unknown', reason: 'unknown' } as const) : how
    const change = {
      state: to.state,
      reason: 'reason' in to ? to.reason : null,
      finished_at: clock.now(),
      ...(to.state === 'sent' && { sent_as: viaOf(message), msgid: to.msgid }),
      // What was accepted is kept until WeChat says that it arrived, for it may have to be sent anew. A code is asked for anew.
      ...((to.state !== 'sent' || to.msgid === null || message.lane === 'codes') && { text_sealed: null }),
    }
    if (!(await changeMessage(tx, message, change))) return
    await settleWindows(tx, message, how)
    await tell(tx, { ...message, ...change })
    if (to.state !== 'sent' || message.answers !== null) return
    for (const listener of deps.sentListeners) await listener(tx, message.id)
  }

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

  /** What was not accepted has used nothing up; and WeChat knows best what it has. */
  async function settlePermission(tx: Tx, message: MessageRow, outcome: End): Promise<void> {
    const of = permissionOf(message)
    if (!of) return
    if ('reason' in outcome && outcome.reason === 'not_subscribed') await permissions.end(tx, of)
    else if ('again' in outcome || outcome.state === 'failed') await permissions.giveBack(tx, of)
  }

  /** Of a batch that is paused it waits, without a job; of one that is cancelled it ends. What WeChat may have already is carried through. */
  async function isHeldBack(tx: Tx, message: MessageRow): Promise<boolean> {
    if (message.batch_id === null || message.state !== 'ready') return false
    const state = await findBatchState(tx, message.batch_id)
    if (state === 'paused') return changeMessage(tx, message, { held: 1 })
    if (state !== 'cancelled') return false
    await end(tx, message, { state: 'failed', reason: 'cancelled' })
    return true
  }

  /** The oldest that can be sent, marked as begun. What cannot be sent any more ends here. */
  async function claim(tx: Tx, recipient: Recipient, account: Account | undefined): Promise<Next> {
    // What the account may not send now keeps what it may from nobody: an answer in the chat does not wait until midnight for a notice.
    const paused = new Map<Via, number>()
    for (;;) {
      const now = clock.now()
      const message = await holdNext(tx, recipient, { now, paused: new Set(paused.keys()) })
      if (!message)
        return paused.size > 0 ? { outcome: 'later', at: Math.min(...paused.values()) } : { outcome: 'none' }
      if (message.state === 'sending') {
        const over = (message.started_at ?? 0) + longestSendMs
        if (over > now) return { outcome: 'later', at: Math.min(over, now + busyMs) }
      }
      // Also one that waited for its next try longer than WeChat would know it: a used-up quota, or a node that was not there.
      const mayBeThere = message.state === 'sending' || message.first_started_at !== null
      if (mayBeThere && !isKnownAgain(message, now)) {
        await end(tx, message, { state: 'unknown', reason: 'unknown' })
        continue
      }
      if (await isHeldBack(tx, message)) continue
      const isNotice = message.via !== null && message.lane === 'messages'
      if (isNotice && (await mutes.isMuted(tx, recipient, message.app_id))) {
        await end(tx, message, { state: 'failed', reason: 'muted' })
        continue
      }
      const isTheirs = message.via === null || (await isKnown(tx, message))
      const openid = isTheirs ? await openidOf(tx, message) : undefined
      const failure = failureOf(message, openid, account)
      if (failure || !message.text_sealed || openid === undefined) {
        await end(tx, message, { state: 'failed', reason: failure ?? 'not_following' })
        continue
      }
      const pausedUntil = await quotas.take(tx, senderOf(message), message.lane, now)
      if (pausedUntil !== undefined) {
        if (pausedUntil < message.not_after) paused.set(viaOf(message), pausedUntil)
        else await end(tx, message, { state: 'failed', reason: 'quota' })
        continue
      }
      if (!(await isAllowed(tx, message))) {
        await end(tx, message, { state: 'failed', reason: 'not_subscribed' })
        continue
      }
      const begun = { state: 'sending', started_at: now, first_started_at: message.first_started_at ?? now } as const
      await changeMessage(tx, message, begun)
      const content = vault.open(textPlace(message.id), message.text_sealed)
      return { outcome: 'send', message: { ...message, ...begun }, openid, content }
    }
  }

  async function later(tx: Tx, job: SendJob, lane: MessageRow['lane'], at: number): Promise<void> {
    await outbox.enqueue(tx, { kind: sendKinds[lane], payload: job, runAt: at })
  }

  /** Writes down what a try came to. @returns whether the next may follow at once */
  async function conclude(tx: Tx, job: SendJob, message: MessageRow, outcome: End, pause?: Pause): Promise<boolean> {
    if (pause) await quotas.pause(tx, senderOf(message), pause)
    await settlePermission(tx, message, outcome)
    const at = 'again' in outcome ? Math.max(clock.now() + outcome.again, pause?.until ?? 0) : undefined
    if (at === undefined || at >= message.not_after) {
      await end(tx, message, 'again' in outcome ? { state: 'failed', reason: lateReason(pause) } : outcome)
      return true
    }
    const isUntried = 'again' in outcome && outcome.isRefused && message.first_started_at === message.started_at
    const waiting = { state: 'ready', started_at: null, ...(isUntried && { first_started_at: null }) } as const
    if (await changeMessage(tx, message, waiting))
      await later(tx, { ...job, tries: (job.tries ?? 0) + 1 }, message.lane, at)
    return false
  }

  /** Two transactions for each message: one before WeChat is asked, one after. Whichever finds nothing more to do ends the job. */
  return async ({ payload, signal, write, finish }) => {
    const job = payload as SendJob
    for (let goesOn = true; goesOn && !signal.aborted; ) {
      const begun = await write(async (tx) => {
        const recipient = await findRecipient(tx, job.message)
        if (recipient) {
          const account = accounts.find(recipient.appid)
          const next = await claim(tx, recipient, account)
          if (next.outcome === 'send' && account) return { ...next, recipient, account }
          if (next.outcome === 'later') await later(tx, job, recipient.lane, next.at)
        }
        await finish(tx)
        return undefined
      })
      if (!begun) return
      const { message, openid, content, recipient, account } = begun
      const outcome = await hand(account.client, message, openid, content).then(
        (msgid): End => ({ state: 'sent', msgid }),
        (error) => endOf(error, message, { tries: job.tries ?? 0, now: clock.now() }),
      )
      // In a transaction of its own: followers are held before messages.
      if ('reason' in outcome && outcome.reason === 'not_following')
        await write((tx) => followers.doubt(tx, recipient.appid, recipient.openidIndex))
      const pause =
        breaker.after(senderOf(message), outcome, clock.now()) ?? ('pause' in outcome ? outcome.pause : undefined)
      goesOn = await write(async (tx) => {
        const mayFollow = await conclude(tx, job, message, outcome, pause)
        if (mayFollow && (await holdNext(tx, recipient, { now: clock.now(), paused: new Set() }))) return true
        await finish(tx)
        return false
      })
    }
  }
}

function lateReason(pause: { reason: string } | undefined): FailureReason {
  return pause?.reason === 'quota_day' ? 'quota' : 'expired'
}

/** What it uses up: WeChat sends it by the person's permission only. */
function permissionOf({ via, appid, openid_index, template_id, scene }: MessageRow) {
  const isByPermission = (via === 'subscription' || via === 'one_time') && template_id !== null
  return isByPermission ? { appid, openid_index, template_id, scene } : undefined
}

function senderOf(message: MessageRow): Sender {
  return { appid: message.appid, via: viaOf(message) }
}
