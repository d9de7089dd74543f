import { NetworkError, type RetryClass, WechatError } from '@hufu/wechat'
import type { MessageRow, SendingPauseRow } from '../store/tables.ts'
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

/** What one try came to. `again`: after so many milliseconds; `pause`: nothing of this kind goes out for the account until then. */
export type End =
  | { state: 'sent'; msgid: string | null }
  | { state: 'failed' | 'unknown'; reason: FailureReason }
  | { again: number; pause?: Pick<SendingPauseRow, 'until' | 'reason'> }

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const beijingOffsetMs = 8 * 60 * minuteMs
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

/** The next midnight of Beijing, when the quotas of a day begin anew. */
export function nextDay(now: number): number {
  return now + dayMs - ((now + beijingOffsetMs) % dayMs)
}

/** The day in Beijing: `2026-11-21`. */
export function dayOf(now: number): string {
  return new Date(now + beijingOffsetMs).toISOString().slice(0, 10)
}

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
    if (error.kind === 'connect' || isKnownAgain(row, now + again)) return { again }
    return { state: 'unknown', reason: 'unknown' }
  }
  if (!(error instanceof WechatError)) throw error
  if (notFollowing.includes(error.errcode)) return { state: 'failed', reason: 'not_following' }
  if (error.errcode === notSubscribed) return { state: 'failed', reason: 'not_subscribed' }
  switch (error.retry) {
    case 'backoff':
    case 'token':
      return { again }
    case 'quota_minute': {
      const until = (Math.floor(now / minuteMs) + 1) * minuteMs
      return { again: until - now, pause: { until, reason: 'quota_minute' } }
    }
    case 'quota_day': {
      const until = nextDay(now)
      return { again: until - now, pause: { until, reason: 'quota_day' } }
    }
    default:
      return { state: 'failed', reason: reasons[error.retry] ?? 'account_refused' }
  }
}
