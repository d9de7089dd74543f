import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, type Problem, startHarness } from './harness.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

async function post(body: string, type = 'application/json', path = '/v1/flows') {
  const response = await fetch(world.base + path, {
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${world.apiKey}` },
    body,
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Problem }
}

describe('a body', () => {
  test.each([
    ['a member twice', '{"kind":"login","kind":"bind"}', 400],
    ['a member twice, once in disguise', '{"kind":"login","k\\u0069nd":"bind"}', 400],
    ['__proto__', '{"kind":"login","__proto__":{"x":1}}', 400],
    ['__proto__ inside', '{"kind":"login","metadata":{"__proto__":"x"}}', 400],
    ['a hundred thousand arrays', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400],
    ['no JSON', '{"kind":', 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['nothing', '', 400],
    ['more than 64 KiB', JSON.stringify({ kind: 'x'.repeat(70_000) }), 413],
    ['a megabyte', JSON.stringify({ kind: 'x'.repeat(1_100_000) }), 413],
  ])('of %s is refused, and the process goes on [B52]', async (_, body, status) => {
    const answer = await post(body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect((await world.api('POST', '/v1/flows', { kind: 'login' })).status).toBe(201)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json\t;x',
    'application/jsonx',
    'application/json; charset=gbk',
    'application/json, text/plain',
  ])('of the type “%s” is 415 [B45]', async (type) => {
    expect(await post('{"kind":"login"}', type)).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    })
    expect((await post('kind=login', type)).status).toBe(415)
  })
})

describe('a refusal', () => {
  test('is a problem document that repeats nothing of the input [§3.0]', async () => {
    const answer = await post(JSON.stringify({ kind: 'CANARY', external_user_id: 'CANARY' }))
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      status: 422,
      code: 'invalid_value',
      errors: [{ path: 'kind' }],
    })
    expect(answer.body).toHaveProperty('title')
    expect(answer.body).toHaveProperty('request_id')
    expect(JSON.stringify(answer.body)).not.toContain('CANARY')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test.each([
    '/v1/CANARY',
    '/v1/flows/%ffCANARY',
    '/v1/flows/%',
    `/v1/flows/${'CANARY'.repeat(40)}`,
    '/CANARY?x=CANARY',
    '/wechat/%CANARY',
  ])('of the path %s is one too', async (path) => {
    const response = await fetch(world.base + path, { headers: { authorization: `Bearer ${world.apiKey}` } })
    const text = await response.text()
    expect([400, 403, 404]).toContain(response.status)
    expect(text).not.toContain('CANARY')
    if (text) expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  })

  test('of guessed API keys is 429 after twenty a minute; the real key still works [T46]', async () => {
    const statuses = []
    for (let n = 0; n < 30; n++)
      statuses.push((await world.api('GET', '/v1/users/x', undefined, { key: `hk_${n}` })).status)
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401))
    expect(statuses.at(-1)).toBe(429)
    expect((await world.api('POST', '/v1/flows', { kind: 'login' })).status).toBe(201)
  })
})

describe('limits of new flows', () => {
  const at = (ip: string) => world.api('POST', '/v1/flows', { kind: 'login', browser: { ip } })

  test('sixty a minute for one address, and for one /64 of IPv6 however it is written [T23]', async () => {
    const spellings = (n: number) =>
      [`2001:db8::${n + 1}`, `2001:db8:0:0:1::${n + 1}`, `2001:0DB8::${n + 1}`][n % 3] ?? ''
    // One comes back each second, so a slow machine fits in a few more.
    const most = 90
    let taken = 0
    let refused = await at(spellings(taken))
    while (refused.status === 201 && ++taken < most) refused = await at(spellings(taken))
    expect(taken).toBeGreaterThanOrEqual(60)
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await at('2001:db8:0:1::1')).status).toBe(201)
    expect((await at('192.0.2.1')).status).toBe(201)
    world.clock.advance(61_000)
    expect((await at('2001:db8::1')).status).toBe(201)
  })

  test('ten binds an hour for one user', async () => {
    const bind = (external_user_id: string) => world.api('POST', '/v1/flows', { kind: 'bind', external_user_id })
    for (let n = 0; n < 10; n++) expect((await bind('busy')).status).toBe(201)
    expect((await bind('busy')).status).toBe(429)
    expect((await bind('other')).status).toBe(201)
  })

  test('a refused flow costs no QR code of the day', async () => {
    const calls = async () => (await world.sim('GET', '/calls'))['/cgi-bin/qrcode/create']
    const before = await calls()
    for (let n = 0; n < 20; n++) await world.api('POST', '/v1/flows', { kind: 'bind', external_user_id: 'busy' })
    expect(await calls()).toBe(before)
  })

  test.each([
    [45009, 503],
    [-1, 503],
    [48001, 409],
  ])('WeChat’s errcode %i becomes %i with words of our own', async (errcode, status) => {
    await world.sim('POST', '/faults', { path: '/cgi-bin/qrcode/create', kind: 'errcode', errcode })
    const answer = await world.api<Problem>('POST', '/v1/flows', { kind: 'login' })
    await world.sim('DELETE', '/faults')
    expect(answer.status).toBe(status)
    if (status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})
