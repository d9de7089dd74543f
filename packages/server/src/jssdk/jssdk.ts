import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { jssdkSignature, NetworkError, WechatError } from '@hufu/wechat'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { createLimiter } from '../limiter.ts'
import type { Limits } from '../limits.ts'
import { networkOf } from '../network.ts'
import type { Clock } from '../store/clock.ts'

/** What `wx.config` takes, by its own names; the page adds `jsApiList`. */
export interface JssdkSignature {
  appId: string
  /** Seconds since 1970. */
  timestamp: number
  nonceStr: string
  signature: string
}

export interface Jssdk {
  /** Signs a page of the app for the JS-SDK, for the visitor at `ip`. The ticket never leaves. */
  sign(app: App, page: { url: string; account?: string; ip?: string }): Promise<JssdkSignature>
}

/** As browsers write an address: nothing in it that one reader could take for the host and another for something else. */
const pageShape = /^https:\/\/[0-9a-z.-]+(?::\d{1,5})?(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/i

export function createJssdk(deps: { accounts: Accounts; clock: Clock; limits: Limits }): Jssdk {
  const { accounts, clock, limits } = deps
  const perApp = createLimiter({ clock, limit: limits.signaturesPerApp, windowMs: 60_000 })
  const perAddress = createLimiter({ clock, limit: limits.signaturesPerAddress, windowMs: 60_000 })

  function accountOf(app: App, named: string | undefined): Account {
    const all = accounts.list()
    const appid = named ?? app.appid
    const account = appid ? accounts.find(appid) : all.length === 1 ? all[0] : undefined
    if (account) return account
    const message = appid ? 'No such account is configured.' : 'Name an account: the installation has none, or several.'
    throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'account', message }] })
  }

  return {
    async sign(app, { url, account: named, ip }) {
      if (ip !== undefined && isIP(ip) === 0) {
        const message = 'One IP address is expected, the visitor’s as your server saw it.'
        throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'ip', message }] })
      }
      const account = accountOf(app, named)
      const page = pageOf(url)
      if (!page) throw refused('An https address is expected as location.href says it, without user or password.')
      if (!app.allowedOrigins.includes(page.origin)) throw refused('This is no page of one of the app’s origins.')
      if (!account.jsDomains.some((domain) => page.hostname === domain || page.hostname.endsWith(`.${domain}`))) {
        throw refused(
          `The host is none of the account’s JS domains (JS接口安全域名): hufu account set ${account.appid} --js-domain HOST`,
        )
      }
      const retryAfter = (ip === undefined ? 0 : perAddress.take(`${app.id} ${networkOf(ip)}`)) || perApp.take(app.id)
      if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
      const parts = {
        nonceStr: randomBytes(16).toString('hex'),
        timestamp: Math.floor(clock.now() / 1000),
        url: withoutFragment(url),
      }
      const signature = jssdkSignature({ ...parts, jsapiTicket: await ticketOf(account) })
      return { appId: account.appid, timestamp: parts.timestamp, nonceStr: parts.nonceStr, signature }
    },
  }
}

function withoutFragment(url: string): string {
  return url.split('#', 1)[0] ?? ''
}

function pageOf(url: string): URL | undefined {
  const page = withoutFragment(url)
  // The fragment is no part of what is signed, but what stands in it must not be a trick either.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (url.length > 2_048 || /[\u0000-\u0020\u007f]/.test(url) || !pageShape.test(page)) return undefined
  return URL.parse(page) ?? undefined
}

function refused(message: string): DomainError {
  return new DomainError('url_not_allowed', { detail: message, errors: [{ path: 'url', message }] })
}

async function ticketOf(account: Account): Promise<string> {
  try {
    return await account.jsapiTicket()
  } catch (error) {
    if (error instanceof WechatError || error instanceof NetworkError) {
      const why = error instanceof WechatError ? `refused for now (errcode ${error.errcode})` : 'did not answer'
      throw new DomainError('wechat_unavailable', { retryAfter: 5, detail: `WeChat ${why}.` })
    }
    throw error
  }
}
