import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jssdkSignature } from '../../simulator/src/crypto.ts'
import { type Answer, type Harness, type Problem, startHarness } from './harness.ts'
import { everythingStored } from './wire.ts'

interface Signed {
  appId: string
  timestamp: number
  nonceStr: string
  signature: string
}

let world: Harness
beforeAll(async () => {
  world = await startHarness({ app: { allowedOrigins: ['https://shop.example.com', 'https://other.example.org'] } })
  await world.app.accounts.change(world.account.appid, { jsDomains: ['example.com'] })
})
afterAll(() => world.close())

const sign = <T = Signed>(url: string, more: object = {}): Promise<Answer<T>> =>
  world.api<T>('POST', '/v1/jssdk/signature', { url, ...more })
const refused = (url: string) => sign<Problem>(url)

async function ticketCalls(): Promise<number> {
  return (await world.sim('GET', '/calls'))['/cgi-bin/ticket/getticket'] ?? 0
}

test('a page is signed as WeChat computes it, over its address without the fragment', async () => {
  const page = 'https://shop.example.com/goods?id=7&from=%E5%BE%AE%E4%BF%A1'
  const { status, body, headers } = await sign(`${page}#reviews`)
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(Object.keys(body).sort()).toEqual(['appId', 'nonceStr', 'signature', 'timestamp'])
  const ticket = await world.app.accounts.get(world.account.appid).jsapiTicket()
  const text = `jsapi_ticket=${ticket}&noncestr=${body.nonceStr}&timestamp=${body.timestamp}&url=${page}`
  expect(body).toMatchObject({
    appId: world.account.appid,
    nonceStr: expect.stringMatching(/^[0-9a-f]{32}$/),
    signature: createHash('sha1').update(text).digest('hex'),
  })
  expect(await everythingStored(world)).not.toContain(ticket)
})

test('the simulator, which computes by its own code what wx.config is checked by, comes to the same; for another page it does not', async () => {
  const page = 'https://shop.example.com/%E7%BB%91?name=%E5%BC%A0&from=menu#top'
  const { nonceStr, timestamp, signature } = (await sign(page)).body
  const { jsapiTicket } = world.app.accounts.get(world.account.appid)
  const asWechat = async (url: string) => jssdkSignature(await jsapiTicket(), nonceStr, String(timestamp), url)
  expect(await asWechat(page)).toBe(signature)
  expect(await asWechat('https://shop.example.com/')).not.toBe(signature)
})

test('one ticket does for all nodes and all pages, until it is about to run out [T49]', async () => {
  await sign('https://shop.example.com/')
  const before = await ticketCalls()
  const node = world.databaseUrl ? await world.addNode() : world.base
  const headers = { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify({ url: 'https://shop.example.com/' }) }
  const nonces = new Set<string>()
  for (let n = 0; n < 10; n++) {
    const { nonceStr } = (await (await fetch(`${node}/v1/jssdk/signature`, init)).json()) as Signed
    nonces.add(nonceStr).add((await sign('https://shop.example.com/')).body.nonceStr)
  }
  expect(nonces.size).toBe(20)
  expect(await ticketCalls()).toBe(before)
})

describe('an address is refused with 422 [B62, T49]', () => {
  test.each([
    ['of a host that is not the app’s', 'https://evil.example.com/'],
    ['of a host that is not the account’s', 'https://other.example.org/'],
    ['of a host that only ends alike', 'https://notexample.com/'],
    ['with a user before the host', 'https://shop.example.com@evil.example/'],
    ['with user and password', 'https://user:pass@shop.example.com/'],
    ['with a backslash', 'https://shop.example.com\\@evil.example/'],
    ['with the right host in its fragment', 'https://evil.example/#https://shop.example.com/'],
    ['with a fragment before the user', 'https://evil.example#@shop.example.com/'],
    ['with CR and LF', 'https://shop.example.com/\r\nX: y'],
    ['with a tab', 'https://shop.exam\tple.com/'],
    ['with a control character in its fragment', 'https://shop.example.com/#\u0001'],
    ['without TLS', 'http://shop.example.com/'],
    ['of another scheme', 'javascript:alert(1)//shop.example.com'],
    ['without a scheme', '//shop.example.com/'],
    ['on another port', 'https://shop.example.com:8443/'],
    ['with three slashes', 'https:///shop.example.com/'],
    ['in other letters', 'https://ѕhop.example.com/'],
    ['too long', `https://shop.example.com/${'a'.repeat(2_030)}`],
    ['that is none', 'shop'],
  ])('%s', async (_, url) => {
    const calls = await ticketCalls()
    const answer = await refused(url)
    expect(answer.status).toBe(422)
    expect(['url_not_allowed', 'invalid_value']).toContain(answer.body.code)
    expect(JSON.stringify(answer.body)).not.toContain('evil')
    expect(await ticketCalls()).toBe(calls)
  })
})

test('without JS domains, or without an API key, nothing is signed', async () => {
  await world.app.accounts.change(world.account.appid, { jsDomains: [] })
  expect(await refused('https://shop.example.com/')).toMatchObject({ status: 422, body: { code: 'url_not_allowed' } })
  await world.app.accounts.change(world.account.appid, { jsDomains: ['shop.example.com'] })
  expect((await sign('https://shop.example.com/')).status).toBe(200)
  expect((await sign('https://shop.example.com/', { account: 'wxsim000000000000' })).status).toBe(422)
  const url = 'https://shop.example.com/'
  expect((await world.api('POST', '/v1/jssdk/signature', { url }, { key: 'none' })).status).toBe(401)
})

test('a ticket that WeChat does not give is no error of ours', async () => {
  world.clock.advance(3 * 3_600_000)
  await world.sim('POST', '/clock', { offset_ms: 3 * 3_600_000 })
  await world.sim('POST', '/faults', { path: '/cgi-bin/ticket/getticket', kind: 'errcode', errcode: 45009 })
  expect(await refused('https://shop.example.com/')).toMatchObject({
    status: 503,
    body: { code: 'wechat_unavailable' },
  })
  await world.sim('DELETE', '/faults')
})

test('60 a minute for one visitor, 600 for one app, and no more', async () => {
  world.clock.advance(60_000)
  const url = 'https://shop.example.com/'
  const statuses = async (count: number, more: (n: number) => object) =>
    (await Promise.all(Array.from({ length: count }, (_, n) => sign(url, more(n))))).map(({ status }) => status)
  expect(new Set(await statuses(60, () => ({ ip: '192.0.2.1' })))).toEqual(new Set([200]))
  expect(await statuses(1, () => ({ ip: '192.0.2.1' }))).toEqual([429])
  expect(await statuses(1, () => ({ ip: 'me' }))).toEqual([422])
  const rest = await statuses(600, (n) => ({ ip: `198.51.${n % 100}.7` }))
  expect(rest.filter((status) => status === 429).length).toBeGreaterThan(0)
  expect(rest.filter((status) => status === 200).length).toBeGreaterThanOrEqual(500)
  world.clock.advance(60_000)
})

describe('the file of WeChat’s console', () => {
  const name = 'MP_verify_AbCd0123456789Ef.txt'
  const fetchFile = (file: string) => fetch(`${world.base}/${file}`)

  test('is served at the root of the host, letter by letter', async () => {
    expect((await fetchFile(name)).status).toBe(404)
    await world.app.accounts.addVerifyFile(world.account.appid, name, 'AbCd0123456789Ef\n')
    const served = await fetchFile(name)
    expect(served.status).toBe(200)
    expect(served.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await served.text()).toBe('AbCd0123456789Ef\n')
    await world.app.accounts.addVerifyFile(world.account.appid, name, 'changed')
    expect(await (await fetchFile(name)).text()).toBe('changed')
    expect((await fetchFile('MP_verify_0000000000000000.txt')).status).toBe(404)
  })

  test('is nothing else', async () => {
    const add = (file: string, content: string) => world.app.accounts.addVerifyFile(world.account.appid, file, content)
    await expect(add('robots.txt', 'AbCd0123456789Ef')).rejects.toMatchObject({ code: 'invalid_value' })
    await expect(add('../MP_verify_AbCd0123456789Ef.txt', 'a')).rejects.toMatchObject({ code: 'invalid_value' })
    await expect(add(name, '<script>alert(1)</script>')).rejects.toMatchObject({ code: 'invalid_value' })
    await expect(
      world.app.accounts.addVerifyFile('wx0000000000000000', name, 'AbCd0123456789Ef'),
    ).rejects.toMatchObject({ code: 'not_found' })
    expect((await fetchFile('MP_verify_short.txt')).status).toBe(404)
  })
})
