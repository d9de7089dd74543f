import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Approving, purpose, startApproving } from './approving.ts'
import type { Harness, NewFlow } from './harness.ts'
import { logIn } from './pc.ts'
import { look } from './wire.ts'

let approving: Approving
let world: Harness
beforeAll(async () => {
  approving = await startApproving()
  world = approving.world
})
afterAll(() => world.close())

describe('what it buys', () => {
  async function approved(body: object = {}): Promise<{ flow: NewFlow; person: string }> {
    const flow = await approving.begin(body)
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    return { flow, person }
  }

  test('is had once, by the site that asked, in the browser that asked, for the purpose that was asked [B27, B29, T36]', async () => {
    const { flow } = await approved({ browser_binding: 'session-1' })
    const { completion_code } = await approving.see(flow)
    const own = { browser_binding: 'session-1' }
    expect(await approving.redeem(flow, own, approving.strict.apiKey)).toMatchObject({ status: 404 })
    expect(await approving.redeem(flow, { browser_binding: 'session-2' })).toMatchObject({
      body: { code: 'binding_mismatch' },
    })
    expect(await approving.redeem(flow)).toMatchObject({ body: { code: 'binding_mismatch' } })
    expect(await approving.redeem(flow, { ...own, purpose: '提现' })).toMatchObject({
      status: 409,
      body: { code: 'purpose_mismatch' },
    })
    expect(await approving.redeem(flow, { ...own, completion_code: `cc_${'a'.repeat(43)}` })).toMatchObject({
      status: 401,
    })
    expect(await approving.redeem(flow, { ...own, purpose })).toMatchObject({
      status: 200,
      body: { kind: 'verify', purpose },
    })
    expect(await approving.redeem(flow, { ...own, completion_code })).toMatchObject({
      body: { code: 'already_redeemed' },
    })
  })

  test('is had once, by however many at once [B27, T20]', async () => {
    const { flow } = await approved()
    const { completion_code } = await approving.see(flow)
    const answers = await Promise.all(Array.from({ length: 5 }, () => approving.redeem(flow, { completion_code })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410, 410, 410])
  })

  test('is no login: whoever says what they are about to do is refused a login’s code, too', async () => {
    const flow = await world.createFlow()
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    expect(await approving.redeem(flow, { purpose })).toMatchObject({ status: 409, body: { code: 'purpose_mismatch' } })
    expect((await approving.redeem(flow)).body).toMatchObject({ kind: 'login', user: { is_new: true } })
  })

  test('opens nothing at Hufu’s own pages, not even were it Hufu’s own', async () => {
    const { flow, person } = await approved()
    const { completion_code = '' } = await approving.see(flow)
    await expect(world.app.login.finish(flow.id, completion_code)).rejects.toMatchObject({ code: 'not_found' })
    const own = world.app.apps.own()
    const row = await world.app.flows.create(own, { kind: 'verify', purpose, account: world.account.appid })
    await world.scan(person, row.qr_content)
    const { code = '' } = (await world.decide(person, 'confirm')).outputs
    await world.app.flows.enterCode(row.id, code)
    const bought = world.app.login.finish(row.id, world.app.flows.secrets.completionCode(row.id))
    await expect(bought).rejects.toMatchObject({ code: 'not_found' })
    expect(await look(world, 'SELECT * FROM sessions')).toEqual([])
  })

  test('is over in time: unscanned, and unredeemed [B28]', async () => {
    const waiting = await approving.begin({ expires_in: 60 })
    const { flow } = await approved({ expires_in: 60 })
    await approving.see(flow)
    world.clock.advance(61_000)
    expect(await approving.see(waiting)).toMatchObject({ state: 'expired' })
    const completion_code = world.app.flows.secrets.completionCode(flow.id)
    expect(await approving.redeem(flow, { completion_code })).toMatchObject({
      status: 410,
      body: { code: 'code_expired' },
    })
    const person = await world.newPerson()
    expect((await world.scan(person, waiting.qr.content)).text).toContain('二维码已失效')
  })

  test('a second scanner raises it to six digits, and a forwarded link opens for nobody else [T21, T25]', async () => {
    const flow = await approving.begin()
    const [first, second] = [await world.newPerson(), await world.newPerson()]
    const { links } = await world.scan(first, flow.qr.content)
    expect((await world.scan(second, flow.qr.content)).text).toContain('已被另一个微信扫描')
    expect(await approving.open(second, links[0] ?? '')).toMatchObject({ status: 403, forms: [] })
    expect(await approving.see(flow)).toMatchObject({ state: 'scanned', assurance: 'code' })
    expect((await world.decide(first, 'confirm')).outputs.code).toMatch(/^\d{6}$/)
  })
})

describe('afterwards', () => {
  test('the person reads of it in the chat, finds it at /me, takes it along, and can say that it was not them', async () => {
    const { person, id } = await approving.newUser('history')
    const flow = await approving.begin({ user: id, purpose: '提现 100 元' })
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    await approving.redeem(flow)
    await world.app.housekeep()
    const notice = (await approving.chatOf(person)).findLast(({ text }) => text.includes('已同意'))
    expect(notice?.text).toContain('您的微信已同意 示例商店 (shop.example.com) 的“提现 100 元”')
    const question = await approving.open(person, notice?.links?.[0]?.url ?? '')
    expect(question.text).toContain('用您的微信同意了')
    expect(question.text).toContain('提现 100 元')

    const { pc } = await logIn(world, person)
    const { html } = await pc.go('/me')
    expect(html).toContain('Approved <bdi>提现 100 元</bdi>')
    const exported = await world.api<{ flows: object[]; sign_ins: object[] }>('GET', `/v1/users/${id}/export`)
    const entry = { kind: 'verify', purpose: '提现 100 元' }
    expect(exported.body.flows).toContainEqual(expect.objectContaining({ id: flow.id, ...entry }))
    expect(exported.body.sign_ins).toContainEqual(expect.objectContaining(entry))

    await approving.open(person, notice?.links?.[0]?.url ?? '')
    expect((await approving.press(person, 'do', 'disown')).text).toContain('谢谢告知')
    expect((await approving.eventsOf(flow)).at(-1)).toMatchObject({
      type: 'login.disowned',
      data: { kind: 'verify', user_id: id },
    })
    // Nothing was linked by it, so nothing is taken apart.
    expect((await world.api('GET', `/v1/users/${id}`)).body).toMatchObject({ external_user_id: 'history' })
  })

  test('whoever has disowned one carries six digits for the next', async () => {
    const { person, id } = await approving.newUser('guarded')
    const first = await approving.begin({ user: id })
    await world.scan(person, first.qr.content)
    await world.decide(person, 'confirm')
    await approving.redeem(first)
    const [row] = await look<{ id: string }>(world, 'SELECT id FROM sign_ins WHERE flow_id = ?', first.id)
    await approving.open(person, `${world.base}/not-me/${world.app.signIns.token(row?.id ?? '')}`)
    await approving.press(person, 'do', 'disown')
    const next = await approving.begin({ user: id })
    await world.scan(person, next.qr.content)
    expect((await world.decide(person, 'confirm')).outputs.code).toMatch(/^\d{6}$/)
    expect((await approving.eventsOf(next)).map(({ type }) => type)).toEqual(['flow.scanned', 'flow.guarded'])
  })

  test('an approval that was asked of somebody goes when they do', async () => {
    const { id } = await approving.newUser('erased')
    const [byId, byOwn] = [await approving.begin({ user: id }), await approving.begin({ user: 'erased' })]
    await world.api('DELETE', `/v1/users/${id}`)
    for (const flow of [byId, byOwn]) expect((await world.api('GET', `/v1/flows/${flow.id}`)).status).toBe(404)
  })
})
