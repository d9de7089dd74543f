import type { Account } from '../accounts.ts'
import { ApiError } from '../api/errors.ts'
import type { Clock } from '../clock.ts'
import { base62, base64url } from '../ids.ts'
import type { Person } from '../people.ts'

export type Scope = 'snsapi_base' | 'snsapi_userinfo'

/** What a person granted to an account; a snapshot grant belongs to a made-up identity. */
export type Grant = { appid: string; person: Person; scope: Scope; openid: string; snapshot: boolean }

export type UserToken = {
  access_token: string
  expires_in: number
  refresh_token: string
  openid: string
  scope: Scope
}

/**
 * Codes and user tokens of the web authorisation (网页授权).
 * @see https://developers.weixin.qq.com/doc/service/api/webdev/access/api_snsaccesstoken
 */
export type Grants = {
  issueCode(grant: Grant): string
  /** A code works once, within five minutes; throws 40029, 40163 or 42003. */
  exchange(account: Account, code: string): { grant: Grant; token: UserToken }
  refresh(account: Account, refreshToken: string): UserToken
  /** The grant behind a user token; throws 40001, 42001 or, when the openid is another's, 40003. */
  check(accessToken: string, openid: string): Grant
  clear(): void
}

const CODE_MS = 300_000
const TOKEN_MS = 7200_000
const REFRESH_MS = 30 * 86_400_000
const REMEMBERED = 20_000

type Kept<T> = T & { expiresAt: number }

export function createGrants({ clock }: { clock: Clock }): Grants {
  const codes = new Map<string, Kept<{ grant: Grant; used: boolean }>>()
  const tokens = new Map<string, Kept<{ grant: Grant }>>()
  const refreshTokens = new Map<string, Kept<{ grant: Grant }>>()

  function keep<T>(map: Map<string, T>, key: string, value: T): string {
    map.set(key, value)
    const oldest = map.keys().next().value
    if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest)
    return key
  }

  function issueToken(grant: Grant, refreshToken: string): UserToken {
    const value = `${grant.snapshot ? 95 : 96}_${base64url(85)}`
    keep(tokens, value, { grant, expiresAt: clock.now() + TOKEN_MS })
    return {
      access_token: value,
      expires_in: TOKEN_MS / 1000,
      refresh_token: refreshToken,
      openid: grant.openid,
      scope: grant.scope,
    }
  }

  return {
    issueCode: (grant) => keep(codes, `0${base62(31)}`, { grant, used: false, expiresAt: clock.now() + CODE_MS }),
    exchange(account, value) {
      const code = codes.get(value)
      if (code === undefined || code.grant.appid !== account.appid) throw new ApiError(40029)
      if (code.used) throw new ApiError(40163)
      if (code.expiresAt <= clock.now()) throw new ApiError(42003)
      code.used = true
      const refreshToken = `${code.grant.snapshot ? 95 : 96}_${base64url(85)}`
      keep(refreshTokens, refreshToken, { grant: code.grant, expiresAt: clock.now() + REFRESH_MS })
      return { grant: code.grant, token: issueToken(code.grant, refreshToken) }
    },
    refresh(account, value) {
      const found = refreshTokens.get(value)
      if (found === undefined || found.grant.appid !== account.appid) throw new ApiError(40030)
      if (found.expiresAt <= clock.now()) throw new ApiError(42002)
      return issueToken(found.grant, value)
    },
    check(accessToken, openid) {
      const found = tokens.get(accessToken)
      if (found === undefined) throw new ApiError(40001)
      if (found.expiresAt <= clock.now()) throw new ApiError(42001)
      if (found.grant.openid !== openid) throw new ApiError(40003)
      return found.grant
    },
    clear() {
      for (const map of [codes, tokens, refreshTokens]) map.clear()
    },
  }
}
