import type { FastifyReply, FastifyRequest } from 'fastify'

/** One cookie of our own pages. Over https its name keeps sibling domains from planting it (RFC 6265bis §4.1.3.2). */
export interface Cookie {
  read(request: FastifyRequest): string | undefined
  set(reply: FastifyReply, value: string): FastifyReply
  clear(reply: FastifyReply): FastifyReply
}

export function createCookie(options: { name: string; seconds: number; publicUrl: () => string }): Cookie {
  const secure = () => options.publicUrl().startsWith('https:')
  const name = () => `${secure() ? '__Host-' : ''}hufu_${options.name}`
  const attributes = () => ({ path: '/', httpOnly: true, sameSite: 'lax', secure: secure() }) as const
  return {
    read: (request) => request.cookies[name()],
    set: (reply, value) => reply.setCookie(name(), value, { ...attributes(), maxAge: options.seconds }),
    clear: (reply) => reply.clearCookie(name(), attributes()),
  }
}

/** Whether a page of ours sent this: browsers name the origin with every POST. */
export function isFromHere(request: FastifyRequest, publicUrl: string): boolean {
  const { origin } = request.headers
  return origin === undefined || origin === publicUrl
}

/** WeChat's own browser, by the name it gives itself. */
export function isInWechat(request: FastifyRequest): boolean {
  return /\bMicroMessenger\//.test(request.headers['user-agent'] ?? '')
}
