import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, type NewFlow, type Problem, startHarness } from './harness.ts'
import { countRows, look } from './wire.ts'

let world: Harness
let careful: { app: { id: string }; apiKey: string }
let instant: { app: { id: string }; apiKey: string }
beforeAll(async () => {
  world = await startHarness({ app: { returnUrls: ['https://shop.example.com/done'] } })
  careful = await world.addSite({ reauthenticateWithin: 600, loginAssurance: 'number' })
  instant = await world.addSite({ loginAssurance: 'instant', bindAssurance: 'instant', registration: 'auto' })
})
afterAll(() => world.close())

const login = { kind: 'login' }
const bind = { kind: 'bind', external_user_id: 'ada' }

function create(body: object, key = world.apiKey, headers: Record<string, string> = {}) {
  return world.api<NewFlow & Problem>('POST', '/v1/flows', body, { key, headers })
}

async function read(flow: NewFlow) {
  return (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
}

async function confirmed(body: object = login): Promise<{ flow: NewFlow; person: string; code: string }> {
  const flow = await world.createFlow(body)
  const person = await world.newPerson()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  return { flow, person, code: (await read(flow)).completion_code ?? '' }
}

function redeem(flow: { id: string }, body: object, key = world.apiKey) {
  return world.api<Problem>('POST', `/v1/flows/${flow.id}/redeem`, body, { key })
}

describe('creating', () => {
  test.each([
    ['a bind without a user', { kind: 'bind' }, 422, 'invalid_value'],
    ['less than 5 seconds', { ...login, expires_in: 4 }, 422, 'invalid_value'],
    ['more than 30 minutes', { ...login, expires_in: 1801 }, 422, 'invalid_value'],
    ['a weaker assurance than the app’s', { ...login, assurance: 'instant' }, 422, 'invalid_value'],
    ['an unknown account', { ...login, account: 'wx0000000000000000' }, 422, 'invalid_value'],
    ['an unknown kind', { kind: 'approve' }, 422, 'invalid_value'],
    ['a member that is not known [B51]', { ...login, app_id: 'x' }, 400, 'unknown_field'],
    ['a number for a text', { ...login, account: 1 }, 400, 'invalid_request'],
    ['an external_user_id of 0 characters [B36]', { ...bind, external_user_id: '' }, 422, 'invalid_value'],
    [
      'an external_user_id of 300 characters [B36]',
      { ...bind, external_user_id: 'a'.repeat(300) },
      422,
      'invalid_value',
    ],
    ['an external_user_id with a newline [B36]', { ...bind, external_user_id: 'a\nb' }, 422, 'invalid_value'],
    ['an external_user_id with half a character [B36]', { ...bind, external_user_id: 'a\ud800' }, 422, 'invalid_value'],
    ['a reauthenticated_at that is no time [B22]', { ...bind, reauthenticated_at: 'yesterday' }, 422, 'invalid_value'],
    [
      'a reauthenticated_at without its zone [B22]',
      { ...bind, reauthenticated_at: '2026-01-01T00:00:00' },
      422,
      'invalid_value',
    ],
    ...[
      '//evil',
      'https:evil',
      'https://ok@evil',
      'https://shop.example.com/do\tne',
      'https://shop.example.com/done\n',
      'https://shоp.example.com/done',
      'https://shop.example.com/done.evil',
      '\\\\evil',
      'https://shop.example.com/done/',
      'javascript:alert(1)',
      '',
    ].map(
      (return_to) =>
        [`the return_to “${return_to}” [B37, T29]`, { ...login, return_to }, 422, 'redirect_not_registered'] as const,
    ),
  ] as const)('refuses %s', async (_, body, status, code) => {
    const before = await countRows(world)
    expect(await create(body)).toMatchObject({ status, body: { code } })
    expect(await countRows(world)).toEqual(before)
  })

  test('needs the app’s key: no cookie, no browser secret, nothing else opens it [B23]', async () => {
    const flow = await world.createFlow()
    for (const key of [flow.secret, 'hk_wrong', ''])
      expect(await create(bind, key)).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
    const cookie = await fetch(`${world.base}/v1/flows`, {
      method: 'POST',
      headers: { cookie: `key=${world.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(login),
    })
    expect(cookie.status).toBe(401)
    expect(cookie.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('a bind needs a fresh authentication where the app’s policy says so [B22]', async () => {
    const at = (ms: number) => ({ ...bind, reauthenticated_at: new Date(world.clock.now() + ms).toISOString() })
    for (const body of [bind, at(-601_000), at(60_000)])
      expect(await create(body, careful.apiKey)).toMatchObject({ status: 403, body: { code: 'reauth_required' } })
    expect((await create(at(-599_000), careful.apiKey)).status).toBe(201)
    expect((await create(login, careful.apiKey)).status).toBe(201)
  })

  test('what an app may write into an id comes back as it was [B36]', async () => {
    for (const id of ["'; DROP TABLE users; --", '<img src=x onerror=alert(1)>', '用户😀', ' x ', '\u202ex']) {
      const flow = await world.createFlow({ kind: 'bind', external_user_id: id })
      const person = await world.newPerson()
      await world.scan(person, flow.qr.content)
      const { code = '' } = (await world.decide(person, 'confirm')).outputs
      const { completion_code } = (await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })).body
      expect((await redeem(flow, { completion_code })).body).toMatchObject({ user: { external_user_id: id } })
      const found = await world.api('GET', `/v1/users?external_user_id=${encodeURIComponent(id)}`)
      expect(found.body).toMatchObject({ data: [{ external_user_id: id }] })
    }
  })

  test('defaults: login is a tap for 180 s, bind a code for 300 s; a flow may ask for more', async () => {
    const life = (flow: NewFlow) => Math.round((Date.parse(flow.expires_at) - world.clock.now()) / 10_000) * 10
    const [one, other] = [await world.createFlow(login), await world.createFlow(bind)]
    expect([one.assurance, life(one), other.assurance, life(other)]).toEqual(['tap', 180, 'code', 300])
    expect((await create({ ...login, assurance: 'code' })).body.assurance).toBe('code')
    expect((await create({ ...login, assurance: 'tap' }, careful.apiKey)).status).toBe(422)
  })

  test('metadata is the backend’s, the masked name everybody’s, and English can be asked for', async () => {
    const flow = await world.createFlow({
      ...bind,
      metadata: { cart: '7' },
      display_name: 'ada@example.com',
      locale: 'en',
      return_to: 'https://shop.example.com/done',
    })
    expect((await world.api('GET', `/v1/flows/${flow.id}`)).body).toMatchObject({ metadata: { cart: '7' } })
    const seen = await read(flow)
    expect(seen).not.toHaveProperty('metadata')
    expect(seen).toMatchObject({ display_name: 'ad•••@ex•••.com', return_to: 'https://shop.example.com/done' })
    const person = await world.newPerson()
    expect((await world.scan(person, flow.qr.content)).text).toMatch(/link this WeChat to ad•••@ex•••\.com/)
  })

  test.each(['a@bb.<a href="http://1249763844/">x</a>', '<a href="http://1/">x</a>', 'a\n\n领取红包@bb.c\u202e'])(
    'a name of “%s” puts no link and no line of its own into the chat [T12]',
    async (display_name) => {
      const flow = await world.createFlow({
        ...bind,
        display_name,
        browser: { user_agent: '<a href="http://1/">x</a>/1 ' },
      })
      const { text, links } = await world.scan(await world.newPerson(), flow.qr.content)
      expect(links).toHaveLength(1)
      expect(links[0]).toContain('/confirm/')
      expect(text).not.toMatch(/href|\u202e|领取/)
    },
  )
})

describe('assurance', () => {
  test.each(['login', 'bind'])('an instant %s is confirmed by the scan', async (kind) => {
    const { body } = await create({ kind, ...(kind === 'bind' && { external_user_id: 'instant' }) }, instant.apiKey)
    const person = await world.newPerson()
    await world.scan(person, body.qr.content)
    const { state, completion_code } = await read(body)
    expect(state).toBe('confirmed')
    expect(await redeem(body, { completion_code }, instant.apiKey)).toMatchObject({
      status: 200,
      body: { assurance: 'instant' },
    })
  })

  test('a second person’s scan raises the flow to code, and does not take it [T21, D10]', async () => {
    const flow = await world.createFlow()
    const [first, second] = [await world.newPerson(), await world.newPerson()]
    await world.scan(first, flow.qr.content)
    expect((await world.scan(second, flow.qr.content)).text).toContain('已被另一个微信扫描')
    expect(await read(flow)).toMatchObject({ state: 'scanned', assurance: 'code', next: 'phone' })
    const { code = '' } = (await world.decide(first, 'confirm')).outputs
    expect(await read(flow)).toMatchObject({ state: 'scanned', next: 'enter_code' })
    expect((await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })).body.state).toBe(
      'confirmed',
    )
    expect(await look(world, `SELECT * FROM events WHERE type = 'flow.second_scan'`)).toHaveLength(1)
  })

  test('the same person may scan twice', async () => {
    const flow = await world.createFlow()
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    expect((await world.scan(person, flow.qr.content)).links).toHaveLength(1)
    expect(await read(flow)).toMatchObject({ state: 'scanned', assurance: 'tap' })
  })

  test('a bind confirmed on the phone alone binds nothing [T18, T19]', async () => {
    const flow = await world.createFlow({ kind: 'bind', external_user_id: 'victim' })
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    expect(await redeem(flow, { completion_code: 'cc_x' })).toMatchObject({
      status: 409,
      body: { code: 'not_confirmed' },
    })
    world.clock.advance(301_000)
    expect((await read(flow)).state).toBe('expired')
    expect((await world.api('GET', '/v1/users?external_user_id=victim')).body).toMatchObject({ data: [] })
  })
})

describe('unfollowing', () => {
  test('cancels what is open, and leaves no openid behind in any table', async () => {
    const { flow, person, code } = await confirmed()
    const { registration_token } = (await redeem(flow, { completion_code: code })).body as unknown as Record<
      string,
      string
    >
    await world.api('POST', `/v1/flows/${flow.id}/register`, { registration_token, external_user_id: 'leaver' })
    const open = await world.createFlow()
    await world.scan(person, open.qr.content)
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: 'hello' })
    const [before] = await look<{ scanner_index: string }>(
      world,
      'SELECT scanner_index FROM flows WHERE id = ?',
      flow.id,
    )
    await world.sim('POST', `/people/${person}/unfollow`, { account: world.account.appid })
    expect(await read(open)).toMatchObject({ state: 'cancelled', reason: 'not_following' })
    // Events of one second have no order: the platform is asked, and only then the openid is let go.
    await world.app.housekeep()
    const index = before?.scanner_index ?? ''
    const questions = [
      'SELECT openid_sealed AS value FROM followers WHERE openid_index = ?',
      'SELECT scanner_sealed AS value FROM flows WHERE scanner_index = ?',
      `SELECT value_sealed AS value FROM identities WHERE kind = 'wechat' AND value_index = ?`,
    ]
    expect(await look(world, 'SELECT id FROM inbox WHERE openid_index = ?', index)).toEqual([])
    for (const question of questions) {
      const rows = await look<{ value: Uint8Array | null }>(world, question, index)
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) expect(row.value).toBeNull()
    }
    const back = await world.createFlow()
    await world.scan(person, back.qr.content)
    await world.decide(person, 'confirm')
    const { completion_code } = await read(back)
    expect((await redeem(back, { completion_code })).body).toMatchObject({
      user: { external_user_id: 'leaver', is_new: false },
    })
  })
})

test('an hour after its end a flow keeps no openid, whoever stays a follower', async () => {
  const { flow } = await confirmed()
  world.clock.advance(71 * 60_000)
  await world.app.housekeep()
  expect(await look(world, 'SELECT scanner_sealed FROM flows WHERE id = ?', flow.id)).toEqual([
    { scanner_sealed: null },
  ])
})
