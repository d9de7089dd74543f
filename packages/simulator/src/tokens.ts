import type { Account } from './accounts.ts'
import { ApiError } from './api/errors.ts'
import { type Clock, shanghaiDay } from './clock.ts'
import { base64url } from './ids.ts'

type Channel = 'token' | 'stable'
type Token = { value: string; appid: string; channel: Channel; expiresAt: number; validUntil: number }

type IssuedToken = { access_token: string; expires_in: number }

/**
 * The account's access tokens. `/cgi-bin/token` and `/cgi-bin/stable_token` are two channels that never touch each other.
 * @see https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
 */
export type Tokens = {
  issue(account: Account): IssuedToken
  stable(account: Account, forced: boolean): IssuedToken
  /** The appid of a token that is good now; throws 41001, 40014, 40001 or 42001. */
  appidOf(value: string | undefined): string
  ticket(account: Account, type: string): { ticket: string; expires_in: number }
  clear(): void
}

const LIFETIME_MS = 7200_000
const OVERLAP_MS = 300_000
const RENEW_BEFORE_MS = 300_000
const FORCED_PER_DAY = 20
const FORCED_APART_MS = 30_000
const REMEMBERED = 5000

export function createTokens({ clock }: { clock: Clock }): Tokens {
  const tokens = new Map<string, Token>()
  const current = new Map<string, Token>()
  const forcedRefreshes = new Map<string, { day: string; count: number; last: number }>()
  const tickets = new Map<string, { ticket: string; expiresAt: number }>()

  function renew(account: Account, channel: Channel, overlapMs: number): Token {
    const key = `${channel}|${account.appid}`
    const now = clock.now()
    const former = current.get(key)
    if (former !== undefined) former.validUntil = Math.min(former.expiresAt, now + overlapMs)
    const value = `${channel === 'stable' ? 98 : 97}_${base64url(133)}`
    const expiresAt = now + LIFETIME_MS
    const token: Token = { value, appid: account.appid, channel, expiresAt, validUntil: expiresAt }
    current.set(key, token)
    tokens.set(value, token)
    const oldest = tokens.keys().next().value
    if (tokens.size > REMEMBERED && oldest !== undefined) tokens.delete(oldest)
    return token
  }

  function answer(token: Token): IssuedToken {
    return { access_token: token.value, expires_in: Math.floor((token.expiresAt - clock.now()) / 1000) }
  }

  function countForced(appid: string): void {
    const day = shanghaiDay(clock.now())
    const known = forcedRefreshes.get(appid)
    const count = known?.day === day ? known.count : 0
    if (count >= FORCED_PER_DAY) throw new ApiError(45009)
    if (known && Math.abs(clock.now() - known.last) < FORCED_APART_MS) throw new ApiError(45011)
    forcedRefreshes.set(appid, { day, count: count + 1, last: clock.now() })
  }

  return {
    issue: (account) => answer(renew(account, 'token', OVERLAP_MS)),
    stable(account, forced) {
      if (forced) {
        countForced(account.appid)
        return answer(renew(account, 'stable', 0))
      }
      const held = current.get(`stable|${account.appid}`)
      const fresh = held !== undefined && held.expiresAt - clock.now() > RENEW_BEFORE_MS
      return answer(fresh ? held : renew(account, 'stable', OVERLAP_MS))
    },
    appidOf(value) {
      if (!value) throw new ApiError(41001)
      if (!/^[\w-]+$/.test(value)) throw new ApiError(40014)
      const token = tokens.get(value)
      if (token === undefined) throw new ApiError(40001)
      if (token.expiresAt <= clock.now()) throw new ApiError(42001)
      if (token.validUntil <= clock.now()) throw new ApiError(40001)
      return token.appid
    },
    ticket(account, type) {
      const key = `${account.appid}|${type}`
      const held = tickets.get(key)
      const fresh =
        held !== undefined && held.expiresAt > clock.now()
          ? held
          : { ticket: `HoagFKDcsGMVCIY2vOjf9${base64url(65)}`, expiresAt: clock.now() + LIFETIME_MS }
      tickets.set(key, fresh)
      return { ticket: fresh.ticket, expires_in: Math.floor((fresh.expiresAt - clock.now()) / 1000) }
    },
    clear() {
      for (const map of [tokens, current, forcedRefreshes, tickets]) map.clear()
    },
  }
}
