import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CallbackError, createCallback, type OpenedPush } from '@hufu/wechat'
import type { Account, Accounts } from '../accounts/accounts.ts'
import { type BodyRefusal, readBody } from '../http/body.ts'
import { createLimiter } from '../limiter.ts'
import { networkOf } from '../network.ts'
import { createShortages } from '../shortages.ts'
import type { Clock } from '../store/clock.ts'
import { StoreUnavailable } from '../store/store.ts'
import type { Inbox } from './inbox.ts'
import { createSignatureMemory } from './signatures.ts'

export interface CallbackMetrics {
  push(result: 'stored' | 'repeated' | 'refused' | 'clock' | 'unavailable'): void
}

export interface CallbackDeps {
  accounts: Accounts
  inbox: Inbox
  clock: Clock
  metrics: CallbackMetrics
  /** Whose request it is, with trusted proxies taken away. */
  addressOf(request: IncomingMessage): string
  log: Record<'warn' | 'error', (details: object, message: string) => void>
}

/** Where WeChat calls: `/wechat/{account key}`. */
export const callbackPath = '/wechat/'

const largestBody = 128 * 1024
const badSignaturesPerMinute = 60
const bodyStatus: Record<BodyRefusal, number> = { too_large: 413, too_slow: 408, broken: 400 }

/**
 * The callback: verify before parsing, store before answering, and tell a stranger nothing. It stands on node:http itself, since every push
 * of every account comes through here and needs nothing of the router, the cookies or the headers that pages need.
 */
export function createCallbackHandler(
  deps: CallbackDeps,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { accounts, inbox, clock, metrics, log } = deps
  const sayShortage = createShortages(log)
  const bad = createLimiter({ clock, limit: badSignaturesPerMinute, windowMs: 60_000 })
  const signatures = createSignatureMemory(clock)
  /** A key nobody has costs the same work as a wrong signature. */
  const decoy = createCallback({
    appid: 'wx0000000000000000',
    originalId: 'gh_decoy',
    mode: 'plaintext',
    token: randomBytes(12).toString('hex'),
  })

  /** A stranger who keeps trying is not worth an answer of its own; WeChat's addresses are never muted, nor is anything that verifies. */
  function refuse(request: IncomingMessage, response: ServerResponse, account: Account | undefined): void {
    metrics.push('refused')
    const network = networkOf(deps.addressOf(request))
    if (account && accounts.isPlatformAddress(account, deps.addressOf(request))) {
      send(response, 403)
    } else if (bad.take(network) > 0) {
      response.setHeader('retry-after', 60)
      close(request, response, 429)
    } else {
      send(response, account ? 403 : 404)
    }
  }

  async function refuseError(
    error: unknown,
    request: IncomingMessage,
    response: ServerResponse,
    account: Account,
  ): Promise<void> {
    if (!(error instanceof CallbackError)) throw error
    if (error.reason === 'timestamp' && error.signatureValid) {
      // It may be our clock that is wrong: ask WeChat what time it is before the next push comes.
      metrics.push('clock')
      accounts.learnClock(account)
    }
    if (error.document !== undefined) await inbox.quarantine(account, error.reason, error.document)
    refuse(request, response, account)
  }

  async function receive(account: Account, opened: OpenedPush, response: ServerResponse): Promise<void> {
    const { text, repeated } = await inbox.receive(account, opened)
    metrics.push(repeated ? 'repeated' : 'stored')
    const now = clock.now() + account.platformClock.offset()
    const content = text === undefined ? undefined : ({ type: 'text', content: text } as const)
    const body = account.callback.compose(opened.push, content, { now, encrypted: opened.encrypted })
    send(response, 200, body, content ? 'text/xml; charset=utf-8' : 'text/plain; charset=utf-8')
  }

  /** A repeat by WeChat is welcome; an acknowledgement of what is not stored would be a lie. */
  function fail(error: unknown, response: ServerResponse): void {
    sayShortage(error)
    if (!(error instanceof StoreUnavailable)) log.error({ err: error }, 'a push could not be handled')
    metrics.push('unavailable')
    response.setHeader('retry-after', 1)
    send(response, 503)
  }

  function answer(
    request: IncomingMessage,
    response: ServerResponse,
    account: Account | undefined,
    query: string,
    body: Buffer,
  ): void {
    const now = clock.now() + (account?.platformClock.offset() ?? 0)
    let opened: OpenedPush
    try {
      opened = (account?.callback ?? decoy).open(query, body, now)
    } catch (error) {
      if (!account) refuse(request, response, undefined)
      else refuseError(error, request, response, account).catch((failure) => fail(failure, response))
      return
    }
    if (account && !opened.encrypted && !signatures.fits(account.appid, query, opened.dedupeKey)) {
      // A plaintext signature does not cover the body: one that comes with another push was taken from somewhere.
      refuse(request, response, account)
    } else if (account) receive(account, opened, response).catch((error) => fail(error, response))
    else refuse(request, response, undefined)
  }

  function verify(
    request: IncomingMessage,
    response: ServerResponse,
    account: Account | undefined,
    query: string,
  ): void {
    const now = clock.now() + (account?.platformClock.offset() ?? 0)
    try {
      send(response, 200, (account?.callback ?? decoy).verify(query, now), 'text/plain; charset=utf-8')
    } catch (error) {
      if (!account) refuse(request, response, undefined)
      else refuseError(error, request, response, account).catch((failure) => fail(failure, response))
    }
  }

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      close(request, response, 405)
      return
    }
    const url = request.url ?? ''
    const mark = url.indexOf('?')
    const query = mark < 0 ? '' : url.slice(mark + 1)
    const account = accounts.byCallbackKey(url.slice(callbackPath.length, mark < 0 ? undefined : mark))
    if (request.method === 'GET') {
      verify(request, response, account, query)
      return
    }
    readBody(request, largestBody, (body) => {
      if (Buffer.isBuffer(body)) answer(request, response, account, query, body)
      else close(request, response, bodyStatus[body])
    })
  }
}

function send(response: ServerResponse, status: number, body = '', type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

/** Whatever is still on its way of this request is not worth reading. */
function close(request: IncomingMessage, response: ServerResponse, status: number): void {
  response.setHeader('connection', 'close')
  response.once('finish', () => request.destroy())
  send(response, status)
}
