import type { FastifyReply, FastifyRequest } from 'fastify'
import { PHONE_HEADER, type Phone } from '../browser/phone.ts'
import type { World } from '../world.ts'
import { messagePage } from './html.ts'

/** The phone that asks for one of the platform's own pages. */
export function phoneOf(world: World, request: FastifyRequest): Phone | undefined {
  const value = request.headers[PHONE_HEADER]
  return world.browsers.identify(typeof value === 'string' ? value : undefined)
}

/** What a PC gets in its place. */
export function outside(reply: FastifyReply): FastifyReply {
  const html = messagePage('zh-CN', '请在微信客户端打开链接', '这个页面只能在微信里打开')
  return reply.type('text/html; charset=utf-8').send(html)
}

export function withParameters(address: string, parameters: Record<string, string>): string {
  const url = new URL(address)
  const text = new URLSearchParams(parameters).toString()
  url.search = url.search === '' ? text : `${url.search.slice(1)}&${text}`
  return url.href
}
