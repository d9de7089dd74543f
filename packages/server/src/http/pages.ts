import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { statusOf } from './problems.ts'
import type { Server } from './server.ts'
import type { DonePage, Locale, NoticePage, Page, View } from './view.ts'

/** Answers with a hosted page in the reader's language: what the browser asks for, else what the flow's site chose. */
export function pages(view: View) {
  return (
    request: FastifyRequest,
    reply: FastifyReply,
    page: Page,
    status: number,
    fallback = 'zh-CN',
  ): FastifyReply => {
    const locale = localeOf(request.headers['accept-language'], fallback)
    const traced = isTraced(page) ? { ...page, requestId: request.id } : page
    return reply
      .code(status)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(view.render(traced, locale))
  }
}

/** Pages that say one thing name the request they answer; those that show or ask something do not. */
function isTraced(page: Page): page is NoticePage | DonePage {
  return ![
    'confirm',
    'code',
    'register',
    'reset',
    'home',
    'sides',
    'login',
    'me',
    'ask',
    'password',
    'follow',
  ].includes(page.name)
}

/** Routes of hosted pages. Forms are read here and nowhere else: the API takes JSON only. Whatever goes wrong, a person is told on a page. */
export function forPeople(server: Server, view: View, register: (scope: FastifyInstance) => void): void {
  const page = pages(view)
  server.register(async (scope) => {
    await scope.register(formbody, { bodyLimit: 8 * 1024 })
    scope.setErrorHandler((error, request, reply) => {
      const status = statusOf(error)
      if (status === 500) request.log.error({ err: error, request_id: request.id }, 'a page failed')
      server.sayShortage(error)
      if (status === 503) reply.header('retry-after', 2)
      return page(request, reply, { name: 'try_again' }, status)
    })
    register(scope)
  })
}

/** What the address of one of Hufu's own pages asks for: which account, and what for. Neither is a secret, nor proves anything. */
export interface Asked {
  account?: string | undefined
  to?: 'password' | undefined
}

export function askedOf(request: FastifyRequest): Asked {
  const { account, to } = request.query as Record<string, unknown>
  return {
    ...(typeof account === 'string' && { account }),
    ...(to === 'password' && { to }),
  }
}

/** The same, for the next page. */
export function withAsked(path: string, asked: Asked & { plain?: '' }): string {
  const query = new URLSearchParams(
    Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return query.size > 0 ? `${path}?${query}` : path
}

/** The first of our two languages in the reader's order of preference (RFC 9110 §12.5.4; the order they stand in decides). */
export function localeOf(header: string | undefined, fallback: string): Locale {
  for (const range of (header ?? '').slice(0, 256).split(',')) {
    const language = range.trim().toLowerCase()
    if (language.startsWith('zh')) return 'zh-CN'
    if (language.startsWith('en')) return 'en'
  }
  return fallback === 'en' ? 'en' : 'zh-CN'
}
