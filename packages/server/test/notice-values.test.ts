import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, type Problem, startHarness } from './harness.ts'

type Refused = Problem & { errors: { path: string; message: string }[] }

let world: Harness
let person: string
let user: string
let openid: string
const content = '事项：{{thing1.DATA}}\n备注：{{keyword2.DATA}}\n地址：{{character_string3.DATA}}'
const data = { thing1: '铁观音', keyword2: '今日发货', character_string3: 'A-17' }

beforeAll(async () => {
  world = await startHarness({ app: { registration: 'auto', signInNotices: false } })
  const { template_id: template } = await world.sim('POST', `/accounts/${world.account.appid}/templates`, {
    title: '订单发货通知',
    content,
  })
  await world.app.templates.sync(world.account.appid)
  await world.app.templates.change(world.account.appid, template, { name: 'shipped' })
  person = await world.newPerson()
  const flow = await world.createFlow()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const { completion_code } = body
  const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
  user = redeemed.body.user.id
  openid = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
})
afterAll(() => world.close())

const post = <T = Refused>(values: object) =>
  world.api<T>('POST', '/v1/messages', { user, template: 'shipped', data: { ...data, ...values } })
const preview = async (values: object) =>
  (
    await world.api<{ errors: object[]; warnings: object[] }>('POST', '/v1/templates/preview', {
      account: world.account.appid,
      template: 'shipped',
      data: { ...data, ...values },
    })
  ).body

describe('a value of a template', () => {
  test.each([
    [{ thing1: 'https://evil.cn' }, 'data.thing1'],
    [{ thing1: '点 evil.cn 领奖' }, 'data.thing1'],
    [{ thing1: '见.evil.cn' }, 'data.thing1'],
    [{ thing1: 'HTTPS:\\\\evil.cn' }, 'data.thing1'],
    [{ keyword2: 'weixin://dl/chat' }, 'data.keyword2'],
    [{ keyword2: 'https://evil.example/phish '.repeat(3) }, 'data.keyword2'],
    [{ character_string3: '//shop.example.com.evil.cn/' }, 'data.character_string3'],
    [{ character_string3: '203.0.113.9/login' }, 'data.character_string3'],
  ])('leads to nobody’s site but the app’s own: %j [B58, T37]', async (change, path) => {
    const { status, body } = await post(change)
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'url_not_allowed', errors: [{ path }] })
    expect((await preview(change)).errors).toMatchObject([{ path }])
    const listed = { users: [{ user, data: change }], template: 'shipped', data }
    expect((await world.api<Refused>('POST', '/v1/messages/batch', listed)).body).toMatchObject({
      code: 'url_not_allowed',
      errors: [{ path: `users[0].${path}` }],
    })
    await world.app.housekeep()
    expect(await world.sim('GET', `/sends?touser=${openid}`)).toEqual([])
  })

  test('of a subscription notice leads nowhere else either [B58, T37]', async () => {
    const body = { user, subscription: { template: 'shipped', data: { ...data, thing1: 'www.evil.cn' } } }
    expect((await world.api<Refused>('POST', '/v1/messages', body)).body).toMatchObject({
      code: 'url_not_allowed',
      errors: [{ path: 'subscription.data.thing1' }],
    })
  })

  test.each(['title', 'content'])('of a one-time message leads nowhere else either: %s [B58, T37]', async (key) => {
    const one_time = { template_id: 't1', scene: 1, title: '开团', content: '今晚七点', [key]: '点 evil.cn' }
    expect((await world.api<Refused>('POST', '/v1/messages', { user, one_time })).body).toMatchObject({
      code: 'url_not_allowed',
      errors: [{ path: `one_time.${key}` }],
    })
  })

  test.each([
    [{ thing1: '\u200b\u202e' }, 'data.thing1', 'seen'],
    [{ thing1: '茶\u202e' }, 'data.thing1', 'control characters'],
    [{ keyword2: '字'.repeat(101) }, 'data.keyword2', 'at most 100'],
  ])('is what somebody can read: %j [B58]', async (change, path, why) => {
    const { status, body } = await post(change)
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_value', errors: [{ path, message: expect.stringContaining(why) }] })
  })

  test.each([
    { keyword2: 'https://shop.example.com/orders/17 shop.example.com' },
    { character_string3: '203.0.113.9' },
    { thing1: 'ac•••@ex•••.com' },
    { thing1: 'a***@e***.com.cn' },
  ])('may name the app’s own site, and what is no link: %j', async (change) => {
    expect((await preview(change)).errors).toEqual([])
  })
})

test('a person’s copy has what they were told as the phone shows it, and its state as the site is told it', async () => {
  const sendAt = new Date(world.clock.now() + 3_600_000).toISOString()
  const body = { user, template: 'shipped', data: { ...data, thing1: '龙井' }, send_at: sendAt }
  const { id } = (await world.api<{ id: string }>('POST', '/v1/messages', body)).body
  const copy = await world.api<{ messages: { id: string }[] }>('GET', `/v1/users/${user}/export`)
  expect(copy.body.messages.find((message) => message.id === id)).toMatchObject({
    state: 'queued',
    text: '订单发货通知\n事项：龙井\n备注：今日发货\n地址：A-17',
  })
})
