import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { type Harness, type Problem, startHarness } from './harness.ts'

let world: Harness
let template: string
const sendPath = '/cgi-bin/message/template/send'
const content = '{{first.DATA}}\n商品：{{thing1.DATA}}\n金额：{{amount2.DATA}}\n时间：{{time3.DATA}}\n{{remark.DATA}}'
const data = { thing1: '铁观音', amount2: '￥88.50', time3: '2026年11月21日 15:01' }

beforeAll(async () => {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 10_000, flowsPerAddress: 10_000 }
  world = await startHarness({ app: { registration: 'auto', signInNotices: false }, config: { limits } })
  await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: true })
  template = await addTemplate({ title: '订单发货通知', content })
  await world.app.templates.sync(world.account.appid)
  await world.app.templates.change(world.account.appid, template, { name: 'order_shipped' })
})
afterAll(() => world.close())
afterEach(async () => {
  await world.sim('DELETE', '/faults')
  await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: true })
  await world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
})

interface Message {
  id: string
  state: string
  via?: string
  reason?: string
  skipped?: { via: string; account: string; reason: string }[]
}

async function addTemplate(of: object): Promise<string> {
  const added = await world.sim('POST', `/accounts/${world.account.appid}/templates`, of)
  return added.template_id
}

/** @returns a person who is a user of the site */
async function newUser(): Promise<{ person: string; user: string; openid: string }> {
  const person = await world.newPerson()
  const flow = await world.createFlow()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, {
    completion_code: body.completion_code,
  })
  const { openids } = await world.sim('GET', `/people/${person}`)
  return { person, user: redeemed.body.user.id, openid: openids[world.account.appid] }
}

const post = <T = Message>(body: object, headers: Record<string, string> = {}) =>
  world.api<T>('POST', '/v1/messages', body, { headers })
const messageOf = async (id: string) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body
const sendsTo = async (openid: string): Promise<{ client_msg_id?: string; template_id?: string; data: unknown }[]> =>
  world.sim('GET', `/sends?touser=${openid}`)
const cardsOf = async (person: string) =>
  (
    (await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)) as {
      type: string
      card?: object
    }[]
  )
    .filter(({ type }) => type === 'template')
    .map(({ card }) => card)
async function told(id: string): Promise<string[]> {
  const { body } = await world.api<{ data: { type: string; data: { message_id?: string } }[] }>(
    'GET',
    '/v1/events?limit=1000',
  )
  return body.data.filter((event) => event.data.message_id === id).map(({ type }) => type)
}
const fault = (of: object) => world.sim('POST', '/faults', { path: sendPath, times: 1, ...of })
/** What is queued is sent, and joined with its receipts, which come before the answers. */
async function settle() {
  await world.app.housekeep()
  await world.app.housekeep()
}

describe('templates', () => {
  test('are what the account has, with what every field may say', async () => {
    const { body } = await world.api<{ data: object[] }>('GET', `/v1/templates?account=${world.account.appid}`)
    expect(body.data).toContainEqual(
      expect.objectContaining({
        id: template,
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
    const id = await addTemplate({ title: '短命', content: '{{thing1.DATA}}' })
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
    const { person, user, openid } = await newUser()
    const url = 'https://shop.example.com/orders/17'
    const posted = await post({ user, template: 'order_shipped', data, url })
    expect(posted).toMatchObject({ status: 202, body: { state: 'queued', via: 'template', template } })
    expect(await sendsTo(openid)).toEqual([])
    await settle()
    expect(await messageOf(posted.body.id)).toMatchObject({ state: 'delivered', via: 'template' })
    expect(await told(posted.body.id)).toEqual(['message.accepted', 'message.delivered'])
    expect(await cardsOf(person)).toMatchObject([
      {
        title: '订单发货通知',
        url,
        fields: expect.arrayContaining([{ label: '商品', key: 'thing1', value: '铁观音' }]),
      },
    ])
  })

  test('goes by the site’s own id of the user, too', async () => {
    const { user, openid } = await newUser()
    await world.api('PUT', `/v1/users/${user}/external_user_id`, { external_user_id: `no ${openid}` })
    expect((await post({ user: `no ${openid}`, template: 'order_shipped', data })).status).toBe(202)
    await settle()
    expect(await sendsTo(openid)).toHaveLength(1)
    expect((await post<Problem>({ user: 'nobody', template: 'order_shipped', data })).body.code).toBe('not_found')
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
    const { user, openid } = await newUser()
    const { status, body } = await post<Problem & { errors: { path: string; message: string }[] }>({
      user,
      template: 'order_shipped',
      data: { ...data, ...change },
    })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_value', errors: [{ path, message: expect.stringContaining(why) }] })
    await settle()
    expect(await sendsTo(openid)).toEqual([])
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
    const { user } = await newUser()
    expect((await post<Problem>({ user, template: 'order_shipped', data, url })).body).toMatchObject({
      status: 422,
      code: 'url_not_allowed',
    })
  })

  test.each(['send_at', 'not_after'])('has times that clocks show: %s', async (name) => {
    const { user } = await newUser()
    const { status, body } = await post<Problem & { errors: object[] }>({
      user,
      template: 'order_shipped',
      data,
      [name]: '2026-12-31T23:59:60Z',
    })
    expect([status, body.code, body.errors]).toMatchObject([422, 'invalid_value', [{ path: name }]])
  })

  test('opens mini programs that the operator has listed', async () => {
    const { user, openid } = await newUser()
    const body = { user, template: 'order_shipped', data, mini_program: { appid: 'wx00000000000000aa', pagepath: 'p' } }
    expect((await post<Problem>(body)).body).toMatchObject({ code: 'url_not_allowed' })
    await world.app.apps.change(world.site.id, { miniPrograms: ['wx00000000000000aa'] })
    expect((await post(body)).status).toBe(202)
    await settle()
    expect(await sendsTo(openid)).toHaveLength(1)
  })

  test('is sent once for one key, however often it is asked for [B53, B54]', async () => {
    const { user, openid } = await newUser()
    const key = { 'idempotency-key': `order ${user}` }
    const body = { user, template: 'order_shipped', data }
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(body, key)))
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1)
    expect((await post<Problem>({ ...body, data: { ...data, thing1: '龙井' } }, key)).body.code).toBe(
      'idempotency_mismatch',
    )
    await settle()
    expect(await sendsTo(openid)).toHaveLength(1)
  })

  test('to who has left fails, and the site is told why [B60]', async () => {
    const { person, user, openid } = await newUser()
    await world.sim('POST', `/people/${person}/unfollow`, { account: world.account.appid })
    const { status, body } = await post({ user, template: 'order_shipped', data })
    expect(status).toBe(202)
    await settle()
    expect(await messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_following' })
    expect(await told(body.id)).toEqual(['message.failed'])
    expect(await sendsTo(openid)).toEqual([])
  })

  test('to who left and came back waits for their own word', async () => {
    const { person, user, openid } = await newUser()
    for (const what of ['unfollow', 'follow'])
      await world.sim('POST', `/people/${person}/${what}`, { account: world.account.appid })
    const { body } = await post({ user, template: 'order_shipped', data })
    await settle()
    expect(await messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_following' })
    const flow = await world.createFlow()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    const { body: view } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code: view.completion_code })
    await post({ user, template: 'order_shipped', data })
    await settle()
    expect(await sendsTo(openid)).toHaveLength(1)
  })

  test('may be sent later, and taken back until then', async () => {
    const { user, openid } = await newUser()
    const sendAt = new Date(world.clock.now() + 3_600_000).toISOString()
    const [kept, taken] = [
      await post({ user, template: 'order_shipped', data, send_at: sendAt }),
      await post({ user, template: 'order_shipped', data, send_at: sendAt }),
    ]
    const now = await post({ user, template: 'order_shipped', data })
    await settle()
    expect(await messageOf(now.body.id)).toMatchObject({ state: 'delivered' })
    expect((await world.api<Message>('DELETE', `/v1/messages/${taken.body.id}`)).body).toMatchObject({
      state: 'suppressed',
      reason: 'cancelled',
    })
    expect((await world.api<Problem>('DELETE', `/v1/messages/${now.body.id}`)).body.code).toBe('message_sent')
    expect(await sendsTo(openid)).toHaveLength(1)
    world.clock.advance(3_600_000)
    await world.app.housekeep()
    expect(await sendsTo(openid)).toHaveLength(2)
    expect(await messageOf(kept.body.id)).toMatchObject({ state: 'accepted' })
    world.clock.advance(-3_600_000)
  })

  test('that is too late is not sent any more [T39]', async () => {
    const { user, openid } = await newUser()
    const notAfter = new Date(world.clock.now() + 60_000).toISOString()
    const { body } = await post({ user, template: 'order_shipped', data, not_after: notAfter })
    world.clock.advance(600_000)
    await world.app.housekeep()
    world.clock.advance(-600_000)
    expect(await messageOf(body.id)).toMatchObject({ state: 'expired' })
    expect(await told(body.id)).toEqual(['message.expired'])
    expect(await sendsTo(openid)).toEqual([])
  })
})

describe('what may be sent', () => {
  const reach = async (user: string) =>
    (await world.api<{ data: object[] }>('GET', `/v1/users/${user}/reach`)).body.data
  let notice: string
  beforeAll(async () => {
    notice = await addTemplate({ kind: 'subscribe', type: 2, title: '预约提醒', content: '事项：{{thing1.DATA}}' })
    await world.app.templates.sync(world.account.appid)
  })
  const subscription = () => ({ template: notice, data: { thing1: '品茶会' } })
  const allow = (person: string, accept = true, from = 'popup') =>
    world.sim('POST', `/people/${person}/subscription`, {
      account: world.account.appid,
      template_ids: [notice],
      accept,
      from,
    })

  test('is told for each WeChat of a user, and why not the rest', async () => {
    const { person, user } = await newUser()
    expect(await reach(user)).toMatchObject([
      { account: world.account.appid, following: true, muted: false, templates: { allowed: true }, subscriptions: [] },
    ])
    await allow(person)
    // What they may be told because they scanned is over.
    world.clock.advance(61_000)
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: '在吗' })
    expect(await reach(user)).toMatchObject([
      { subscriptions: [{ template: notice, title: '预约提醒', remaining: 1 }], text: { remaining: 5 } },
    ])
    await world.sim('POST', `/people/${person}/unfollow`, { account: world.account.appid })
    expect(await reach(user)).toMatchObject([
      { following: false, templates: { allowed: false, reason: 'not_following' }, subscriptions: [] },
    ])
  })

  test('a permission is good for one notice, however many are asked for at once', async () => {
    const { person, user, openid } = await newUser()
    await allow(person)
    const posted = await Promise.all([1, 2, 3].map(() => post({ user, subscription: subscription() })))
    await settle()
    const states = await Promise.all(posted.map(async ({ body }) => (await messageOf(body.id)).state))
    expect(states.toSorted()).toEqual(['delivered', 'failed', 'failed'])
    expect(await sendsTo(openid)).toHaveLength(1)
    expect(await reach(user)).toMatchObject([{ subscriptions: [] }])
  })

  test('a permission that nothing was sent by is kept; one that WeChat does not know is gone', async () => {
    const { person, user } = await newUser()
    await allow(person)
    const path = '/cgi-bin/message/subscribe/bizsend'
    await world.sim('POST', '/faults', { path, kind: 'errcode', errcode: 47003, times: 1 })
    const refused = await post({ user, subscription: subscription() })
    await settle()
    expect(await messageOf(refused.body.id)).toMatchObject({ state: 'failed', reason: 'content_refused' })
    expect(await reach(user)).toMatchObject([{ subscriptions: [{ remaining: 1 }] }])
    await world.sim('POST', '/faults', { path, kind: 'errcode', errcode: 43101, times: 1 })
    const unknown = await post({ user, subscription: subscription() })
    await settle()
    expect(await messageOf(unknown.body.id)).toMatchObject({ state: 'failed', reason: 'not_subscribed' })
    expect(await reach(user)).toMatchObject([{ subscriptions: [] }])
  })

  test('a permission is over when it is switched off, or the person leaves; declined once, the former stay', async () => {
    const { person, user } = await newUser()
    await allow(person)
    // Of one second, WeChat's repeat of a push and a second push are the same.
    await world.sim('POST', '/clock', { offset_ms: 1_000 })
    await allow(person)
    await allow(person, false)
    await world.sim('POST', '/clock', { offset_ms: 0 })
    expect(await reach(user)).toMatchObject([{ subscriptions: [{ remaining: 2 }] }])
    await allow(person, false, 'settings')
    expect(await reach(user)).toMatchObject([{ subscriptions: [] }])
    await allow(person)
    for (const what of ['unfollow', 'follow'])
      await world.sim('POST', `/people/${person}/${what}`, { account: world.account.appid })
    expect(await reach(user)).toMatchObject([{ subscriptions: [] }])
  })

  test('the first way that is allowed is taken, and it is said why not the others', async () => {
    const { person, user, openid } = await newUser()
    const body = { user, reach: 'any', subscription: subscription(), text: '品茶会今晚七点' }
    world.clock.advance(61_000)
    const refused = await post<Problem & { errors: object[] }>(body)
    expect(refused.body).toMatchObject({
      code: 'user_unreachable',
      errors: [
        { path: 'subscription', message: expect.stringContaining('not_subscribed') },
        { path: 'customer_service', message: expect.stringContaining('reply_window_over') },
      ],
    })
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: '几点' })
    const spoken = await post(body)
    expect(spoken.body).toMatchObject({
      via: 'customer_service',
      skipped: [{ via: 'subscription', reason: 'not_subscribed' }],
    })
    await allow(person)
    expect((await post(body)).body).toMatchObject({ via: 'subscription' })
    await settle()
    expect(await sendsTo(openid)).toHaveLength(2)
    expect((await post<Problem>({ user, text: '一', subscription: subscription() })).body.code).toBe('invalid_value')
  })

  test('who wants no notices gets none, until they want them again', async () => {
    const { person, user, openid } = await newUser()
    const say = (text: string) => world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text })
    const lastWords = async () =>
      (await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)).at(-1).text
    await say('退订')
    expect(await lastWords()).toContain('恢复订阅')
    expect(await reach(user)).toMatchObject([{ muted: true }])
    const { body } = await post({ user, template: 'order_shipped', data })
    await settle()
    expect(await messageOf(body.id)).toMatchObject({ state: 'suppressed', reason: 'muted' })
    expect(await told(body.id)).toEqual(['message.suppressed'])
    await say('恢复订阅')
    await post({ user, template: 'order_shipped', data })
    await settle()
    expect(await sendsTo(openid)).toHaveLength(1)
  })
})

describe('what WeChat says of a notice decides', () => {
  test('a lost answer is asked for once more, and the person has it once', async () => {
    const { user, openid } = await newUser()
    const { body } = await post({ user, template: 'order_shipped', data })
    await fault({ kind: 'reset_after_accept' })
    // However long the first look takes: the second try may be due within it.
    await settle()
    world.clock.advance(2_000)
    await settle()
    world.clock.advance(-2_000)
    expect(await messageOf(body.id)).toMatchObject({ state: 'delivered' })
    expect(await sendsTo(openid)).toHaveLength(1)
  })

  test('a lost answer, and then a refusal, is not told as a failure: the person may have it', async () => {
    const { user } = await newUser()
    const { body } = await post({ user, template: 'order_shipped', data })
    await fault({ kind: 'reset_after_accept' })
    await world.app.housekeep()
    await fault({ kind: 'errcode', errcode: 43019 })
    world.clock.advance(2_000)
    await world.app.housekeep()
    world.clock.advance(-2_000)
    expect(await messageOf(body.id)).toMatchObject({ state: 'unknown' })
    expect(await told(body.id)).toEqual(['message.unknown'])
  })

  test('a lost answer is not asked for again tomorrow, when WeChat would not know the message any more', async () => {
    const { user, openid } = await newUser()
    const notAfter = new Date(world.clock.now() + 30 * 3_600_000).toISOString()
    const { body } = await post({ user, template: 'order_shipped', data, not_after: notAfter })
    await fault({ kind: 'reset_after_accept' })
    await world.app.housekeep()
    await fault({ kind: 'errcode', errcode: 45009 })
    world.clock.advance(2_000)
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'queued' })
    world.clock.advance(26 * 3_600_000)
    await world.app.housekeep()
    world.clock.advance(-26 * 3_600_000 - 2_000)
    expect(await messageOf(body.id)).toMatchObject({ state: 'unknown' })
    expect(await sendsTo(openid)).toHaveLength(1)
  })

  test('what no answer comes to for eight minutes is unknown, and left alone', async () => {
    const { user, openid } = await newUser()
    const { body } = await post({ user, template: 'order_shipped', data })
    await fault({ kind: 'http_5xx', times: 100 })
    for (const ms of [0, 2_000, 5_000, 20_000, 70_000, 70_000, 70_000, 70_000, 70_000, 70_000, 70_000]) {
      world.clock.advance(ms)
      await world.app.housekeep()
      await world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
    }
    expect(await messageOf(body.id)).toMatchObject({ state: 'unknown' })
    await world.sim('DELETE', '/faults')
    world.clock.advance(600_000)
    await world.app.housekeep()
    world.clock.advance(-1_117_000)
    expect(await sendsTo(openid)).toEqual([])
  })

  test.each([
    ['user_block', 'failed', 'refused_by_user', 1],
    ['system_failed', 'delivered', undefined, 2],
  ])('a receipt of %s: %s', async (status, state, reason, sent) => {
    const { person, user, openid } = await newUser()
    await world.sim('POST', `/people/${person}/receipts`, { account: world.account.appid, status, times: 1 })
    const { body } = await post({ user, template: 'order_shipped', data })
    await settle()
    world.clock.advance(2_000)
    await settle()
    world.clock.advance(-2_000)
    expect(await messageOf(body.id)).toMatchObject({ state, ...(reason && { reason }) })
    const sends = await sendsTo(openid)
    expect(new Set(sends.map((send) => send.client_msg_id)).size).toBe(sent)
  })

  test('a receipt may come before the answer, or after it', async () => {
    const { user } = await newUser()
    await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: false })
    const { body } = await post({ user, template: 'order_shipped', data })
    await world.app.housekeep()
    await vi.waitFor(async () => {
      await world.app.housekeep()
      expect(await messageOf(body.id)).toMatchObject({ state: 'delivered' })
    })
  })

  test.each([
    [40037, 'account_refused'],
    [40249, 'content_refused'],
    [47003, 'content_refused'],
    [43004, 'not_following'],
    [43019, 'refused_by_user'],
    [48001, 'account_refused'],
    [99999, 'content_refused'],
  ])('errcode %i ends it: %s', async (errcode, reason) => {
    const { user } = await newUser()
    await fault({ kind: 'errcode', errcode })
    const { body } = await post({ user, template: 'order_shipped', data })
    await settle()
    expect(await messageOf(body.id)).toMatchObject({ state: 'failed', reason })
  })

  test('who is busy is asked again, and what was told first arrives first', async () => {
    const { user, openid } = await newUser()
    await fault({ kind: 'errcode', errcode: -1 })
    const first = await post({ user, template: 'order_shipped', data: { ...data, thing1: '第一' } })
    world.clock.advance(1)
    const second = await post({ user, template: 'order_shipped', data: { ...data, thing1: '第二' } })
    await world.app.housekeep()
    world.clock.advance(3_000)
    await settle()
    world.clock.advance(-3_001)
    expect(await messageOf(first.body.id)).toMatchObject({ state: 'delivered' })
    expect(await messageOf(second.body.id)).toMatchObject({ state: 'delivered' })
    expect((await sendsTo(openid)).map((send) => JSON.stringify(send.data).match(/第./)?.[0])).toEqual(['第一', '第二'])
  })

  test('a used-up minute pauses the account, and not for longer', async () => {
    const users = [await newUser(), await newUser()]
    await fault({ kind: 'errcode', errcode: 45011 })
    const posted = await Promise.all(users.map(({ user }) => post({ user, template: 'order_shipped', data })))
    const before = (await world.sim('GET', '/calls'))[sendPath] ?? 0
    await world.app.housekeep()
    const calls = ((await world.sim('GET', '/calls'))[sendPath] ?? 0) - before
    expect(calls).toBeLessThanOrEqual(2)
    world.clock.advance(61_000)
    await settle()
    world.clock.advance(-61_000)
    for (const { body } of posted) expect(await messageOf(body.id)).toMatchObject({ state: 'delivered' })
  })

  test('a used-up day of notices keeps no words in the chat waiting, and none of the notices is lost', async () => {
    const { person, user, openid } = await newUser()
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: '在吗' })
    await fault({ kind: 'errcode', errcode: 45009 })
    const not_after = new Date(world.clock.now() + 26 * 3_600_000).toISOString()
    const notice = await post({ user, template: 'order_shipped', data, not_after })
    await world.app.housekeep()
    world.clock.advance(1)
    const words = await post({ user, text: '在的' })
    await world.app.housekeep()
    expect(await messageOf(words.body.id)).toMatchObject({ state: 'accepted' })
    expect(await messageOf(notice.body.id)).toMatchObject({ state: 'queued' })
    world.clock.advance(25 * 3_600_000)
    await world.app.housekeep()
    world.clock.advance(-25 * 3_600_000 - 1)
    expect(await messageOf(notice.body.id)).toMatchObject({ state: 'accepted' })
    expect(await sendsTo(openid)).toHaveLength(2)
  })

  test('a used-up day fails what cannot wait, and keeps the rest for tomorrow', async () => {
    const users = [await newUser(), await newUser()]
    await fault({ kind: 'errcode', errcode: 45009 })
    const soon = new Date(world.clock.now() + 60_000).toISOString()
    const long = new Date(world.clock.now() + 26 * 3_600_000).toISOString()
    const now = await post({ user: users[0]?.user, template: 'order_shipped', data, not_after: soon })
    await world.app.housekeep()
    const later = await post({ user: users[1]?.user, template: 'order_shipped', data, not_after: long })
    await world.app.housekeep()
    expect(await messageOf(now.body.id)).toMatchObject({ state: 'failed', reason: 'quota' })
    expect(await messageOf(later.body.id)).toMatchObject({ state: 'queued' })
    world.clock.advance(25 * 3_600_000)
    await world.app.housekeep()
    world.clock.advance(-25 * 3_600_000)
    expect(await messageOf(later.body.id)).toMatchObject({ state: 'accepted' })
  })
})
