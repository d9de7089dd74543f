import { randomBytes } from 'node:crypto'
import { CallbackError, createCallback, type OpenedPush } from '@hufu/wechat'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Account, Accounts } from '../accounts/accounts.ts'
import { DomainError } from '../errors.ts'
import { readBody } from '../http/body.ts'
import { statuses } from '../http/problems.ts'
import type { Server } from '../http/server.ts'
import { createLimiter } from '../limiter.ts'
import type { Clock } from '../store/clock.ts'
import { StoreUnavailable } from '../store/store.ts'
import type { Inbox } from './inbox.ts'

export interface CallbackMetrics {
  push(result: 'stored' | 'repeated' | 'refused' | 'clock' | 'unavailable'): void
}

const badSignaturesPerMinute = 60

/** The callback: verify before parsing, store before answering, and tell a stranger nothing. */
export function callbackRoutes(
  server: Server,
  deps: {
    accounts: Accounts
    inbox: Inbox
    clock: Clock
    metrics: CallbackMetrics
    log: { error(details: object, message: string): void }
  },
): void {
  const { accounts, inbox, clock, metrics, log } = deps
  const bad = createLimiter({ clock, limit: badSignaturesPerMinute, windowMs: 60_000 })
  /** A key nobody has costs the same work as a wrong signature. */
  const decoy = createCallback({
    appid: 'wx0000000000000000',
    originalId: 'gh_decoy',
    mode: 'plaintext',
    token: randomBytes(12).toString('hex'),
  })

  function refuse(
    reply: FastifyReply,
    request: FastifyRequest,
    account: Account | undefined,
    status: 403 | 404,
  ): FastifyReply {
    metrics.push('refused')
    if (!account || !accounts.isPlatformAddress(account, request.ip)) bad.take(request.ip)
    return reply.code(status).send('')
  }

  function muted(request: FastifyRequest, account: Account | undefined): boolean {
    return bad.spent(request.ip) && !(account && accounts.isPlatformAddress(account, request.ip))
  }

  /** A wrong timestamp under a right signature may be our clock: ask WeChat what time it is before the next one comes. */
  function refuseError(
    error: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
    account: Account,
  ): FastifyReply | Promise<FastifyReply> {
    if (!(error instanceof CallbackError)) throw error
    if (error.reason === 'timestamp' && error.signatureValid) {
      metrics.push('clock')
      accounts.learnClock(account)
    }
    const answer = () => refuse(reply, request, account, 403)
    if (error.document === undefined) return answer()
    return inbox.quarantine(account, error.reason, error.document).then(answer)
  }

  async function receive(account: Account, opened: OpenedPush, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const { text, repeated } = await inbox.receive(account, opened)
      metrics.push(repeated ? 'repeated' : 'stored')
      const now = clock.now() + account.platformClock.offset()
      const content = text === undefined ? undefined : ({ type: 'text', content: text } as const)
      const body = account.callback.compose(opened.push, content, { now, encrypted: opened.encrypted })
      return reply.type(content ? 'text/xml; charset=utf-8' : 'text/plain; charset=utf-8').send(body)
    } catch (error) {
      // A repeat by WeChat is welcome; an acknowledgement of what is not stored would be a lie.
      if (!(error instanceof StoreUnavailable))
        log.error({ err: error, kind: opened.push.kind }, 'a push could not be handled')
      metrics.push('unavailable')
      return reply.code(503).header('retry-after', 1).send('')
    }
  }

  function query(request: FastifyRequest): string {
    const url = request.raw.url ?? ''
    const at = url.indexOf('?')
    return at < 0 ? '' : url.slice(at + 1)
  }

  server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', readBody)
    // What a body is, the account's mode decides; a header that Fastify cannot read must not keep a push out.
    scope.addHook('onRequest', async (request) => {
      request.raw.headers['content-type'] = 'text/xml'
    })
    scope.setErrorHandler((error, request, reply) => {
      const code =
        error instanceof StoreUnavailable ? 'unavailable' : error instanceof DomainError ? error.code : 'internal'
      const status = statuses[code]
      if (status === 500) log.error({ err: error, request_id: request.id }, 'the callback failed')
      // Whatever is still on its way of this request is not worth reading.
      reply.raw.once('finish', () => request.raw.destroy())
      if (status === 503) reply.header('retry-after', 1)
      return reply.code(status).header('connection', 'close').send('')
    })
    scope.route({
      method: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'],
      url: '/wechat/:key',
      exposeHeadRoute: false,
      schema: { hide: true },
      handler: async (request, reply) => {
        if (request.method !== 'GET' && request.method !== 'POST')
          return reply.code(405).header('allow', 'GET, POST').send('')
        const account = accounts.byCallbackKey((request.params as { key: string }).key)
        if (muted(request, account)) return reply.code(429).header('retry-after', 60).send('')
        const now = clock.now() + (account?.platformClock.offset() ?? 0)
        try {
          if (request.method === 'GET') {
            const echostr = (account?.callback ?? decoy).verify(query(request), now)
            return reply.type('text/plain; charset=utf-8').send(echostr)
          }
          const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
          const opened = (account?.callback ?? decoy).open(query(request), body, now)
          return account ? await receive(account, opened, reply) : refuse(reply, request, undefined, 404)
        } catch (error) {
          if (account) return refuseError(error, request, reply, account)
          return refuse(reply, request, undefined, 404)
        }
      },
    })
  })
}
