import { type HttpAnswer, type HttpClient, HttpError } from '../http.ts'
import type { Language } from '../people.ts'
import { type CookieJar, isTrustworthy, type RequestContext, siteOf } from './cookies.ts'
import { fetchSite, originHeader, type ReferrerPolicy, readPolicy, refererHeader } from './referrer.ts'

export type NavigationRequest = {
  method: 'GET' | 'POST'
  url: URL
  body?: Buffer
  contentType?: string
  /** The page that holds the link or form; none when opened from a chat. */
  initiator?: { url: URL; policy: ReferrerPolicy }
}

export type Landed = { url: URL; status: number; answer: HttpAnswer }

export type NavigationDeps = {
  http: HttpClient
  jar: CookieJar
  /** What the phone is set to, now. */
  language(): Language
  /** Headers for addresses of the platform itself, which knows this phone. */
  platformHeaders(url: URL): Record<string, string>
}

const USER_AGENT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003230) NetType/WIFI'

/** What every request says about the phone; WeChat names its language in the user agent, too. */
function phoneHeaders(language: Language) {
  const [own, accepted] = language === 'en' ? ['en', 'en-US,en;q=0.9'] : ['zh_CN', 'zh-CN,zh;q=0.9']
  return { 'user-agent': `${USER_AGENT} Language/${own}`, 'accept-language': accepted, 'accept-encoding': 'identity' }
}

const MAX_REDIRECTS = 20
const TIMEOUT_MS = 30_000

/** A navigation that ends without a page; the message is what the browser shows. */
export class NavigationError extends Error {}

function requestHeaders(deps: NavigationDeps, request: NavigationRequest, chain: URL[], context: RequestContext) {
  const { url, initiator } = request
  const cookie = deps.jar.header(url, context)
  const referer = initiator && refererHeader(initiator.policy, initiator.url, url)
  return {
    ...phoneHeaders(deps.language()),
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'upgrade-insecure-requests': '1',
    ...(isTrustworthy(url) && {
      'sec-fetch-site': fetchSite(initiator?.url, chain),
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-user': '?1',
    }),
    ...(request.method === 'POST' && { origin: postOrigin(request, chain) }),
    ...(request.contentType && { 'content-type': request.contentType }),
    ...(referer && { referer }),
    ...(cookie && { cookie }),
    ...deps.platformHeaders(url),
  }
}

/** A POST that was redirected to a foreign origin no longer says where it came from. */
function postOrigin({ initiator, url }: NavigationRequest, chain: URL[]): string {
  if (initiator === undefined) return 'null'
  const tainted = chain.some((hop, n) => {
    const next = chain[n + 1]
    return next !== undefined && hop.origin !== next.origin && hop.origin !== initiator.url.origin
  })
  return tainted ? 'null' : originHeader(initiator.policy, initiator.url, url)
}

function redirectTarget(request: NavigationRequest, answer: HttpAnswer): URL | undefined {
  const { location } = answer.headers
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return undefined
  if (!URL.canParse(location, request.url.href)) throw new NavigationError('网页无法打开：重定向地址无效')
  const target = new URL(location, request.url)
  if (target.hash === '') target.hash = request.url.hash
  return target
}

function redirected(request: NavigationRequest, url: URL, answer: HttpAnswer): NavigationRequest {
  const policy = readPolicy(header(answer, 'referrer-policy'))
  const initiator = request.initiator && { ...request.initiator, ...(policy && { policy }) }
  const keepsMethod = answer.status === 307 || answer.status === 308
  if (keepsMethod) return { ...request, url, ...(initiator && { initiator }) }
  return { method: 'GET', url, ...(initiator && { initiator }) }
}

export function header(answer: HttpAnswer, name: string): string | undefined {
  const value = answer.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Goes to an address and on through its redirects, with cookies, until there is a page. */
export async function navigate(deps: NavigationDeps, first: NavigationRequest): Promise<Landed> {
  const chain: URL[] = []
  let request = first
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const { url, method, initiator } = request
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new NavigationError('网页无法打开：不支持的地址')
    chain.push(url)
    const isCrossSite = initiator !== undefined && siteOf(initiator.url) !== siteOf(url)
    const context = { method, isTopLevel: true, isCrossSite }
    const answer = await send(deps, request, requestHeaders(deps, request, chain, context))
    deps.jar.store(url, answer.headers['set-cookie'] ?? [], context)
    const target = redirectTarget(request, answer)
    if (target === undefined) return { url, status: answer.status, answer }
    request = redirected(request, target, answer)
  }
  throw new NavigationError('网页无法打开：重定向次数过多')
}

async function send(deps: NavigationDeps, request: NavigationRequest, headers: Record<string, string>) {
  const url = new URL(request.url)
  url.hash = ''
  try {
    const { method, body } = request
    return await deps.http.send({ method, url, headers, timeoutMs: TIMEOUT_MS, ...(body && { body }) })
  } catch (error) {
    if (error instanceof HttpError) throw new NavigationError(`网页无法打开：${error.message}`)
    throw error
  }
}

/** A picture or a style sheet of a page. */
export async function fetchPart(deps: NavigationDeps, url: URL, page: { url: URL; policy: ReferrerPolicy }) {
  const context = { method: 'GET', isTopLevel: false, isCrossSite: siteOf(page.url) !== siteOf(url) }
  const cookie = deps.jar.header(url, context)
  const referer = refererHeader(page.policy, page.url, url)
  const answer = await send(
    deps,
    { method: 'GET', url },
    {
      ...phoneHeaders(deps.language()),
      accept: '*/*',
      ...(referer && { referer }),
      ...(cookie && { cookie }),
    },
  )
  deps.jar.store(url, answer.headers['set-cookie'] ?? [], context)
  return answer
}
