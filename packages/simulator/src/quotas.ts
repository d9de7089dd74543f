import type { Account } from './accounts.ts'
import { ApiError } from './api/errors.ts'
import { type Clock, shanghaiDay, shanghaiMonth } from './clock.ts'

/** Daily calls: normal account, test account. @see https://developers.weixin.qq.com/doc/service/Message_Management/API_Call_Limits.html */
const DAILY: Record<string, readonly [number, number]> = {
  '/cgi-bin/token': [2000, 200],
  '/cgi-bin/stable_token': [500_000, 500_000],
  '/cgi-bin/qrcode/create': [100_000, 10_000],
  '/cgi-bin/user/get': [500, 100],
  '/cgi-bin/user/info': [5_000_000, 500_000],
  '/cgi-bin/user/info/batchget': [5_000_000, 500_000],
  '/cgi-bin/menu/create': [1000, 100],
  '/cgi-bin/menu/get': [10_000, 1000],
  '/cgi-bin/menu/delete': [1000, 100],
  '/cgi-bin/message/custom/send': [500_000, 50_000],
  '/cgi-bin/message/template/send': [100_000, 100_000],
}

const PER_MINUTE: Record<string, number> = {
  '/cgi-bin/stable_token': 10_000,
  '/sns/oauth2/access_token': 50_000,
  '/sns/oauth2/refresh_token': 50_000,
  '/sns/userinfo': 50_000,
}

const MINUTE_MS = 60_000
const CLEARS_PER_MONTH = 10
const PATH_CLEARS_PER_MONTH = 50

type Counter = { day: string; used: number; minute: number; inMinute: number }

type QuotaState = { daily_limit: number; used: number; remain: number; per_minute: number }

export type Quotas = {
  /** Counts one call; throws 45009 or 45011 when there is none left. */
  count(account: Account, path: string): void
  state(account: Account, path: string): QuotaState
  isKnown(path: string): boolean
  /** Throws 48006 when this month's clearings are used up. */
  clearAll(account: Account): void
  clearPath(account: Account, path: string): void
  clear(): void
}

export function createQuotas({ clock }: { clock: Clock }): Quotas {
  const counters = new Map<string, Map<string, Counter>>()
  const clearings = new Map<string, number>()

  const dailyLimit = (account: Account, path: string) =>
    account.quotas[path]?.daily ?? DAILY[path]?.[account.kind === 'test' ? 1 : 0] ?? Number.POSITIVE_INFINITY
  const minuteLimit = (account: Account, path: string) =>
    account.quotas[path]?.per_minute ?? PER_MINUTE[path] ?? Number.POSITIVE_INFINITY

  function counter(account: Account, path: string): Counter {
    const ofAccount = counters.get(account.appid) ?? new Map<string, Counter>()
    counters.set(account.appid, ofAccount)
    const found = ofAccount.get(path) ?? { day: '', used: 0, minute: 0, inMinute: 0 }
    ofAccount.set(path, found)
    const day = shanghaiDay(clock.now())
    const minute = Math.floor(clock.now() / MINUTE_MS)
    if (found.day !== day) Object.assign(found, { day, used: 0 })
    if (found.minute !== minute) Object.assign(found, { minute, inMinute: 0 })
    return found
  }

  function takeClearing(account: Account, what: string, limit: number): void {
    const key = `${account.appid}|${what}|${shanghaiMonth(clock.now())}`
    const used = clearings.get(key) ?? 0
    if (used >= limit) throw new ApiError(48006)
    clearings.set(key, used + 1)
  }

  return {
    count(account, path) {
      const found = counter(account, path)
      if (found.inMinute >= minuteLimit(account, path)) throw new ApiError(45011)
      if (found.used >= dailyLimit(account, path)) throw new ApiError(45009)
      found.used++
      found.inMinute++
    },
    state(account, path) {
      const limit = dailyLimit(account, path)
      const perMinute = minuteLimit(account, path)
      const { used } = counter(account, path)
      const daily = Number.isFinite(limit) ? limit : 0
      return {
        daily_limit: daily,
        used,
        remain: Math.max(0, daily - used),
        per_minute: Number.isFinite(perMinute) ? perMinute : 0,
      }
    },
    isKnown: (path) => path in DAILY,
    clearAll(account) {
      takeClearing(account, 'all', CLEARS_PER_MONTH)
      counters.delete(account.appid)
    },
    clearPath(account, path) {
      takeClearing(account, 'path', PATH_CLEARS_PER_MONTH)
      counters.get(account.appid)?.delete(path)
    },
    clear() {
      counters.clear()
      clearings.clear()
    },
  }
}
