import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, type NewFlow, type Problem, startHarness } from './harness.ts'
import {
  codeOf,
  countRows,
  eventXml,
  look,
  newOpenid,
  nowSeconds,
  openReply,
  push,
  textOf,
  type Wire,
  wireOf,
} from './wire.ts'

let world: Harness
let wire: Wire
beforeAll(async () => {
  world = await startHarness({ app: { registration: 'auto', bindAssurance: 'tap' } })
  wire = wireOf(world)
})
afterAll(() => world.close())

async function read(flow: NewFlow) {
  return (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
}

async function confirmed(body: object = { kind: 'login' }): Promise<{ flow: NewFlow; code: string }> {
  const flow = await world.createFlow(body)
  const person = await world.newPerson()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  return { flow, code: (await read(flow)).completion_code ?? '' }
}

function redeem(flow: NewFlow, body: object, key = world.apiKey) {
  return world.api<Problem>('POST', `/v1/flows/${flow.id}/redeem`, body, { key })
}

async function scanDocument(flow: NewFlow, openid: string): Promise<string> {
  const { scene, ticket } = await codeOf(world, flow.qr.content)
  return eventXml(wire, { openid, at: nowSeconds(world), fields: { Event: 'SCAN', EventKey: scene, Ticket: ticket } })
}

describe('redeem', () => {
  test('fifty at once: one answer, 49 refusals, one user [B27, T20]', async () => {
    const { flow, code } = await confirmed()
    const before = await countRows(world)
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(flow, { completion_code: code })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status, body }) => status === 410 && body.code === 'already_redeemed')).toHaveLength(49)
    expect(await countRows(world)).toMatchObject({ users: before.users + 1, app_users: before.app_users + 1 })
    expect(await redeem(flow, { completion_code: code })).toMatchObject({
      status: 410,
      body: { code: 'already_redeemed' },
    })
  })

  test('before the confirmation is 409 and changes nothing [B26]', async () => {
    const flow = await world.createFlow()
    expect(await redeem(flow, { completion_code: 'cc_x' })).toMatchObject({
      status: 409,
      body: { code: 'not_confirmed' },
    })
    await world.scan(await world.newPerson(), flow.qr.content)
    expect(await redeem(flow, { completion_code: 'cc_x' })).toMatchObject({
      status: 409,
      body: { code: 'not_confirmed' },
    })
    expect((await read(flow)).state).toBe('scanned')
  })

  test('with a wrong code is 401, and the right one still works', async () => {
    const { flow, code } = await confirmed()
    expect(await redeem(flow, { completion_code: `${code.slice(0, -2)}xx` })).toMatchObject({
      status: 401,
      body: { code: 'code_invalid' },
    })
    expect((await redeem(flow, { completion_code: code })).status).toBe(200)
  })

  test('60 s after the code was first read is 410, however long the flow had to live [B28]', async () => {
    const { flow, code } = await confirmed({ kind: 'login', expires_in: 1800 })
    world.clock.advance(59_000)
    expect((await read(flow)).completion_code).toBe(code)
    world.clock.advance(1_500)
    expect(await redeem(flow, { completion_code: code })).toMatchObject({ status: 410, body: { code: 'code_expired' } })
    await world.app.housekeep()
    expect(await redeem(flow, { completion_code: code })).toMatchObject({ status: 410, body: { code: 'code_expired' } })
  })

  test('with another app’s key is 404, like a flow that is not there [B29, T45]', async () => {
    const { flow, code } = await confirmed()
    const { apiKey } = await world.addSite()
    const strip = ({ status, body }: { status: number; body: Problem }) => ({
      status,
      body: { ...body, request_id: '' },
    })
    const foreign = strip(await redeem(flow, { completion_code: code }, apiKey))
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(strip(await redeem({ ...flow, id: `fl_${'a'.repeat(26)}` }, { completion_code: code }, apiKey))).toEqual(
      foreign,
    )
    expect(strip(await world.api<Problem>('GET', `/v1/flows/${flow.id}`, undefined, { key: apiKey }))).toEqual(foreign)
    expect((await redeem(flow, { completion_code: code })).status).toBe(200)
  })

  test('from another browser session of the site is 409 [T17]', async () => {
    const { flow, code } = await confirmed({ kind: 'login', browser_binding: 'session-1' })
    for (const body of [{}, { browser_binding: 'session-2' }])
      expect(await redeem(flow, { completion_code: code, ...body })).toMatchObject({
        status: 409,
        body: { code: 'binding_mismatch' },
      })
    expect((await redeem(flow, { completion_code: code, browser_binding: 'session-1' })).status).toBe(200)
  })
})

describe('scans', () => {
  test('ten people at one QR at once: one winner, and the flow is raised to code', async () => {
    const flow = await world.createFlow()
    const documents = await Promise.all(Array.from({ length: 10 }, () => scanDocument(flow, newOpenid())))
    const answers = await Promise.all(documents.map((document) => push(world, wire, document)))
    const texts = answers.map((answer) => textOf(openReply(wire, answer.body)))
    expect(texts.filter((text) => text.includes('/confirm/'))).toHaveLength(1)
    expect(texts.filter((text) => text.includes('已被另一个微信扫描'))).toHaveLength(9)
    expect(await read(flow)).toMatchObject({ state: 'scanned', assurance: 'code' })
    const events = await look<{ type: string; data: string }>(
      world,
      `SELECT type, data FROM events WHERE type LIKE 'flow.%scan%'`,
    )
    expect(
      events
        .filter(({ data }) => data.includes(flow.id))
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['flow.scanned', 'flow.second_scan'])
  })

  test('one push three times at once: one row, one effect, one reply', async () => {
    const flow = await world.createFlow()
    const document = await scanDocument(flow, newOpenid())
    const before = await countRows(world)
    const answers = await Promise.all([1, 2, 3].map(() => push(world, wire, document)))
    expect(new Set(answers.map((answer) => textOf(openReply(wire, answer.body)))).size).toBe(1)
    expect(await countRows(world)).toMatchObject({
      inbox: before.inbox + 1,
      events: before.events + 1,
      followers: before.followers + 1,
    })
  })

  test('a hundred scans of a hundred flows at once: each its own', async () => {
    const flows = await Promise.all(Array.from({ length: 100 }, () => world.createFlow()))
    const documents = await Promise.all(flows.map((flow) => scanDocument(flow, newOpenid())))
    const answers = await Promise.all(documents.map((document) => push(world, wire, document)))
    answers.forEach((answer, n) => {
      expect(textOf(openReply(wire, answer.body))).toContain(`/confirm/${flows[n]?.id.slice(3)}`)
    })
    for (const flow of flows) expect((await read(flow)).state).toBe('scanned')
  })
})

describe('binds', () => {
  test('two WeChats for one user, redeemed at once: one is bound', async () => {
    const body = { kind: 'bind', external_user_id: 'twice' }
    const [one, other] = [await confirmed(body), await confirmed(body)]
    const answers = await Promise.all([one, other].map(({ flow, code }) => redeem(flow, { completion_code: code })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('user_already_bound')
  })

  test('ten new users at once are ten users', async () => {
    const flows = await Promise.all(Array.from({ length: 10 }, () => confirmed()))
    const before = await countRows(world)
    const answers = await Promise.all(flows.map(({ flow, code }) => redeem(flow, { completion_code: code })))
    expect(new Set(answers.map(({ body }) => (body as unknown as { user: { id: string } }).user.id)).size).toBe(10)
    expect((await countRows(world)).users).toBe(before.users + 10)
  })
})

describe('an Idempotency-Key', () => {
  const create = (key: string, body: object = { kind: 'login' }) =>
    world.api<NewFlow & Problem>('POST', '/v1/flows', body, { headers: { 'idempotency-key': key } })

  test('twenty times at once is one flow, one QR code, one secret [B54]', async () => {
    const calls = async () => (await world.sim('GET', '/calls'))['/cgi-bin/qrcode/create']
    const [flows, before] = [(await countRows(world)).flows, await calls()]
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('k-1')))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id} ${body.secret}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect((await countRows(world)).flows).toBe(flows + 1)
    expect(await calls()).toBe(before + 1)
  })

  test('with another body is 409; of another app it is another key [B53]', async () => {
    const first = await create('k-2')
    expect(await create('k-2', { kind: 'login', locale: 'en' })).toMatchObject({
      status: 409,
      body: { code: 'idempotency_mismatch' },
    })
    await world.restart()
    expect((await create('k-2')).body).toMatchObject({ id: first.body.id, secret: first.body.secret })
    const { apiKey } = await world.addSite()
    const foreign = await world.api<NewFlow>(
      'POST',
      '/v1/flows',
      { kind: 'login' },
      { key: apiKey, headers: { 'idempotency-key': 'k-2' } },
    )
    expect(foreign.status).toBe(201)
    expect(foreign.body.id).not.toBe(first.body.id)
  })
})
