import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Locale, Page, View } from './view.ts'

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
    const traced =
      page.name === 'confirm' || page.name === 'code' || page.name === 'sides' || page.name === 'home'
        ? page
        : { ...page, requestId: request.id }
    return reply
      .code(status)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(view.render(traced, locale))
  }
}

/** The first of our two languages in the reader's order of preference (RFC 9110 §12.5.4; the order they stand in decides). */
function localeOf(header: string | undefined, fallback: string): Locale {
  for (const range of (header ?? '').slice(0, 256).split(',')) {
    const language = range.trim().toLowerCase()
    if (language.startsWith('zh')) return 'zh-CN'
    if (language.startsWith('en')) return 'en'
  }
  return fallback === 'en' ? 'en' : 'zh-CN'
}
