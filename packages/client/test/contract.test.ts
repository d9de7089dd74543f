import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Harness, startHarness } from '../../server/test/harness.ts'
import { createHufu, type Hufu } from '../src/index.ts'

/** Against the real server: what the types promise is what it answers. */
let world: Harness
let hufu: Hufu
beforeAll(async () => {
  world = await startHarness()
  hufu = createHufu({ baseUrl: world.base, apiKey: world.apiKey })
})
afterAll(() => world.close())

/** A login confirmed on the phone. @returns the flow's id and what its browser may hand in */
async function confirmedLogin(person: string): Promise<{ id: string; completion_code: string }> {
  const flow = await hufu.flows.create({ kind: 'login' })
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  return { id: flow.id, completion_code: String(body.completion_code) }
}

describe('the client', () => {
  it('sends a code, and says what is wrong with what was typed', async () => {
    const code = await hufu.codes.send({ user: 'member-9', purpose: '登录' })
    expect(code).toMatchObject({ id: expect.stringMatching(/^vc_/), resend_after: 60 })
    const wrong = hufu.codes.check(code.id, { code: 'wrong', purpose: '登录' })
    await expect(wrong).rejects.toMatchObject({ code: 'code_invalid', status: 401, triesLeft: 4 })
  })

  it('sends a notice, takes another back, and says what may be sent', async () => {
    const { appid } = world.account
    const added = { title: '订单发货通知', content: '商品：{{thing1.DATA}}' }
    const { template_id } = await world.sim('POST', `/accounts/${appid}/templates`, added)
    await world.app.templates.sync(appid)
    expect(await hufu.templates.list({ account: appid })).toMatchObject([{ id: template_id, title: '订单发货通知' }])
    const filled = { template: template_id, data: { thing1: '龙井茶' } }
    expect(await hufu.templates.preview({ account: appid, ...filled })).toMatchObject({
      lines: ['商品：龙井茶'],
      errors: [],
    })

    const { id, completion_code } = await confirmedLogin(await world.newPerson())
    const { registration_token } = await hufu.flows.redeem(id, { completion_code })
    const known = { registration_token: String(registration_token), external_user_id: 'member-7' }
    const { user } = await hufu.flows.register(id, known)
    expect(await hufu.users.reach(String(user?.id))).toMatchObject([{ account: appid, templates: { allowed: true } }])
    const oneTime = { template_id: 'TEMPLATE', scene: 7 }
    const asked = await hufu.users.askOneTime(String(user?.id), {
      ...oneTime,
      return_url: 'https://shop.example.com/teas/3',
    })
    expect(asked).toMatchObject({ id: expect.stringMatching(/^sb_/), url: expect.stringContaining('/s/') })
    const untold = { user: 'member-7', one_time: { ...oneTime, title: '新茶', content: '到店' }, reach: 'any' as const }
    await expect(hufu.messages.send(untold)).rejects.toMatchObject({
      code: 'user_unreachable',
      ways: [{ way: 'one_time', account: appid, reason: 'not_subscribed' }],
    })
    const send = (key: string) => hufu.messages.send({ user: 'member-7', ...filled }, { idempotencyKey: key })
    const [sent, again, other] = [await send('a'), await send('a'), await send('b')]
    expect(again.id).toBe(sent.id)
    expect(await hufu.messages.cancel(other.id)).toMatchObject({ state: 'suppressed', reason: 'cancelled' })
    await world.app.housekeep()
    expect((await hufu.messages.get(sent.id)).state).toMatch(/^(accepted|delivered)$/)
    const wrong = hufu.messages.send({ user: 'member-7', ...filled, data: { thing1: '两\n行' } })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_value', errors: [{ path: 'data.thing1' }] })
    await expect(hufu.jssdk.sign({ url: 'https://evil.example/' })).rejects.toMatchObject({ code: 'url_not_allowed' })
  })

  it('sends a list a notice, holds it back, goes on, and takes another back', async () => {
    const { appid } = world.account
    const added = { title: '到货通知', content: '商品：{{thing1.DATA}}' }
    const { template_id } = await world.sim('POST', `/accounts/${appid}/templates`, added)
    await world.app.templates.sync(appid)
    const { id, completion_code } = await confirmedLogin(await world.newPerson())
    const { registration_token } = await hufu.flows.redeem(id, { completion_code })
    const known = { registration_token: String(registration_token), external_user_id: 'member-8' }
    await hufu.flows.register(id, known)

    const users = ['nobody', { user: 'member-8', data: { thing1: '龙井' } }]
    const input = { users, template: template_id, data: { thing1: '铁观音' } }
    const send = (idempotencyKey: string) => hufu.batches.send(input, { idempotencyKey })
    const [first, again, other] = [await send('a'), await send('a'), await send('b')]
    expect(again.id).toBe(first.id)
    expect(await hufu.batches.pause(first.id)).toMatchObject({ state: 'paused', total: 2, queued: 2 })
    expect(await hufu.batches.cancel(other.id)).toMatchObject({ state: 'cancelled', suppressed: 2 })
    await world.app.housekeep()
    expect(await hufu.batches.get(first.id)).toMatchObject({ state: 'paused', queued: 2 })
    expect(await hufu.batches.resume(first.id)).toMatchObject({ state: 'running' })

    const heard: { type: string; position: unknown }[] = []
    await world.app.housekeep()
    await world.app.housekeep()
    for await (const { type, data } of hufu.events.follow()) {
      if (data.batch_id !== first.id) continue
      heard.push({ type, position: data.position })
      if (type === 'batch.finished') break
    }
    expect(heard[0]).toEqual({ type: 'message.accepted', position: 1 })
    const { failed, failures, ...rest } = await hufu.batches.get(first.id)
    expect({ failed, failures }).toEqual({ failed: 1, failures: [{ position: 0, reason: 'unknown_user' }] })
    expect(rest.accepted + rest.delivered).toBe(1)
    await expect(hufu.batches.resume(first.id)).rejects.toMatchObject({ code: 'batch_over', status: 410 })
    const wrong = hufu.batches.send({ ...input, data: { thing1: '两\n行' }, users: ['nobody'] })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_value', errors: [{ path: 'data.thing1' }] })
  })

  it('registers a person, knows them the next time, and unlinks them', async () => {
    const person = await world.newPerson()
    const { id, completion_code } = await confirmedLogin(person)
    const first = await hufu.flows.redeem(id, { completion_code })
    expect(first.user).toBeNull()
    const registered = await hufu.flows.register(id, {
      registration_token: String(first.registration_token),
      external_user_id: 'member-1',
    })
    expect(registered.user).toMatchObject({ external_user_id: 'member-1' })

    const again = await confirmedLogin(person)
    const known = await hufu.flows.redeem(again.id, { completion_code: again.completion_code })
    expect(known.user).toMatchObject({
      external_user_id: 'member-1',
      is_new: false,
    })

    const user = await hufu.users.findByExternalId('member-1')
    expect(user).toMatchObject({ id: registered.user?.id, accounts: [world.account.appid] })
    expect(await hufu.users.get(String(user?.id))).toEqual(user)
    await hufu.users.unlink(String(user?.id))
    expect(await hufu.users.findByExternalId('member-1')).toBeUndefined()
  })

  it('claims a link for a user, and logs in who comes by the next one', async () => {
    const linkUrl = `${world.base}/healthz`
    await world.app.apps.change(world.site.id, { linkUrl })
    await world.app.accounts.change(world.account.appid, { welcome: '<a href="{link}">go</a>' })
    const { appid } = world.account
    const person = await world.newPerson()
    const press = () =>
      world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: 'confirm' } })
    async function arrive(): Promise<string> {
      const chat = await world.sim('GET', `/people/${person}/chat?account=${appid}`)
      const { url } = await world.sim('POST', `/people/${person}/open`, { url: chat.at(-1).links[0].url })
      return String(new URL(url).searchParams.get('link'))
    }
    const first = await arrive()
    expect(await hufu.links.get(first)).toMatchObject({ id: first, known: false, account: appid })
    const { continue_url } = await hufu.links.claim(first, { external_user_id: 'from-the-chat' })
    await world.sim('POST', `/people/${person}/open`, { url: continue_url })
    await press()
    await expect(hufu.links.get(first)).rejects.toMatchObject({ code: 'link_over' })

    await world.sim('POST', '/clock', { offset_ms: 2_000 })
    await world.sim('POST', `/people/${person}/unfollow`, { account: appid })
    await world.sim('POST', `/people/${person}/follow`, { account: appid })
    const second = await arrive()
    expect(await hufu.links.get(second)).toMatchObject({ known: true })
    const { id, secret, wechat_url } = await hufu.links.login(second)
    await expect(hufu.flows.finish(id, { secret })).rejects.toMatchObject({ code: 'not_confirmed' })
    await world.sim('POST', `/people/${person}/open`, { url: wechat_url })
    await press()
    const { user } = await hufu.flows.finish(id, { secret })
    expect(user).toMatchObject({ external_user_id: 'from-the-chat', is_new: false })
  })

  it('waits for a change of a flow and hears of it in the feed', async () => {
    const flow = await hufu.flows.create({ kind: 'login', metadata: { cart: '7' } })
    const changed = hufu.flows.wait(flow.id, { seen: 'waiting' })
    await world.scan(await world.newPerson(), flow.qr.content)
    expect(await changed).toMatchObject({ state: 'scanned', metadata: { cart: '7' } })

    expect(await hufu.flows.cancel(flow.id)).toMatchObject({ state: 'cancelled', next: null })
    for await (const { type, data } of hufu.events.follow()) {
      if (type === 'flow.cancelled' && data.flow_id === flow.id) break
    }
    const { data, next_cursor } = await hufu.events.list({ limit: 2 })
    expect(data).toHaveLength(2)
    expect(next_cursor).toBe(data[1]?.id)
  })

  it('makes one flow of a repeated request', async () => {
    const make = (input: { kind: 'login'; expires_in?: number }) =>
      hufu.flows.create(input, { idempotencyKey: 'order-1' })
    const [first, second] = await Promise.all([make({ kind: 'login' }), make({ kind: 'login' })])
    expect(second).toMatchObject({ id: first.id, secret: first.secret })
    await expect(make({ kind: 'login', expires_in: 60 })).rejects.toMatchObject({
      code: 'idempotency_mismatch',
      status: 409,
    })
  })

  it('throws what Hufu refuses, with its request id', async () => {
    const refused = { code: 'not_found', status: 404, requestId: expect.stringMatching(/^rq_/) }
    await expect(hufu.flows.get('fl_unknown')).rejects.toMatchObject(refused)
    const stranger = createHufu({ baseUrl: world.base, apiKey: 'hk_somebody_else' })
    await expect(stranger.events.follow().next()).rejects.toMatchObject({ code: 'unauthorized', status: 401 })
  })
})
