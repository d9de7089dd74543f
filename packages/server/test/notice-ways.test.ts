import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Harness, Problem } from './harness.ts'
import { data, type Noticing, startNoticing } from './noticing.ts'

let noticing: Noticing
let world: Harness
beforeAll(async () => {
  noticing = await startNoticing()
  world = noticing.world
})
afterAll(() => world.close())
afterEach(() => noticing.calm())

describe('what may be sent', () => {
  const reach = async (user: string) =>
    (await world.api<{ data: object[] }>('GET', `/v1/users/${user}/reach`)).body.data
  let notice: string
  beforeAll(async () => {
    notice = await noticing.addTemplate({
      kind: 'subscribe',
      type: 2,
      title: '预约提醒',
      content: '事项：{{thing1.DATA}}',
    })
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
    const { person, user } = await noticing.newUser()
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
    const { person, user, openid } = await noticing.newUser()
    await allow(person)
    const posted = await Promise.all([1, 2, 3].map(() => noticing.post({ user, subscription: subscription() })))
    await noticing.settle()
    const states = await Promise.all(posted.map(async ({ body }) => (await noticing.messageOf(body.id)).state))
    expect(states.toSorted()).toEqual(['delivered', 'failed', 'failed'])
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
    expect(await reach(user)).toMatchObject([{ subscriptions: [] }])
  })

  test('a permission that nothing was sent by is kept; one that WeChat does not know is gone', async () => {
    const { person, user } = await noticing.newUser()
    await allow(person)
    const path = '/cgi-bin/message/subscribe/bizsend'
    await world.sim('POST', '/faults', { path, kind: 'errcode', errcode: 47003, times: 1 })
    const refused = await noticing.post({ user, subscription: subscription() })
    await noticing.settle()
    expect(await noticing.messageOf(refused.body.id)).toMatchObject({ state: 'failed', reason: 'content_refused' })
    expect(await reach(user)).toMatchObject([{ subscriptions: [{ remaining: 1 }] }])
    await world.sim('POST', '/faults', { path, kind: 'errcode', errcode: 43101, times: 1 })
    const unknown = await noticing.post({ user, subscription: subscription() })
    await noticing.settle()
    expect(await noticing.messageOf(unknown.body.id)).toMatchObject({ state: 'failed', reason: 'not_subscribed' })
    expect(await reach(user)).toMatchObject([{ subscriptions: [] }])
  })

  test('a permission is over when it is switched off, or the person leaves; declined once, the former stay', async () => {
    const { person, user } = await noticing.newUser()
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
    const { person, user, openid } = await noticing.newUser()
    const body = { user, reach: 'any', subscription: subscription(), text: '品茶会今晚七点' }
    world.clock.advance(61_000)
    const refused = await noticing.post<Problem & { errors: object[] }>(body)
    expect(refused.body).toMatchObject({
      code: 'user_unreachable',
      errors: [
        { path: 'subscription', message: expect.stringContaining('not_subscribed') },
        { path: 'customer_service', message: expect.stringContaining('reply_window_over') },
      ],
    })
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: '几点' })
    const spoken = await noticing.post(body)
    expect(spoken.body).toMatchObject({
      via: 'customer_service',
      skipped: [{ via: 'subscription', reason: 'not_subscribed' }],
    })
    await allow(person)
    expect((await noticing.post(body)).body).toMatchObject({ via: 'subscription' })
    await noticing.settle()
    expect(await noticing.sendsTo(openid)).toHaveLength(2)
    expect((await noticing.post<Problem>({ user, text: '一', subscription: subscription() })).body.code).toBe(
      'invalid_value',
    )
  })

  test('who wants no notices gets none, until they want them again', async () => {
    const { person, user, openid } = await noticing.newUser()
    const say = (text: string) => world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text })
    const lastWords = async () =>
      (await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)).at(-1).text
    await say('退订')
    expect(await lastWords()).toContain('恢复订阅')
    expect(await reach(user)).toMatchObject([{ muted: true }])
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.settle()
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'suppressed', reason: 'muted' })
    expect(await noticing.told(body.id)).toEqual(['message.suppressed'])
    await say('恢复订阅')
    await noticing.post({ user, template: 'order_shipped', data })
    await noticing.settle()
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
  })
})
