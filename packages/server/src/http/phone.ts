import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createLimiter } from '../limiter.ts'
import { networkOf } from '../network.ts'
import { pages } from './pages.ts'
import type { View } from './view.ts'

/** What a page knows of the phone that opened it. */
export interface Held<Session> {
  session: Session
  /** For the form of this page in this browser. */
  formToken: string
}

/** The phone's browser, as our pages meet it: the cookie an authorisation is bound to, the proof of who holds it, and what only its own forms can send. */
export interface Phone<Start, Session> {
  /** Sends the phone to WeChat, to learn who holds it; an address that begins too often is told to wait. */
  prove(request: FastifyRequest, reply: FastifyReply, start: Start, locale?: string): Promise<FastifyReply>
  /** The cookie that an authorisation was bound to, if the browser brings one of ours. */
  browserOf(request: FastifyRequest): string | undefined
  /** Gives the phone its proof, for the page at `path`. */
  keep(reply: FastifyReply, path: string, session: Session): FastifyReply
  held(request: FastifyRequest, about: string): Held<Session> | undefined
  /** Whose form this is; undefined for what was not sent by the page that this browser was shown. */
  heldBySender(request: FastifyRequest, about: string): Held<Session> | undefined
}

const browserCookiePattern = /^[0-9A-Za-z_-]{43}$/
const cookieSeconds = 600

export function createPhone<Start, Session>(deps: {
  begin(start: Start, browser: string): Promise<string>
  sessions: {
    seal(session: Session): string
    open(cookie: string, about: string): Session | undefined
    formToken(cookie: string): string
    isFormToken(cookie: string, presented: string): boolean
  }
  clock: { now(): number }
  /** Authorisations a minute from one address. */
  limit: number
  view: View
  publicUrl: () => string
}): Phone<Start, Session> {
  const { sessions, publicUrl } = deps
  const page = pages(deps.view)
  const starts = createLimiter({ clock: deps.clock, limit: deps.limit, windowMs: 60_000 })
  const secure = () => publicUrl().startsWith('https:')
  /** The browser's cookie is the origin's own, which no sibling domain can plant; the phone's belongs to one page. */
  const prefixes = { browser: '__Host-', phone: '__Secure-' }
  const cookieName = (name: keyof typeof prefixes) => `${secure() ? prefixes[name] : ''}hufu_${name}`
  const cookieOptions = (path: string) =>
    ({ path, httpOnly: true, sameSite: 'lax', secure: secure(), maxAge: cookieSeconds }) as const
  const proofOf = (request: FastifyRequest) => request.cookies[cookieName('phone')] ?? ''

  function browserOf(request: FastifyRequest): string | undefined {
    const held = request.cookies[cookieName('browser')] ?? ''
    return browserCookiePattern.test(held) ? held : undefined
  }

  function held(request: FastifyRequest, about: string): Held<Session> | undefined {
    const cookie = proofOf(request)
    const session = sessions.open(cookie, about)
    return session && { session, formToken: sessions.formToken(cookie) }
  }

  return {
    browserOf,
    held,
    async prove(request, reply, start, locale) {
      const retryAfter = starts.take(networkOf(request.ip))
      if (retryAfter > 0)
        return page(request, reply.header('retry-after', retryAfter), { name: 'try_again' }, 429, locale)
      const browser = browserOf(request) ?? randomBytes(32).toString('base64url')
      const url = await deps.begin(start, browser)
      return reply
        .header('cache-control', 'no-store')
        .setCookie(cookieName('browser'), browser, cookieOptions('/'))
        .redirect(url, 302)
    },
    keep: (reply, path, session) =>
      reply
        .header('cache-control', 'no-store')
        .setCookie(cookieName('phone'), sessions.seal(session), cookieOptions(path)),
    heldBySender(request, about) {
      const { origin } = request.headers
      if (origin !== undefined && origin !== publicUrl()) return undefined
      const { form_token: presented } = (request.body ?? {}) as Record<string, unknown>
      const formToken = typeof presented === 'string' ? presented : ''
      return sessions.isFormToken(proofOf(request), formToken) ? held(request, about) : undefined
    },
  }
}
