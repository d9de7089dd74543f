export type Cookie = {
  name: string
  value: string
  host: string
  hostOnly: boolean
  path: string
  expiresAt: number | null
  secure: boolean
  httpOnly: boolean
  sameSite: 'strict' | 'lax' | 'none'
}

/** What the cookies depend on besides the address. */
export type RequestContext = { method: string; isTopLevel: boolean; isCrossSite: boolean }

/** The cookies of one person's WeChat browser. @see RFC 6265bis */
export type CookieJar = {
  header(url: URL, context: RequestContext): string | undefined
  store(url: URL, setCookie: string[], context: RequestContext): void
  list(): Cookie[]
  clear(): void
}

/** http is as good as https on this machine, as in Chromium. */
export function isTrustworthy(url: URL): boolean {
  return url.protocol === 'https:' || /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

/** The registrable domain, roughly: without the public suffix list, the last two labels. */
export function siteOf(url: URL): string {
  const { hostname } = url
  if (/^[\d.]+$|^\[/.test(hostname)) return `${url.protocol}//${hostname}`
  return `${url.protocol}//${hostname.split('.').slice(-2).join('.')}`
}

function defaultPath(url: URL): string {
  const cut = url.pathname.lastIndexOf('/')
  return cut <= 0 ? '/' : url.pathname.slice(0, cut)
}

function pathMatches(cookie: Cookie, url: URL): boolean {
  if (url.pathname === cookie.path) return true
  return url.pathname.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`)
}

function hostMatches(cookie: Cookie, url: URL): boolean {
  return url.hostname === cookie.host || (!cookie.hostOnly && url.hostname.endsWith(`.${cookie.host}`))
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const part of text.split(';').slice(1)) {
    const [name = '', ...rest] = part.split('=')
    attributes.set(name.trim().toLowerCase(), rest.join('=').trim())
  }
  return attributes
}

function expiry(attributes: Map<string, string>): number | null {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Date.now() + Number(maxAge) * 1000
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? null : expires
}

/** Undefined where a browser would refuse it. */
export function parseCookie(url: URL, text: string): Cookie | undefined {
  const [pair = ''] = text.split(';')
  const cut = pair.indexOf('=')
  const name = pair.slice(0, Math.max(cut, 0)).trim()
  const attributes = readAttributes(text)
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() || undefined
  if (cut < 1 || name === '') return undefined
  if (domain !== undefined && domain !== url.hostname && !url.hostname.endsWith(`.${domain}`)) return undefined
  const path = attributes.get('path')
  const sameSite = attributes.get('samesite')?.toLowerCase()
  const cookie: Cookie = {
    name,
    value: pair.slice(cut + 1).trim(),
    host: domain ?? url.hostname,
    hostOnly: domain === undefined,
    path: path?.startsWith('/') ? path : defaultPath(url),
    expiresAt: expiry(attributes),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: sameSite === 'strict' || sameSite === 'none' ? sameSite : 'lax',
  }
  return isAcceptable(cookie, url) ? cookie : undefined
}

function isAcceptable(cookie: Cookie, url: URL): boolean {
  if (cookie.secure && !isTrustworthy(url)) return false
  if (cookie.sameSite === 'none' && !cookie.secure) return false
  const prefix = cookie.name.toLowerCase()
  if (prefix.startsWith('__secure-') && !cookie.secure) return false
  return !prefix.startsWith('__host-') || (cookie.secure && cookie.hostOnly && cookie.path === '/')
}

function isSent(cookie: Cookie, url: URL, context: RequestContext): boolean {
  if (cookie.secure && !isTrustworthy(url)) return false
  if (!hostMatches(cookie, url) || !pathMatches(cookie, url)) return false
  if (!context.isCrossSite || cookie.sameSite === 'none') return true
  return cookie.sameSite === 'lax' && context.isTopLevel && context.method === 'GET'
}

export function createCookieJar(): CookieJar {
  let cookies: Cookie[] = []
  const alive = () => {
    cookies = cookies.filter(({ expiresAt }) => expiresAt === null || expiresAt > Date.now())
    return cookies
  }
  return {
    header(url, context) {
      const sent = alive().filter((cookie) => isSent(cookie, url, context))
      // Longer paths first; a stable sort keeps the older one first among equals.
      sent.sort((a, b) => b.path.length - a.path.length)
      return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
    },
    store(url, setCookie, context) {
      for (const text of setCookie) {
        const cookie = parseCookie(url, text)
        if (cookie === undefined) continue
        if (context.isCrossSite && !context.isTopLevel && cookie.sameSite !== 'none') continue
        const same = (known: Cookie) =>
          known.name === cookie.name && known.host === cookie.host && known.path === cookie.path
        const at = cookies.findIndex(same)
        if (at < 0) cookies.push(cookie)
        else cookies[at] = cookie
      }
      alive()
    },
    list: () => [...alive()],
    clear() {
      cookies = []
    },
  }
}
