import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, type Problem, startHarness } from './harness.ts'
import { eventXml, newOpenid, nowSeconds, push, wireOf } from './wire.ts'

/** One engine stores U+0000 and the other has no place for it: neither is ever asked. */
let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

const ids = ['%00', 'us_%00', 'fl_a%00b', '%c3%bc', '%20', "';--", 'x'.repeat(65), 'x'.repeat(129)]
const routes: [string, string, object?][] = [
  ['GET', '/v1/users/:id'],
  ['PUT', '/v1/users/:id/external_user_id', { external_user_id: 'x' }],
  ['DELETE', '/v1/users/:id/binding'],
  ['GET', '/v1/flows/:id'],
  ['DELETE', '/v1/flows/:id'],
  ['POST', '/v1/flows/:id/redeem', { completion_code: 'x' }],
  ['POST', '/v1/flows/:id/register', { registration_token: 'x', external_user_id: 'x' }],
]

test.each(routes)('%s %s of what can be no id is not found', async (method, route, body) => {
  for (const id of ids) {
    const answer = await world.api<Problem>(method, route.replace(':id', id), body)
    expect(answer, id).toMatchObject({ status: 404, body: { code: 'not_found' } })
  }
})

test.each([
  ['GET', '/v1/flows/:id'],
  ['GET', '/v1/flows/:id/events'],
  ['DELETE', '/v1/flows/:id'],
  ['POST', '/v1/flows/:id/code', { code: '123456' }],
] as [string, string, object?][])('%s %s is not, for a browser either', async (method, route, body) => {
  const { secret } = await world.createFlow()
  for (const id of ids) {
    const answer = await world.browser<Problem>(method, route.replace(':id', id), secret, body)
    expect(answer, id).toMatchObject({ status: 404, body: { code: 'not_found' } })
  }
})

test('pages of what cannot be are refused as pages', async () => {
  const open = (path: string) =>
    fetch(world.base + path, { headers: { cookie: `hufu_browser=${'b'.repeat(43)}` }, redirect: 'manual' })
  const state = 's'.repeat(43)
  expect((await open('/confirm/%00')).status).toBe(404)
  for (const path of [
    `/oauth/wechat/%00?state=${state}&code=x`,
    `/oauth/wechat/wx%00?state=${state}&code=x`,
    `/oauth/wechat/${world.account.appid}?state=%00&code=x`,
    `/oauth/wechat/${world.account.appid}?state=${state}&code=%00`,
  ])
    expect((await open(path)).status, path).toBe(400)
})

test.each([
  '/v1/users?external_user_id=%00',
  '/v1/events?after=%00',
  '/v1/events?limit=%00',
  '/v1/events?wait=%00',
  '/v1/events?after=ev_1%00',
])('%s is a value that is not allowed', async (path) => {
  expect(await world.api<Problem>('GET', path)).toMatchObject({ status: 422, body: { code: 'invalid_value' } })
})

test('a page that has seen what cannot be is told what is', async () => {
  const flow = await world.createFlow()
  expect((await world.browser('GET', `/v1/flows/${flow.id}?wait=1&seen=%00`, flow.secret)).status).toBe(200)
})

test.each<[string, object]>([
  ['a display name', { display_name: 'a\0b' }],
  ['an id of the site’s', { external_user_id: 'a\0b' }],
  ['a browser binding', { browser_binding: '\0' }],
  ['an account', { account: 'wx\0' }],
  ['a time', { reauthenticated_at: '2026-01-01T00:00:00Z\0' }],
  ['a return address', { return_to: '\0' }],
  ['a browser', { browser: { ip: '::1%\0', user_agent: '\0' } }],
  ['metadata', { metadata: { a: '\0' } }],
  ['a name in metadata', { metadata: { '\0': 'a' } }],
])('a body with U+0000 in %s is malformed', async (_, members) => {
  const answer = await world.api<Problem>('POST', '/v1/flows', { kind: 'login', ...members })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('what only looks like U+0000 is kept as it is', async () => {
  const metadata = { a: '\\u0000', b: '\\\\u0000' }
  const flow = await world.createFlow({ kind: 'login', metadata })
  expect((await world.api('GET', `/v1/flows/${flow.id}`)).body).toMatchObject({ metadata })
})

test('an Idempotency-Key with NUL does not come through', async () => {
  const { hostname, port } = new URL(world.base)
  const socket = connect(Number(port), hostname)
  socket.end(
    `POST /v1/flows HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${world.apiKey}\r\nIdempotency-Key: a\0b\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"kind":"login"}`,
  )
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
})

test('a push with NUL in its elements is refused, and so is one with NUL in its nonce', async () => {
  const wire = wireOf(world)
  const document = (key: string, openid = newOpenid()) =>
    eventXml(wire, { openid, at: nowSeconds(world), fields: { Event: 'SCAN', EventKey: 'KEY' } }).replace(
      '<![CDATA[KEY]]>',
      key,
    )
  for (const key of ['&#0;', '&#x0;', 'a\0b', '<![CDATA[\0]]>'])
    expect((await push(world, wire, document(key))).status, key).toBe(403)
  expect((await push(world, wire, document('x', 'o\0'))).status).toBe(403)
  const query = (text: string) => text.replaceAll('\0', '%00')
  expect((await push(world, wire, document('x'), { nonce: 'a\0b', query })).status).toBe(403)
})
