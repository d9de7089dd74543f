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
  | 'unknown'

/** What one try came to. `again`: after so many milliseconds; `isRefused`: WeChat surely has nothing of this try; `pause`: nothing of this kind goes out for the account until then. */
export type End =
  | { state: 'sent'; msgid: string | null }
  | { state: 'failed' | 'unknown'; reason: FailureReason }
  | { again: number; isRefused: boolean; pause?: Pause }

const minuteMs = 60_000
const backoffMs = [1_000, 4_000, 15_000, 60_000]
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
export function endOf(
  error: unknown,
  row: Pick<MessageRow, 'via' | 'first_started_at'>,
  { tries, now }: { tries: number; now: number },
): End {
  const again = backoffMs[Math.min(tries, backoffMs.length - 1)] ?? minuteMs
  if (error instanceof NetworkError) {
    // Before anything was sent there is nothing to be unsure of.
    const isRefused = error.kind === 'connect'
    if (isRefused || isKnownAgain(row, now + again)) return { again, isRefused }
    return { state: 'unknown', reason: 'unknown' }
  }
  if (!(error instanceof WechatError)) throw error
  if (notFollowing.includes(error.errcode)) return { state: 'failed', reason: 'not_following' }
  if (error.errcode === notSubscribed) return { state: 'failed', reason: 'not_subscribed' }
  switch (error.retry) {
    case 'backoff':
    case 'token':
      return { again, isRefused: true }
    case 'quota_minute': {
      const until = (Math.floor(now / minuteMs) + 1) * minuteMs
      return { again: until - now, isRefused: true, pause: { until, reason: 'quota_minute' } }
    }
    case 'quota_day': {
      const until = nextBeijingDay(now)
      return { again: until - now, isRefused: true, pause: { until, reason: 'quota_day' } }
    }
    default:
      return { state: 'failed', reason: reasons[error.retry] ?? 'account_refused' }
  }
}
