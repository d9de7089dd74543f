import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Harness, Problem } from './harness.ts'
import { data, type Message, type Noticing, startNoticing } from './noticing.ts'

let noticing: Noticing
let world: Harness
beforeAll(async () => {
  noticing = await startNoticing()
  world = noticing.world
})
afterAll(() => world.close())
afterEach(() => noticing.calm())

describe('templates', () => {
  test('are what the account has, with what every field may say', async () => {
    const { body } = await world.api<{ data: object[] }>('GET', `/v1/templates?account=${world.account.appid}`)
    expect(body.data).toContainEqual(
      expect.objectContaining({
        id: noticing.template,
        account: world.account.appid,
        name: 'order_shipped',
        kind: 'template',
        title: '订单发货通知',
        fields: [
          { key: 'first', label: '', type: 'removed' },
          { key: 'thing1', label: '商品', type: 'thing', max_length: 20 },
          { key: 'amount2', label: '金额', type: 'amount', max_length: 13 },
          { key: 'time3', label: '时间', type: 'time', max_length: 64 },
          { key: 'remark', label: '', type: 'removed' },
        ],
      }),
    )
  })

  test('that WeChat has no more are gone at the next look', async () => {
    const id = await noticing.addTemplate({ title: '短命', content: '{{thing1.DATA}}' })
    await world.app.templates.sync(world.account.appid)
    expect(await world.app.templates.find(world.app.store.db, world.account.appid, id)).toMatchObject({ title: '短命' })
    await world.sim('DELETE', `/accounts/${world.account.appid}/templates/${id}`)
    await world.app.housekeep()
    expect(await world.app.templates.find(world.app.store.db, world.account.appid, id)).toBeUndefined()
  })

  test('are shown filled in, with all that would be refused', async () => {
    const preview = (values: object) =>
      world.api('POST', '/v1/templates/preview', {
        account: world.account.appid,
        template: 'order_shipped',
        data: values,
      })
    expect((await preview(data)).body).toEqual({
      title: '订单发货通知',
      lines: ['商品：铁观音', '金额：￥88.50', '时间：2026年11月21日 15:01'],
      errors: [],
      warnings: [],
    })
    expect((await preview({ ...data, thing1: '限时抢购' })).body).toMatchObject({
      errors: [{ path: 'data.thing1', message: expect.stringContaining('advertising') }],
    })
  })
})

describe('a notice', () => {
  test('arrives, and is delivered when WeChat says so', async () => {
    const { person, user, openid } = await noticing.newUser()
    const url = 'https://shop.example.com/orders/17'
    const posted = await noticing.post({ user, template: 'order_shipped', data, url })
    expect(posted).toMatchObject({
      status: 202,
      body: { state: 'queued', via: 'template', template: noticing.template },
    })
    expect(await noticing.sendsTo(openid)).toEqual([])
    await noticing.settle()
    expect(await noticing.messageOf(posted.body.id)).toMatchObject({ state: 'delivered', via: 'template' })
    expect(await noticing.told(posted.body.id)).toEqual(['message.accepted', 'message.delivered'])
    expect(await noticing.cardsOf(person)).toMatchObject([
      {
        title: '订单发货通知',
        url,
        fields: expect.arrayContaining([{ label: '商品', key: 'thing1', value: '铁观音' }]),
      },
    ])
  })

  test('goes by the site’s own id of the user, too', async () => {
    const { user, openid } = await noticing.newUser()
    await world.api('PUT', `/v1/users/${user}/external_user_id`, { external_user_id: `no ${openid}` })
    expect((await noticing.post({ user: `no ${openid}`, template: 'order_shipped', data })).status).toBe(202)
    await noticing.settle()
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
    expect((await noticing.post<Problem>({ user: 'nobody', template: 'order_shipped', data })).body.code).toBe(
      'not_found',
    )
  })

  test.each([
    [{ thing1: '两\n行' }, 'data.thing1', 'line breaks'],
    [{ thing1: `https://shop.example.com/?q=${'x'.repeat(200)}` }, 'data.thing1', 'at most 20'],
    [{ thing1: '铁观\u202e音' }, 'data.thing1', 'control characters'],
    [{ amount2: '很多钱' }, 'data.amount2', 'amount'],
    [{ time3: '' }, 'data.time3', 'Empty'],
    [{ first: '您好' }, 'data.first', '2023'],
    [{ thing9: '?' }, 'data.thing9', 'no such field'],
  ])('is refused before it is sent, and the field is named: %o [B58]', async (change, path, why) => {
    const { user, openid } = await noticing.newUser()
    const { status, body } = await noticing.post<Problem & { errors: { path: string; message: string }[] }>({
      user,
      template: 'order_shipped',
      data: { ...data, ...change },
    })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_value', errors: [{ path, message: expect.stringContaining(why) }] })
    await noticing.settle()
    expect(await noticing.sendsTo(openid)).toEqual([])
  })

  test.each([
    'http://shop.example.com/',
    'https://shop.example.com.evil.example/',
    'https://ok@shop.example.com/',
    'https://evil.example/',
    'javascript:alert(1)',
    '//shop.example.com/',
    ' https://shop.example.com/',
    'https:\\\\shop.example.com/',
    'https://shop.example.com',
    'https://shop.example.com\\@evil.example/',
    'https://shop.example.com/\\evil.example',
    'https://shop.example.com/\n//evil.example/',
    'https://sh\u043ep.example.com/',
  ])('leads to the site’s own pages only: %s [B59, T37]', async (url) => {
    const { user } = await noticing.newUser()
    expect((await noticing.post<Problem>({ user, template: 'order_shipped', data, url })).body).toMatchObject({
      status: 422,
      code: 'url_not_allowed',
    })
  })

  test.each(['send_at', 'not_after'])('has times that clocks show: %s', async (name) => {
    const { user } = await noticing.newUser()
    const { status, body } = await noticing.post<Problem & { errors: object[] }>({
      user,
      template: 'order_shipped',
      data,
      [name]: '2026-12-31T23:59:60Z',
    })
    expect([status, body.code, body.errors]).toMatchObject([422, 'invalid_value', [{ path: name }]])
  })

  test('opens mini programs that the operator has listed', async () => {
    const { user, openid } = await noticing.newUser()
    const body = { user, template: 'order_shipped', data, mini_program: { appid: 'wx00000000000000aa', pagepath: 'p' } }
    expect((await noticing.post<Problem>(body)).body).toMatchObject({ code: 'url_not_allowed' })
    await world.app.apps.change(world.site.id, { miniPrograms: ['wx00000000000000aa'] })
    expect((await noticing.post(body)).status).toBe(202)
    await noticing.settle()
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
  })

  test('is sent once for one key, however often it is asked for [B53, B54]', async () => {
    const { user, openid } = await noticing.newUser()
    const key = { 'idempotency-key': `order ${user}` }
    const body = { user, template: 'order_shipped', data }
    const answers = await Promise.all(Array.from({ length: 20 }, () => noticing.post(body, key)))
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1)
    expect((await noticing.post<Problem>({ ...body, data: { ...data, thing1: '龙井' } }, key)).body.code).toBe(
      'idempotency_mismatch',
    )
    await noticing.settle()
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
  })

  test('to who has left fails, and the site is told why [B60]', async () => {
    const { person, user, openid } = await noticing.newUser()
    await world.sim('POST', `/people/${person}/unfollow`, { account: world.account.appid })
    const { status, body } = await noticing.post({ user, template: 'order_shipped', data })
    expect(status).toBe(202)
    await noticing.settle()
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_following' })
    expect(await noticing.told(body.id)).toEqual(['message.failed'])
    expect(await noticing.sendsTo(openid)).toEqual([])
  })

  test('to who left and came back waits for their own word', async () => {
    const { person, user, openid } = await noticing.newUser()
    for (const what of ['unfollow', 'follow'])
      await world.sim('POST', `/people/${person}/${what}`, { account: world.account.appid })
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.settle()
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_following' })
    const flow = await world.createFlow()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    const { body: view } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code: view.completion_code })
    await noticing.post({ user, template: 'order_shipped', data })
    await noticing.settle()
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
  })

  test('may be sent later, and taken back until then', async () => {
    const { user, openid } = await noticing.newUser()
    const sendAt = new Date(world.clock.now() + 3_600_000).toISOString()
    const [kept, taken] = [
      await noticing.post({ user, template: 'order_shipped', data, send_at: sendAt }),
      await noticing.post({ user, template: 'order_shipped', data, send_at: sendAt }),
    ]
    const now = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.settle()
    expect(await noticing.messageOf(now.body.id)).toMatchObject({ state: 'delivered' })
    expect((await world.api<Message>('DELETE', `/v1/messages/${taken.body.id}`)).body).toMatchObject({
      state: 'suppressed',
      reason: 'cancelled',
    })
    expect((await world.api<Problem>('DELETE', `/v1/messages/${now.body.id}`)).body.code).toBe('message_sent')
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
    world.clock.advance(3_600_000)
    await world.app.housekeep()
    expect(await noticing.sendsTo(openid)).toHaveLength(2)
    expect(await noticing.messageOf(kept.body.id)).toMatchObject({ state: 'accepted' })
    world.clock.advance(-3_600_000)
  })

  test('that is too late is not sent any more [T39]', async () => {
    const { user, openid } = await noticing.newUser()
    const notAfter = new Date(world.clock.now() + 60_000).toISOString()
    const { body } = await noticing.post({ user, template: 'order_shipped', data, not_after: notAfter })
    world.clock.advance(600_000)
    await world.app.housekeep()
    world.clock.advance(-600_000)
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'expired' })
    expect(await noticing.told(body.id)).toEqual(['message.expired'])
    expect(await noticing.sendsTo(openid)).toEqual([])
  })
})
