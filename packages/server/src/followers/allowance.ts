import type { Account } from '../accounts/accounts.ts'
import type { ReconcileRow } from '../store/tables.ts'

type Call = 'list_calls' | 'info_calls'

/**
 * Calls a day, of a normal account and of a test account. Large accounts have more, which only their console shows.
 * @see https://developers.weixin.qq.com/doc/service/Message_Management/API_Call_Limits.html
 */
const dailyCalls: Record<Call, { normal: number; test: number }> = {
  list_calls: { normal: 500, test: 100 },
  info_calls: { normal: 5_000_000, test: 500_000 },
}

const dayMs = 24 * 3_600_000
/** WeChat's days are China's. */
const chinaMs = 8 * 3_600_000
const nightMs = 3 * 3_600_000
/** Nobody else has to begin at the same moment. */
const spreadMs = 3_600_000

function chinaDay(now: number): number {
  return Math.floor((now + chinaMs) / dayMs)
}

/** Some time after 03:00 in China, tomorrow: what was spent today is there again. */
export function nextNight(now: number): number {
  return (chinaDay(now) + 1) * dayMs - chinaMs + nightMs + Math.floor(Math.random() * spreadMs)
}

/** How many more of these calls reconciling may make today. */
export function callsLeft(
  account: Pick<Account, 'kind'>,
  row: ReconcileRow,
  call: Call,
  now: number,
  share: number,
): number {
  const daily = dailyCalls[call][account.kind === 'test' ? 'test' : 'normal']
  const made = row.day === chinaDay(now) ? row[call] : 0
  return Math.floor(daily * share) - made
}

/** The counters after these calls. */
export function spent(
  row: ReconcileRow,
  call: Call,
  calls: number,
  now: number,
): Pick<ReconcileRow, 'day' | 'list_calls' | 'info_calls'> {
  const day = chinaDay(now)
  const today = row.day === day ? row : { list_calls: 0, info_calls: 0 }
  const { list_calls, info_calls } = today
  return { day, list_calls, info_calls, [call]: today[call] + calls }
}
