import { setTimeout as delay } from 'node:timers/promises'
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
import { NEWTMPL_APIS } from './newtmpl.ts'
import { NOTICE_APIS } from './notices.ts'
import { QUOTA_APIS } from './quota.ts'
import { SNS_APIS } from './sns.ts'
import { TEMPLATE_MESSAGE_APIS } from './template-messages.ts'
import { TEMPLATE_APIS } from './templates.ts'
import { USER_APIS } from './users.ts'

const APIS: Api[] = [
  ...CREDENTIAL_APIS,
  ...CODE_APIS,
  ...USER_APIS,
  ...MENU_APIS,
  ...MESSAGE_APIS,
  ...TEMPLATE_APIS,
  ...TEMPLATE_MESSAGE_APIS,
  ...NOTICE_APIS,
  ...NEWTMPL_APIS,
  ...QUOTA_APIS,
  ...SNS_APIS,
]

export function readQuery(query: unknown): Query {
  const entries = Object.entries(query as Json)
  // Of a repeated parameter the first counts.
  return Object.fromEntries(entries.map(([name, value]) => [name, single(Array.isArray(value) ? value[0] : value)]))
}

/** How long a call that tolerates no other beside it takes at least. */
const PROCESSING_MS = 5

type Run = { world: World; api: Api; request: FastifyRequest; busy: Set<string>; slowMs: number }

async function answer({ world, api, request, busy, slowMs }: Run): Promise<object> {
  if (request.method !== api.method) throw new ApiError(api.method === 'GET' ? 43001 : 43002)
  const query = readQuery(request.query)
  const body = () => (api.method === 'POST' ? parseBody(String(request.body ?? '')) : {})
  if (api.credential === 'open') {
    await pause(slowMs)
    return api.answer({ world, query, body: body() })
  }
  const account = world.accounts.get(world.tokens.appidOf(query.access_token))
  if (!isCapable(account, api.needs)) throw new ApiError(48001)
  world.quotas.count(account, api.path)
  const call = { world, account, query, body: body() }
  if (!api.oneAtATime) {
    await pause(slowMs)
    return api.answer(call)
  }
  const key = `${account.appid}|${single(call.body.touser)}`
  if (busy.has(key)) throw new ApiError(43108)
  busy.add(key)
  try {
    await pause(slowMs + PROCESSING_MS)
    return await api.answer(call)
  } finally {
    busy.delete(key)
  }
}

async function answerOrError(run: Run): Promise<object> {
  try {
    return await answer(run)
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error, run.world.clock.seconds())
    throw error
  }
}

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await delay(milliseconds)
}

const GARBAGE = '<html><body><h1>502 Bad Gateway</h1></body></html>'
const SLOW_MS = 1000

/** Plays a fault; gives true when the call is over with it. */
async function strike(world: World, fault: Fault, run: () => Promise<object>, reply: FastifyReply): Promise<boolean> {
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
      await run()
      reply.hijack()
      reply.raw.socket?.destroy()
      return true
    case 'timeout':
      // The connection stays open until the caller gives up.
      reply.hijack()
      return true
    case 'slow':
      // The call itself takes long, as `run` knows.
      return false
  }
}

function send(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('content-type', 'application/json; encoding=utf-8').send(JSON.stringify(body, bareBigints))
}

/** TypeScript's library does not know `rawJSON` yet, Node 24 does. */
const json = JSON as typeof JSON & { rawJSON(text: string): unknown }

/** A msgid has more digits than a JavaScript number holds, and stands bare in the answer all the same. */
function bareBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? json.rawJSON(String(value)) : value
}

export function registerApi(app: FastifyInstance, world: World): void {
  const busy = new Set<string>()
  for (const api of APIS) {
    app.route({
      method: ['GET', 'POST'],
      url: api.path,
      async handler(request, reply) {
        world.ledger.countCall(api.path)
        const fault = world.faults.strike(api.path)
        const slowMs = fault?.kind === 'slow' ? (fault.ms ?? SLOW_MS) : 0
        const run = () => answerOrError({ world, api, request, busy, slowMs })
        if (fault && (await strike(world, fault, run, reply))) return reply
        return send(reply, await run())
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
