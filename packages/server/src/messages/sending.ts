import { NetworkError, type RetryClass, WechatError } from '@hufu/wechat'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Followers } from '../followers/followers.ts'
import type { Job, Outbox } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { changeMessage, findRecipient, holdNext, type Recipient } from './queries.ts'

/** To whom the next message is sent; each message has a job of its own, and whichever comes first takes the oldest. */
export interface SendJob {
  /** A message to them. What is erased is in no job. */
  message: string
  tries?: number
}

/** Told of a message of our own, answering nobody, that WeChat took. */
export type SentListener = (tx: Tx, messageId: string) => Promise<void>

export type FailureReason =
  | 'not_following'
  | 'refused_by_user'
  | 'reply_window_over'
  | 'content_refused'
  | 'account_refused'
  | 'expired'
  | 'unknown'

export const sendKind = 'messages.send'

/** As long as a lease: whoever began before that will not end it any more. */
const longestSendMs = 30_000
const busyMs = 500
const backoffMs = [1_000, 4_000, 15_000, 60_000]
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const beijingOffsetMs = 8 * 60 * minuteMs

const reasons: Partial<Record<RetryClass, FailureReason>> = {
  user: 'refused_by_user',
  user_time: 'reply_window_over',
  request: 'content_refused',
}
/** Who is told this follows no more. */
const notFollowing = [40003, 43004, 50005]

type Next =
  | { outcome: 'none' }
  | { outcome: 'busy' }
  | { outcome: 'send'; message: MessageRow; openid: string; text: string }
type End = { state: 'sent' } | { state: 'failed' | 'unknown'; reason: FailureReason } | { again: number }

/** One at a time for each follower, oldest first. Sends have no id that WeChat would know again: one whose answer is lost is never repeated. */
export function createSending(deps: {
  vault: Vault
  clock: Clock
  accounts: Accounts
  users: Users
  followers: Followers
  events: Events
  outbox: Pick<Outbox, 'enqueue'>
  sentListeners: readonly SentListener[]
}): (job: Job) => Promise<void> {
  const { vault, clock, accounts, users, followers, events, outbox } = deps

  async function end(
    tx: Tx,
    message: MessageRow,
    to: { state: 'sent' } | { state: 'failed' | 'unknown'; reason: FailureReason },
  ): Promise<void> {
    const reason = 'reason' in to ? to.reason : null
    const isOurs = await changeMessage(tx, message, {
      state: to.state,
      reason,
      finished_at: clock.now(),
      text_sealed: null,
      ...(to.state === 'sent' && { sent_as: 'customer_service' }),
    })
    if (!isOurs) return
    if (reason === null) {
      if (message.answers === null) for (const listener of deps.sentListeners) await listener(tx, message.id)
      return
    }
    events.append(tx, message.app_id, 'message.failed', {
      message_id: message.id,
      ...(message.answers && { in_reply_to: message.answers }),
      reason,
    })
  }

  /** The oldest that can be sent, marked as begun. What cannot be sent any more ends here. */
  async function claim(tx: Tx, { appid, openidIndex }: Recipient, account: Account | undefined): Promise<Next> {
    for (;;) {
      const message = await holdNext(tx, appid, openidIndex)
      const now = clock.now()
      if (!message) return { outcome: 'none' }
      if (message.state === 'sending') {
        if ((message.started_at ?? 0) > now - longestSendMs) return { outcome: 'busy' }
        await end(tx, message, { state: 'unknown', reason: 'unknown' })
        continue
      }
      const row = await followers.find(tx, appid, openidIndex)
      const isFollowing = row !== undefined && row.unfollowed_at === null && row.openid_sealed !== null
      const failure: FailureReason | undefined =
        !isFollowing || !message.text_sealed
          ? 'not_following'
          : message.not_after <= now
            ? 'expired'
            : account?.capabilities.customerService
              ? undefined
              : 'account_refused'
      if (failure || !message.text_sealed || !row?.openid_sealed) {
        await end(tx, message, { state: 'failed', reason: failure ?? 'not_following' })
        continue
      }
      const begun = { state: 'sending', started_at: now } as const
      await changeMessage(tx, message, begun)
      const openid = vault.open(users.openidPlace(appid, openidIndex), row.openid_sealed)
      const text = vault.open(textPlace(message.id), message.text_sealed)
      return { outcome: 'send', message: { ...message, ...begun }, openid, text }
    }
  }

  function endOf(error: unknown, tries: number): End {
    if (error instanceof NetworkError) {
      // Before anything was sent there is nothing to be unsure of.
      if (error.kind === 'connect') return { again: backoffMs[Math.min(tries, backoffMs.length - 1)] ?? minuteMs }
      return { state: 'unknown', reason: 'unknown' }
    }
    if (!(error instanceof WechatError)) throw error
    if (notFollowing.includes(error.errcode)) return { state: 'failed', reason: 'not_following' }
    switch (error.retry) {
      case 'backoff':
      case 'token':
        return { again: backoffMs[Math.min(tries, backoffMs.length - 1)] ?? minuteMs }
      case 'quota_minute':
        return { again: minuteMs }
      case 'quota_day':
        return { again: dayMs - ((clock.now() + beijingOffsetMs) % dayMs) }
      default:
        return { state: 'failed', reason: reasons[error.retry] ?? 'account_refused' }
    }
  }

  /** @returns whether the next may follow at once */
  async function sendNext(job: SendJob, recipient: Recipient, write: Job['write']): Promise<boolean> {
    const account = accounts.find(recipient.appid)
    const { tries = 0 } = job
    const later = (tx: Tx, ms: number, count: number) =>
      outbox.enqueue(tx, { kind: sendKind, payload: { ...job, tries: count }, runAt: clock.now() + ms })
    const next = await write(async (tx) => {
      const found = await claim(tx, recipient, account)
      if (found.outcome === 'busy') await later(tx, busyMs, tries)
      return found
    })
    if (next.outcome !== 'send' || !account) return false
    const { message } = next
    let outcome: End
    try {
      await account.client.customSendText({ touser: next.openid, content: next.text })
      outcome = { state: 'sent' }
    } catch (error) {
      outcome = endOf(error, tries)
    }
    return write(async (tx) => {
      const again = 'again' in outcome ? outcome.again : undefined
      if (again === undefined || clock.now() + again >= message.not_after) {
        await end(tx, message, 'again' in outcome ? { state: 'failed', reason: 'expired' } : outcome)
        return true
      }
      if (await changeMessage(tx, message, { state: 'ready', started_at: null })) await later(tx, again, tries + 1)
      return false
    })
  }

  return async ({ payload, signal, write }) => {
    const job = payload as SendJob
    const recipient = await write((tx) => findRecipient(tx, job.message))
    while (recipient && !signal.aborted && (await sendNext(job, recipient, write)));
  }
}

export function textPlace(id: string): string {
  return `messages.text.${id}`
}
