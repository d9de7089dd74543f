import { type Account, type Accounts, isCapable } from '../accounts.ts'
import type { Phone } from '../browser/phone.ts'
import { base62, derivedOpenid } from '../ids.ts'
import type { People, Person } from '../people.ts'
import type { Grants, Scope } from './grants.ts'
import { withParameters } from './inside.ts'
import type { Reason } from './words.ts'

type AuthorizeRequest = {
  account: Account
  redirectUri: string
  scope: Scope
  state: string
  forcePopup: boolean
  forceSnapshot: boolean
}

export type AuthorizeAnswer =
  | { kind: 'redirect'; url: string }
  | { kind: 'consent'; id: string; request: AuthorizeRequest; person: Person }
  | { kind: 'error'; code: number | null; reason: Reason }

type Decision = 'allow' | 'decline' | 'snapshot'

/**
 * The authorise page, apart from its HTML. It knows the person only through the phone that asks.
 * @see https://developers.weixin.qq.com/doc/service/guide/h5/auth.html
 */
export type Authorize = {
  begin(query: Record<string, string | undefined>, phone: Phone): AuthorizeAnswer
  decide(id: string, phone: Phone, decision: Decision): AuthorizeAnswer
}

const SCOPES: readonly string[] = ['snsapi_base', 'snsapi_userinfo'] satisfies Scope[]
const REMEMBERED = 1000

type Problem = Extract<AuthorizeAnswer, { kind: 'error' }>

function problem(code: number | null, reason: Reason): Problem {
  return { kind: 'error', code, reason }
}

type Deps = { accounts: Accounts; people: People; grants: Grants }

export function createAuthorize({ accounts, people, grants }: Deps): Authorize {
  const waiting = new Map<string, { request: AuthorizeRequest; person: Person }>()

  function read(query: Record<string, string | undefined>, phone: Phone): AuthorizeRequest | Problem {
    const { appid, redirect_uri: redirectUri, scope, state } = query
    if (!appid) return problem(10012, 'appid_missing')
    const account = accounts.find(appid)
    if (account === undefined) return problem(10016, 'appid_wrong')
    if (!redirectUri) return problem(10011, 'redirect_uri_missing')
    if (!scope) return problem(10010, 'scope_missing')
    if (!state) return problem(10013, 'state_missing')
    if (query.response_type !== 'code') return problem(null, 'response_type_wrong')
    if (!/^[A-Za-z0-9]+$/.test(state) || state.length > 128) return problem(null, 'state_wrong')
    if (!SCOPES.includes(scope) || !isCapable(account, 'oauth')) return problem(10005, 'scope_wrong')
    if (!isAllowedHost(account, redirectUri)) return problem(10003, 'redirect_uri_wrong')
    if (phone.fragment !== '#wechat_redirect') return problem(null, 'fragment_missing')
    return {
      account,
      redirectUri,
      scope: scope as Scope,
      state,
      forcePopup: query.forcePopup === 'true',
      forceSnapshot: query.forceSnapShot === 'true',
    }
  }

  function finish(request: AuthorizeRequest, person: Person, decision: Decision): AuthorizeAnswer {
    const { account, redirectUri, scope, state } = request
    if (decision === 'decline') return { kind: 'redirect', url: withParameters(redirectUri, { state }) }
    const snapshot = decision === 'snapshot'
    const openid = snapshot ? derivedOpenid(account.appid, base62(16)) : people.openid(account, person)
    const code = grants.issueCode({ appid: account.appid, person, scope, openid, snapshot })
    return { kind: 'redirect', url: withParameters(redirectUri, { code, state }) }
  }

  return {
    begin(query, phone) {
      const request = read(query, phone)
      if ('kind' in request) return request
      const { person, grant } = phone
      const follows = person.follows.has(request.account.appid)
      if (request.account.kind === 'test' && !follows) return problem(10006, 'not_following')
      if (grant === 'snapshot' || request.forceSnapshot) return finish(request, person, 'snapshot')
      if (request.scope === 'snsapi_base') return finish(request, person, 'allow')
      if (grant !== undefined) return finish(request, person, grant ? 'allow' : 'decline')
      if (follows && !request.forcePopup) return finish(request, person, 'allow')
      const id = base62(32)
      waiting.set(id, { request, person })
      const oldest = waiting.keys().next().value
      if (waiting.size > REMEMBERED && oldest !== undefined) waiting.delete(oldest)
      return { kind: 'consent', id, request, person }
    },
    decide(id, phone, decision) {
      const found = waiting.get(id)
      if (found === undefined || found.person !== phone.person) return problem(null, 'request_gone')
      waiting.delete(id)
      return finish(found.request, found.person, decision)
    },
  }
}

function isAllowedHost(account: Account, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false
  const url = new URL(redirectUri)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
  return account.oauth_domain === null || url.hostname === account.oauth_domain || url.host === account.oauth_domain
}
