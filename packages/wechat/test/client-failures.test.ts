import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, createWechatClient, NetworkError, type WechatClientOptions, WechatError } from '../src/index.ts'
import { closedOrigin, type Handler, json, type Platform, startPlatform, text } from './platform.ts'

const SECRET = 'SECRETcanary0123456789abcdef0123'
const ACCESS_TOKEN = 'TOKENcanary_-0123456789'
let platform: Platform
let other: Platform
let nowhere: string

beforeAll(async () => {
  platform = await startPlatform()
  other = await startPlatform()
  nowhere = await closedOrigin()
})
afterAll(async () => {
  await platform.close()
  await other.close()
})

function client(options: Partial<WechatClientOptions> = {}) {
  return createWechatClient({
    appid: 'wx1',
    secret: SECRET,
    hosts: { api: [platform.origin] },
    timeoutMs: 2000,
    token: { get: async () => ACCESS_TOKEN, invalidate: async (used) => used },
    ...options,
  })
}

describe('answers that are none', () => {
  it.each<[string, Handler, object]>([
    ['HTML', text('<html>502</html>'), { kind: 'garbage' }],
    ['nothing', text(''), { kind: 'garbage' }],
    ['half of it', text('{"ip_list":["1.1'), { kind: 'garbage' }],
    ['an array', text('[]'), { kind: 'garbage' }],
    ['null', text('null'), { kind: 'garbage' }],
    ['errcode as text', text('{"errcode":"40001","errmsg":"x"}'), { kind: 'garbage' }],
    ['errcode as list', text('{"errcode":[1]}'), { kind: 'garbage' }],
    ['another field', text('{"ips":[]}'), { kind: 'garbage' }],
    ['a field of another type', text('{"ip_list":[1]}'), { kind: 'garbage' }],
    ['two megabytes', text(`{"ip_list":["${'x'.repeat(2 * 1024 * 1024)}"]}`), { kind: 'garbage' }],
    ['deep nesting', text('['.repeat(500_000)), { kind: 'garbage' }],
    ['deep nesting that is closed', text(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`), { kind: 'garbage' }],
    ['bad UTF-8', (_, response) => response.end(Buffer.from([0x7b, 0xc3, 0x7d])), { kind: 'garbage' }],
    ['HTTP 500', text('{}', 500), { kind: 'http', status: 500 }],
    ['HTTP 404', text('{}', 404), { kind: 'http', status: 404 }],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: other.origin }).end(),
      { kind: 'http', status: 302 },
    ],
    ['a cut connection', (_, response) => response.destroy(), { kind: 'reset' }],
    [
      'a connection cut in the body',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"ip_list":', () => response.destroy())
      },
      { kind: 'reset' },
    ],
  ])('%s', async (_, handler, expected) => {
    platform.answer(handler)
    other.answer(json({}))
    const error = await failure(client().callbackIps())
    expect(error).toBeInstanceOf(NetworkError)
    expect(error).toMatchObject({ ...expected, path: '/cgi-bin/getcallbackip' })
    expect(other.seen).toHaveLength(0)
  })

  it('silence ends in a timeout, before the head and inside the body', async () => {
    const options = { timeoutMs: 100 }
    platform.answer(() => undefined)
    expect(await failure(client(options).callbackIps())).toMatchObject({ kind: 'timeout' })
    platform.answer((_, response) => void response.write('{"ip_list":'))
    expect(await failure(client(options).callbackIps())).toMatchObject({ kind: 'timeout' })
  })

  it('nobody there is a failed connection', async () => {
    expect(await failure(client({ hosts: { api: [nowhere] } }).callbackIps())).toMatchObject({ kind: 'connect' })
  })
})

describe('hosts', () => {
  it('a call that may be repeated goes to the next host at once, later calls begin there', async () => {
    platform.answer(json({ ip_list: ['1'] }))
    const failing = client({ hosts: { api: [nowhere, platform.origin] } })
    expect(await failing.callbackIps()).toEqual(['1'])
    expect(await failing.call('/cgi-bin/message/template/send', { body: {} })).toEqual({ ip_list: ['1'] })
  })

  it('a send is never repeated on another host, but the next one goes there', async () => {
    platform.answer(json({ errcode: 0 }))
    other.answer(() => undefined)
    const failing = client({ hosts: { api: [other.origin, platform.origin] }, timeoutMs: 100 })
    const send = () => failing.call('/cgi-bin/message/template/send', { body: {} })
    expect(await failure(send())).toMatchObject({ kind: 'timeout' })
    expect(platform.seen).toHaveLength(0)
    expect(await send()).toEqual({ errcode: 0 })
    expect(other.seen).toHaveLength(1)
  })

  it('an answer, even garbage, is no reason to leave a host', async () => {
    platform.answer(text('<html>'))
    other.answer(json({ ip_list: [] }))
    const both = client({ hosts: { api: [platform.origin, other.origin] } })
    await failure(both.callbackIps())
    await failure(both.callbackIps())
    expect(other.seen).toHaveLength(0)
  })

  it('the first host is tried again after a minute', async () => {
    let now = 0
    const both = client({ hosts: { api: [other.origin, platform.origin] }, now: () => now })
    other.answer((_, response) => response.destroy())
    platform.answer(json({ ip_list: [] }))
    await both.callbackIps()
    other.answer(json({ ip_list: ['first'] }))
    now += 59_999
    expect(await both.callbackIps()).toEqual([])
    now += 1
    expect(await both.callbackIps()).toEqual(['first'])
  })

  it.each(['ftp://a', 'api.weixin.qq.com', 'https://a/path', 'https://u:p@a', ''])('%s is no host', (origin) => {
    expect(() => client({ hosts: { api: [origin] } })).toThrow(ConfigError)
  })
})

describe('what is told', () => {
  it('the server’s clock and every call, without its query', async () => {
    const dates: number[][] = []
    const calls: object[] = []
    platform.answer((_, response) => {
      response.setHeader('date', 'Thu, 10 Jul 2025 00:00:00 GMT')
      response.end('{"errcode":45009,"errmsg":"reach max api daily quota limit rid: 0123abcd-4567ef01-89abcdef"}')
    })
    const told = client({
      now: () => 5,
      onDate: (server, local) => dates.push([server, local]),
      onCall: (call) => calls.push(call),
    })
    expect(await failure(told.callbackIps())).toMatchObject({
      errcode: 45009,
      retry: 'quota_day',
      rid: '0123abcd-4567ef01-89abcdef',
      path: '/cgi-bin/getcallbackip',
      status: 200,
    })
    expect(dates).toEqual([[Date.UTC(2025, 6, 10), 5]])
    expect(calls).toEqual([{ path: '/cgi-bin/getcallbackip', errcode: 45009, ms: expect.any(Number) }])
  })

  it('never a secret, whatever goes wrong and whatever the platform repeats', async () => {
    const echo: Handler = ({ query, body }, response) => {
      response.end(JSON.stringify({ errcode: 40013, errmsg: `bad ${query} ${body} ${[...query.values()].join(' ')}` }))
    }
    const handlers: Handler[] = [
      echo,
      text('<html>'),
      text('{}', 500),
      (_, response) => response.destroy(),
      () => undefined,
      (_, response) => response.writeHead(302, { location: `${other.origin}/?${SECRET}` }).end(),
    ]
    const caught: unknown[] = []
    for (const handler of handlers) {
      platform.answer(handler)
      const quick = client({ timeoutMs: 100 })
      const work = [
        quick.callbackIps(),
        quick.token(),
        quick.stableToken(),
        quick.oauthAccessToken('CODEcanary'),
        quick.snsUserinfo({ accessToken: 'PERSONcanary', openid: 'o' }),
        quick.call('/cgi-bin/x', { body: { a: 1 } }),
      ]
      caught.push(...(await Promise.all(work.map(failure))))
    }
    caught.push(await failure(client({ hosts: { api: [nowhere] } }).callbackIps()))
    expect(caught).toHaveLength(handlers.length * 6 + 1)
    for (const error of caught) {
      expect(error instanceof WechatError || error instanceof NetworkError).toBe(true)
      expect((error as Error).cause).toBeUndefined()
      const shown = `${inspect(error, { depth: 9, showHidden: true })} ${(error as Error).stack} ${JSON.stringify(error)}`
      expect(shown).not.toMatch(/canary/)
    }
  })
})

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('nothing failed')
}
