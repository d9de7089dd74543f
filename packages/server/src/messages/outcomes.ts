import { NetworkError, type RetryClass, WechatError } from '@hufu/wechat'
import { nextBeijingDay, type Pause } from '../quotas/quotas.ts'
import type { MessageRow } from '../store/tables.ts'
import { viaOf } from './contents.ts'

export type FailureReason =
  | 'not_following'
  | 'refused_by_user'
  | 'not_subscribed'
  | 'reply_window_over'
  | 'content_refused'
  | 'account_refused'
  | 'quota'
  | 'wechat_failed'
  | 'expired'
  | 'muted'
  | 'cancelled'
  | 'internal'
  | 'unknown'

/** How it is over. */
export type Final =
  | { state: 'sent'; msgid: string | null }
  | { state: 'failed' | 'unknown'; reason: FailureReason; errcode?: number }

/** What one try came to. `again`: after so many milliseconds; `isRefused`: WeChat surely has nothing of this try; `pause`: nothing of this kind goes out for the account until then. */
export type End = Final | { again: number; isRefused: boolean; errcode?: number; pause?: Pause }

type Tried = Pick<MessageRow, 'via' | 'first_started_at' | 'tries' | 'refusals' | 'wechat_errcode'>

const minuteMs = 60_000
const backoffMs = [1_000, 4_000, 15_000, 60_000]
/** So often WeChat may be too busy for a message: what waits behind it waits as long. */
const mostRefusals = 5
/** WeChat knows a message again for ten minutes; the last try must have arrived well before. */
const knownAgainMs = 8 * minuteMs

const reasons: Partial<Record<RetryClass, FailureReason>> = {
  user: 'refused_by_user',
  user_time: 'reply_window_over',
  request: 'content_refused',
}
/** Who is told this follows no more. */
const notFollowing = [40003, 43004, 50005]
const notSubscribed = 43101

/** Whether WeChat would know this message again if it were told once more. */
export function isKnownAgain(row: Pick<MessageRow, 'via' | 'first_started_at'>, now: number): boolean {
  return viaOf(row) === 'template' && now - (row.first_started_at ?? now) < knownAgainMs
}

/** By the retry classes of WeChat's codes. An error that is neither WeChat's nor the network's is a bug, and flies on. */
export function endOf(error: unknown, row: Tried, now: number): End {
  const again = backoffMs[Math.min(row.tries, backoffMs.length - 1)] ?? minuteMs
  if (error instanceof NetworkError) {
    // Before anything was sent there is nothing to be unsure of.
    const isRefused = error.kind === 'connect'
    if (isRefused || isKnownAgain(row, now + again)) return { again, isRefused }
    return { state: 'unknown', reason: 'unknown' }
  }
  if (!(error instanceof WechatError)) throw error
  const { errcode } = error
  if (notFollowing.includes(errcode)) return { state: 'failed', reason: 'not_following', errcode }
  if (errcode === notSubscribed) return { state: 'failed', reason: 'not_subscribed', errcode }
  switch (error.retry) {
    case 'backoff':
      if (row.refusals + 1 >= mostRefusals) return { state: 'failed', reason: 'wechat_failed', errcode }
      return { again, isRefused: true, errcode }
    case 'token':
      // The client has asked with a new token already.
      if (row.wechat_errcode === errcode) return { state: 'failed', reason: 'account_refused', errcode }
      return { again, isRefused: true, errcode }
    case 'quota_minute': {
      const until = (Math.floor(now / minuteMs) + 1) * minuteMs
      return { again: until - now, isRefused: true, errcode, pause: { until, reason: 'quota_minute' } }
    }
    case 'quota_day': {
      const until = nextBeijingDay(now)
      return { again: until - now, isRefused: true, errcode, pause: { until, reason: 'quota_day' } }
    }
    default:
      return { state: 'failed', reason: reasons[error.retry] ?? 'account_refused', errcode }
  }
}
