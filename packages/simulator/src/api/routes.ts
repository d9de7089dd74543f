import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isCapable } from '../accounts.ts'
import type { Fault } from '../faults.ts'
import type { World } from '../world.ts'
import { type Api, type Json, parseBody, type Query, single } from './calls.ts'
import { CODE_APIS } from './codes.ts'
import { CREDENTIAL_APIS } from './credentials.ts'
import { ApiError, errorAnswer } from './errors.ts'
import { MENU_APIS } from './menus.ts'
import { MESSAGE_APIS } from './messages.ts'
import { QUOTA_APIS } from './quota.ts'
import { SNS_APIS } from './sns.ts'
import { USER_APIS } from './users.ts'

const APIS: Api[] = [
  ...CREDENTIAL_APIS,
  ...CODE_APIS,
  ...USER_APIS,
  ...MENU_APIS,
  ...MESSAGE_APIS,
  ...QUOTA_APIS,
  ...SNS_APIS,
]

export function readQuery(query: unknown): Query {
  const entries = Object.entries(query as Json)
  // Of a repeated parameter the first counts.
  return Object.fromEntries(entries.map(([name, value]) => [name, single(Array.isArray(value) ? value[0] : value)]))
}

function answer(world: World, api: Api, request: FastifyRequest): object {
  if (request.method !== api.method) throw new ApiError(api.method === 'GET' ? 43001 : 43002)
  const query = readQuery(request.query)
  const body = () => (api.method === 'POST' ? parseBody(String(request.body ?? '')) : {})
  if (api.credential === 'open') return api.answer({ world, query, body: body() })
  const account = world.accounts.get(world.tokens.appidOf(query.access_token))
  if (!isCapable(account, api.needs)) throw new ApiError(48001)
  world.quotas.count(account, api.path)
  return api.answer({ world, account, query, body: body() })
}

function answerOrError(world: World, api: Api, request: FastifyRequest): object {
  try {
    return answer(world, api, request)
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error, world.clock.seconds())
    throw error
  }
}

const GARBAGE = '<html><body><h1>502 Bad Gateway</h1></body></html>'
const SLOW_MS = 1000

/** Plays a fault; gives true when the call is over with it. */
async function strike(world: World, fault: Fault, run: () => object, reply: FastifyReply): Promise<boolean> {
  switch (fault.kind) {
    case 'http_5xx':
      await reply
        .code(fault.status ?? 502)
        .type('text/html')
        .send(GARBAGE)
      return true
    case 'garbage':
      await reply.code(200).type('text/html').send(GARBAGE)
      return true
    case 'errcode':
      await send(reply, errorAnswer(new ApiError(fault.errcode ?? -1), world.clock.seconds()))
      return true
    case 'reset_after_accept':
      run()
      reply.hijack()
      reply.raw.socket?.destroy()
      return true
    case 'timeout':
      // The connection stays open until the caller gives up.
      reply.hijack()
      return true
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms ?? SLOW_MS))
      return false
  }
}

function send(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('content-type', 'application/json; encoding=utf-8').send(JSON.stringify(body))
}

export function registerApi(app: FastifyInstance, world: World): void {
  for (const api of APIS) {
    app.route({
      method: ['GET', 'POST'],
      url: api.path,
      async handler(request, reply) {
        world.ledger.countCall(api.path)
        const run = () => answerOrError(world, api, request)
        const fault = world.faults.strike(api.path)
        if (fault && (await strike(world, fault, run, reply))) return reply
        return send(reply, run())
      },
    })
  }
  for (const prefix of ['/cgi-bin/*', '/sns/*', '/wxaapi/*', '/wxa/*', '/customservice/*']) {
    app.route({
      method: ['GET', 'POST'],
      url: prefix,
      handler: (_request, reply) => send(reply, errorAnswer(new ApiError(40066), world.clock.seconds())),
    })
  }
}
