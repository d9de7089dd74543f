import { setTimeout as delay } from 'node:timers/promises'
import type { Account } from '../accounts.ts'
import { type Chat, FAILURE_NOTICE } from '../chat.ts'
import type { Clock } from '../clock.ts'
import { type HttpClient, HttpError } from '../http.ts'
import { base62 } from '../ids.ts'
import type { Person } from '../people.ts'
import { createRing } from '../ring.ts'
import type { Stream } from '../stream.ts'
import { buildRequest, callbackAddress, type PushRequest } from './request.ts'
import { judge, type Reply, type Verdict } from './verdict.ts'

type Attempt = {
  at: string
  status: number | null
  ms: number
  answer: string
  verdict: string
  /** A good reply, decrypted: what the person reads. */
  reply?: Reply
}

export type Push = {
  id: string
  at: string
  account: string
  event: string
  person?: string
  openid?: string
  /** `pending` until the last attempt has been judged. */
  verdict: string
  attempts: Attempt[]
}

export type Order = {
  account: Account
  event: string
  document: string | Buffer
  person?: Person
  openid?: string
  /** Builds each attempt's request; by default signed anew as WeChat does. */
  build?: () => PushRequest
  /** 3 unless given. */
  attempts?: number
  /** All attempts at once instead of one after the other's failure. */
  concurrent?: boolean
  /** Nothing reaches the person's chat: it does not come from WeChat. */
  hidden?: boolean
}

export type Delivery = { push: Push; settled: Promise<Push> }

export type Pushes = {
  deliver(order: Order): Delivery
  /** The GET check of a callback URL. */
  request(method: string, url: URL, body?: Buffer): Promise<{ status: number; answer: string }>
  list(appid?: string): Push[]
  find(id: string): Push | undefined
  clear(): void
  close(): void
}

export type PushOptions = { callbackTimeoutMs: number; retryDelayMs: number }

type Deps = PushOptions & { clock: Clock; http: HttpClient; chat: Chat; stream: Stream }

const HEADERS = {
  'user-agent': 'Mozilla/4.0',
  accept: '*/*',
  pragma: 'no-cache',
  'content-type': 'text/xml',
}
const ATTEMPTS = 3
const KEPT_ANSWER = 4096
const LARGEST_ANSWER = 1_000_000

export function createPushes(deps: Deps): Pushes {
  const log = createRing<Push>(2000)
  const stopping = new AbortController()

  async function attempt(order: Order, push: Push, url: string, request: PushRequest): Promise<Verdict> {
    const started = performance.now()
    const entry: Attempt = { at: iso(deps.clock), status: null, ms: 0, answer: '', verdict: 'pending' }
    push.attempts.push(entry)
    const verdict = await send(order, entry, url, request)
    entry.ms = Math.round((performance.now() - started) * 10) / 10
    entry.verdict = describe(verdict)
    if (verdict.kind === 'reply') entry.reply = verdict.reply
    return verdict
  }

  async function send(order: Order, entry: Attempt, url: string, request: PushRequest): Promise<Verdict> {
    try {
      const answer = await deps.http.send({
        method: 'POST',
        url: callbackAddress(url, request.query),
        headers: HEADERS,
        body: request.body,
        timeoutMs: deps.callbackTimeoutMs,
        maxBytes: LARGEST_ANSWER,
      })
      entry.status = answer.status
      entry.answer = answer.body.subarray(0, KEPT_ANSWER).toString('utf8')
      return judge(order.account, order.openid, answer.status, answer.body)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      if (error.failure === 'too_large') return { kind: 'malformed', reason: error.message }
      return { kind: 'retry', reason: error.failure }
    }
  }

  async function inSequence(order: Order, push: Push, url: string): Promise<Verdict> {
    const attempts = order.attempts ?? ATTEMPTS
    for (let n = 1; ; n++) {
      const verdict = await attempt(order, push, url, build(order))
      const last = n >= attempts || stopping.signal.aborted
      if (verdict.kind !== 'retry' || last) return verdict
      // A timed-out attempt has waited long enough; a quick failure deserves a moment.
      if (verdict.reason !== 'timeout')
        await delay(deps.retryDelayMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  /** The person sees what the first attempt brings. */
  async function atOnce(order: Order, push: Push, url: string): Promise<Verdict> {
    const request = build(order)
    const count = order.attempts ?? ATTEMPTS
    const verdicts = await Promise.all(Array.from({ length: count }, () => attempt(order, push, url, request)))
    return verdicts[0] ?? { kind: 'retry', reason: 'timeout' }
  }

  function build({ account, document, openid, build }: Order): PushRequest {
    if (build) return build()
    return buildRequest({ account, seconds: deps.clock.seconds(), ...(openid !== undefined && { openid }) }, document)
  }

  async function run(order: Order, push: Push): Promise<Push> {
    const url = order.account.callback_url
    if (url === null) {
      push.verdict = 'no_callback_url'
      return push
    }
    const verdict = await (order.concurrent ? atOnce(order, push, url) : inSequence(order, push, url))
    push.verdict = describe(verdict)
    if (!order.hidden) show(order, verdict)
    deps.stream.publish({ kind: 'push', account: push.account })
    return push
  }

  function show({ account, person }: Order, verdict: Verdict): void {
    // What answers an unsubscribe cannot be delivered.
    if (person === undefined || !person.follows.has(account.appid)) return
    if (verdict.kind === 'reply') deps.chat.add(account, person, { from: 'account', ...verdict.reply })
    if (verdict.kind === 'malformed' || verdict.kind === 'retry')
      deps.chat.add(account, person, { from: 'account', type: 'failure', text: FAILURE_NOTICE })
  }

  return {
    deliver(order) {
      const push: Push = {
        id: `push_${base62(12)}`,
        at: iso(deps.clock),
        account: order.account.appid,
        event: order.event,
        ...(order.person && { person: order.person.id }),
        ...(order.openid !== undefined && { openid: order.openid }),
        verdict: 'pending',
        attempts: [],
      }
      log.push(push)
      return { push, settled: run(order, push) }
    },
    async request(method, url, body) {
      const timeoutMs = deps.callbackTimeoutMs
      const answer = await deps.http.send({ method, url, headers: HEADERS, timeoutMs, ...(body && { body }) })
      return { status: answer.status, answer: answer.body.toString('utf8') }
    },
    list: (appid) => log.list().filter((push) => appid === undefined || push.account === appid),
    find: (id) => log.list().find((push) => push.id === id),
    clear: () => log.clear(),
    close: () => stopping.abort(),
  }
}

function iso(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

function describe(verdict: Verdict): string {
  if (verdict.kind === 'malformed') return `malformed: ${verdict.reason}`
  return verdict.kind === 'retry' ? verdict.reason : verdict.kind
}
