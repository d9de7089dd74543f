import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Html } from './html.ts'
import type { Theme, Visit } from './pages/layout.ts'
import type { Session, Sessions } from './sessions.ts'
import type { User, Users } from './users.ts'
import { type Language, languageOf, type Notice } from './words.ts'

export class Forbidden extends Error {
  override name = 'Forbidden'
}

export type Visits = ReturnType<typeof createVisits>

const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax' } as const
const yearSeconds = 365 * 24 * 3600
const monthSeconds = 30 * 24 * 3600

/** Cookies, language and session: what a request tells of the person behind it. */
export function createVisits({ users, sessions, hufuUrl }: { users: Users; sessions: Sessions; hufuUrl: string }) {
  function sessionOf(request: FastifyRequest): Session | undefined {
    const token = request.cookies.demo_session
    return token ? sessions.find(token) : undefined
  }

  function open(reply: FastifyReply, userId?: string): Session {
    const { token, session } = sessions.create(userId)
    reply.setCookie('demo_session', token, { ...cookieOptions, maxAge: monthSeconds })
    return session
  }

  return {
    of(request: FastifyRequest): Visit {
      const session = sessionOf(request)
      return {
        path: request.url.split('?')[0] ?? '/',
        language: chosenLanguage(request),
        theme: chosenTheme(request),
        hufuUrl,
        session,
        user: session?.userId ? users.find(session.userId) : undefined,
        takeNotice: () => session && sessions.takeNotice(session),
      }
    },
    /** The session of this browser; one is made where there is none. */
    session: (request: FastifyRequest, reply: FastifyReply): Session => sessionOf(request) ?? open(reply),
    /** A new session under a new name: whoever knew the old one is not logged in with it. */
    begin(request: FastifyRequest, reply: FastifyReply, user: User | undefined, notice: Notice): Session {
      const former = sessionOf(request)
      if (former) sessions.remove(former)
      const session = open(reply, user?.id)
      sessions.leaveNotice(session, notice)
      return session
    },
    /** An address of ours, for others to lead back to. */
    here: (request: FastifyRequest, path: string): string => `${request.protocol}://${request.host}${path}`,
    /** Who asks, as Hufu tells it to the person asked. */
    browserOf: (request: FastifyRequest) => ({
      ip: request.ip,
      user_agent: request.headers['user-agent']?.slice(0, 1024) ?? '',
    }),
    /** In WeChat’s own browser, where its pages can ask people something. */
    isInWechat: (request: FastifyRequest): boolean => /\bMicroMessenger\//.test(request.headers['user-agent'] ?? ''),
    /** Forms of ours repeat the session's token; a page of somebody else cannot. */
    checkForm(request: FastifyRequest): Session {
      const session = sessionOf(request)
      const { csrf } = (request.body ?? {}) as { csrf?: unknown }
      if (!session || !isEqual(String(csrf), session.csrf)) throw new Forbidden('The form has no valid token.')
      return session
    },
    /** Calls of our own pages' scripts. Browsers say where a POST comes from. */
    checkOrigin(request: FastifyRequest): void {
      const { origin, host } = request.headers
      if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
        throw new Forbidden('The request comes from another site.')
      }
    },
    show(reply: FastifyReply, content: Html): FastifyReply {
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(content.text)
    },
    /** Keeps a choice made by `?lang=` or `?theme=`. */
    keepChoices(request: FastifyRequest, reply: FastifyReply): void {
      const { lang, theme } = request.query as Record<string, unknown>
      const options = { ...cookieOptions, maxAge: yearSeconds }
      if (isLanguage(lang)) reply.setCookie('demo_language', lang, options)
      if (isTheme(theme)) reply.setCookie('demo_theme', theme, options)
    },
  }
}

function isLanguage(value: unknown): value is Language {
  return value === 'zh-CN' || value === 'en'
}

function isTheme(value: unknown): value is Theme {
  return value === 'auto' || value === 'light' || value === 'dark'
}

function chosenLanguage(request: FastifyRequest): Language {
  const { lang } = request.query as Record<string, unknown>
  const chosen = [lang, request.cookies.demo_language].find(isLanguage)
  return chosen ?? languageOf(request.headers['accept-language'])
}

function chosenTheme(request: FastifyRequest): Theme {
  const { theme } = request.query as Record<string, unknown>
  return [theme, request.cookies.demo_theme].find(isTheme) ?? 'auto'
}

function isEqual(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)]
  return first.length === second.length && timingSafeEqual(first, second)
}
