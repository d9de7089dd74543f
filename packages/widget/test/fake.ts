import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Flow } from '../src/flow.ts'
import { qrSvg } from './fake-qr.ts'

/** Answers one request in place of the fake; `undefined` lets the fake answer. */
type Fault = (request: Seen, response: ServerResponse) => boolean

export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

interface Kept {
  flow: Flow
  readonly secret: string
  readonly listeners: Set<() => void>
}

/**
 * A site and a Hufu on two origins, as the widget meets them: the contract, CORS, and no cookies on Hufu's side.
 * The test plays phone and platform by `change`.
 */
export async function startFake(script: string) {
  const kept = new Map<string, Kept>()
  const seen: Seen[] = []
  const faults: Fault[] = []
  const watchers = new Set<() => void>()
  const sessions = new Map<string, string>()
  let template: Partial<Flow> = {}
  let code = { right: '123456', triesLeft: 5 }
  let finish: { status: number; body: unknown } = { status: 200, body: { redirect: '/home' } }
  let head = ''

  const hufu = createServer((request, response) => void handle(request, response, answerHufu))
  const site = createServer((request, response) => void handle(request, response, answerSite))
  const hufuUrl = await listen(hufu)
  const siteUrl = await listen(site)

  function create(): Kept {
    const id = `fl_${randomBytes(6).toString('hex')}`
    const base: Flow = {
      id,
      kind: 'login',
      state: 'waiting',
      next: 'scan',
      assurance: 'tap',
      qr: { content: `http://weixin.qq.com/q/${id}`, svg: qrSvg(id) },
      wechat_url: `${hufuUrl}/w/${id}`,
      expires_at: new Date(Date.now() + 180_000).toISOString(),
      account: { name: '虎符科技' },
      app: { name: '星河书店' },
    }
    const entry = {
      flow: { ...base, ...template },
      secret: randomBytes(16).toString('hex'),
      listeners: new Set<() => void>(),
    }
    kept.set(id, entry)
    return entry
  }

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (seen: Seen, response: ServerResponse) => unknown,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake')
    let text = ''
    for await (const piece of request) text += String(piece)
    const one: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    }
    if (answer === answerHufu) cors(response, request)
    if (one.method === 'OPTIONS') return void response.writeHead(204).end()
    seen.push(one)
    for (const watch of [...watchers]) watch()
    if (faults.some((fault) => fault(one, response))) return
    await answer(one, response)
  }

  function cors(response: ServerResponse, request: IncomingMessage): void {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? 'null')
    response.setHeader('access-control-allow-headers', 'authorization, content-type')
    response.setHeader('access-control-allow-methods', 'GET, POST, DELETE')
    response.setHeader('access-control-expose-headers', 'retry-after')
  }

  async function answerSite({ method, path, body, headers }: Seen, response: ServerResponse): Promise<void> {
    if (path === '/widget.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(await readFile(script))
    } else if (path === '/register.js') {
      const form = join(dirname(script), 'register.js')
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(await readFile(form))
    } else if (method === 'POST' && path.startsWith('/start')) {
      const session = `${headers.cookie} ${path}`
      const live = kept.get(sessions.get(session) ?? '')
      const renew = (body as { renew?: boolean }).renew
      const entry = live && !renew ? live : create()
      sessions.set(session, entry.flow.id)
      json(response, 200, { ...entry.flow, secret: entry.secret, hufu: hufuUrl })
    } else if (method === 'POST' && path === '/finish') {
      json(response, finish.status, finish.body)
    } else {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'set-cookie': headers.cookie ? [] : [`sid=${randomBytes(8).toString('hex')}; HttpOnly; SameSite=Lax`],
        'content-security-policy': `default-src 'none'; script-src 'self'; connect-src 'self' ${hufuUrl}; style-src 'self'`,
      })
      response.end(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>site</title>
<meta name="viewport" content="width=device-width">${head}<script src="/widget.js"></script><body>${pages.get(path) ?? ''}`)
    }
  }

  const pages = new Map([['/', '<hufu-scan start-url="/start" finish-url="/finish"></hufu-scan>']])

  async function answerHufu({ method, path, query, headers, body }: Seen, response: ServerResponse): Promise<void> {
    const [, id = '', rest] = /^\/v1\/flows\/([^/]+)(\/\w+)?$/.exec(path) ?? []
    const entry = kept.get(id)
    if (!entry) return problem(response, 404, 'not_found')
    if (headers.authorization !== `Bearer ${entry.secret}`) return problem(response, 401, 'unauthorized')
    if (rest === '/events') return stream(entry, response)
    if (rest === '/code') return checkCode(entry, (body as { code: string }).code, response)
    if (method === 'DELETE') change(id, { state: 'cancelled', next: null })
    const asked = query.get('seen')
    if (query.has('wait') && asked === seenOf(entry.flow)) await nextChange(entry, response)
    json(response, 200, entry.flow)
  }

  function checkCode(entry: Kept, given: string, response: ServerResponse): void {
    if (given === code.right) {
      change(entry.flow.id, { state: 'confirmed', next: 'finish', completion_code: 'cc_1' })
      json(response, 200, entry.flow)
      return
    }
    code = { ...code, triesLeft: code.triesLeft - 1 }
    if (code.triesLeft > 0) {
      problem(response, 401, 'code_invalid', { tries_left: code.triesLeft })
      return
    }
    change(entry.flow.id, { state: 'failed', reason: 'too_many_tries', next: null })
    problem(response, 409, 'too_many_tries')
  }

  function nextChange({ listeners }: Kept, response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        listeners.delete(end)
        resolve()
      }
      listeners.add(end)
      response.on('close', end)
    })
  }

  function stream(entry: Kept, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 10\n\n: hello\n\n')
    const send = () => {
      response.write(`event: flow\ndata: ${JSON.stringify(entry.flow)}\n\n`)
      if (final.has(entry.flow.state)) response.end()
    }
    entry.listeners.add(send)
    response.on('close', () => entry.listeners.delete(send))
    send()
  }

  function change(id: string, patch: Partial<Flow>): void {
    const entry = kept.get(id)
    if (!entry) throw new Error(`no flow ${id}`)
    entry.flow = { ...entry.flow, ...patch }
    for (const listener of [...entry.listeners]) listener()
  }

  return {
    hufuUrl,
    siteUrl,
    seen,
    pages,
    create,
    change,
    /** The newest flow. */
    get latest(): Kept {
      const last = [...kept.values()].at(-1)
      if (!last) throw new Error('no flow yet')
      return last
    },
    /** Changes the newest flow. */
    advance(patch: Partial<Flow>) {
      change(this.latest.flow.id, patch)
    },
    template(patch: Partial<Flow>) {
      template = patch
    },
    finishWith(status: number, body: unknown) {
      finish = { status, body }
    },
    head(html: string) {
      head = html
    },
    fault(fault: Fault) {
      faults.push(fault)
      return () => void faults.splice(faults.indexOf(fault), 1)
    },
    count: (method: string, pattern: RegExp) =>
      seen.filter((one) => one.method === method && pattern.test(one.path)).length,
    /** Resolves with the n-th request that fits, past or to come. */
    async request(method: string, pattern: RegExp, nth = 1): Promise<Seen> {
      for (;;) {
        const found = seen.filter((one) => one.method === method && pattern.test(one.path))[nth - 1]
        if (found) return found
        await new Promise<void>((resolve) => {
          const watch = () => {
            watchers.delete(watch)
            resolve()
          }
          watchers.add(watch)
        })
      }
    },
    async close(): Promise<void> {
      for (const server of [hufu, site]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

export type Fake = Awaited<ReturnType<typeof startFake>>

const final = new Set<Flow['state']>(['completed', 'declined', 'expired', 'cancelled', 'failed'])

function seenOf({ state, next }: Flow): string {
  return next ? `${state}:${next}` : state
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function problem(response: ServerResponse, status: number, code: string, extra: object = {}): void {
  const body = { type: `urn:hufu:${code}`, title: code, status, code, ...extra }
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body))
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
