import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Harness, Problem } from './harness.ts'
import { type Subscribing, startSubscribing } from './subscribing.ts'

let subscribing: Subscribing
let world: Harness
beforeAll(async () => {
  subscribing = await startSubscribing()
  world = subscribing.world
})
afterAll(() => subscribing.close())
afterEach(() => world.sim('DELETE', '/faults'))

describe('the one message', () => {
  test('arrives in the chat, and uses the permission up', async () => {
    const one = await subscribing.newUser()
    await subscribing.allow(one)
    const url = 'https://shop.example.com/teas/3'
    const { status, body } = await subscribing.post({ user: one.user, one_time: subscribing.oneTime(), url })
    expect(status).toBe(202)
    expect(body).toMatchObject({ state: 'queued', via: 'one_time', scene: 7 })
    expect(await subscribing.remaining(one.user)).toMatchObject([{ remaining: 1 }])
    await world.app.housekeep()
    expect(await subscribing.messageOf(body.id)).toMatchObject({ state: 'accepted', via: 'one_time' })
    expect(await subscribing.remaining(one.user)).toEqual([])
    const chat = await world.sim('GET', `/people/${one.person}/chat?account=${world.account.appid}`)
    expect(chat.at(-1)).toMatchObject({
      type: 'subscribe',
      card: { title: '新茶到店', url, fields: [{ value: '铁观音\n今天到' }] },
    })
    const again = await subscribing.post({ user: one.user, one_time: subscribing.oneTime() })
    await world.app.housekeep()
    expect(await subscribing.messageOf(again.body.id)).toMatchObject({ state: 'failed', reason: 'not_subscribed' })
    expect(await subscribing.sendsTo(one.openid)).toHaveLength(1)
  })

  test('goes out once for one permission, however many are asked for at once', async () => {
    const one = await subscribing.newUser()
    await subscribing.allow(one)
    const posted = await Promise.all(
      [1, 2, 3].map(() => subscribing.post({ user: one.user, one_time: subscribing.oneTime() })),
    )
    await world.app.housekeep()
    const states = await Promise.all(posted.map(async ({ body }) => (await subscribing.messageOf(body.id)).state))
    expect(states.toSorted()).toEqual(['accepted', 'failed', 'failed'])
    expect(await subscribing.sendsTo(one.openid)).toHaveLength(1)
  })

  test('needs the permission of its own scene', async () => {
    const one = await subscribing.newUser()
    await subscribing.allow(one, { scene: 8 })
    const { body } = await subscribing.post({ user: one.user, one_time: subscribing.oneTime() })
    await world.app.housekeep()
    expect(await subscribing.messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_subscribed' })
    expect(await subscribing.remaining(one.user)).toMatchObject([{ scene: 8, remaining: 1 }])
  })

  test.each([
    [47003, 'content_refused', 1],
    [40062, 'content_refused', 1],
    [43101, 'not_subscribed', 0],
  ])('that WeChat refuses with %i is %s; what was not used up is kept', async (errcode, reason, left) => {
    const one = await subscribing.newUser()
    await subscribing.allow(one)
    await world.sim('POST', '/faults', {
      path: '/cgi-bin/message/template/subscribe',
      kind: 'errcode',
      errcode,
      times: 1,
    })
    const { body } = await subscribing.post({ user: one.user, one_time: subscribing.oneTime() })
    await world.app.housekeep()
    expect(await subscribing.messageOf(body.id)).toMatchObject({ state: 'failed', reason })
    expect((await subscribing.remaining(one.user))?.length).toBe(left)
  })

  test('of which no answer came is unknown, never sent twice, and its permission counts as used', async () => {
    const one = await subscribing.newUser()
    await subscribing.allow(one)
    await world.sim('POST', '/faults', {
      path: '/cgi-bin/message/template/subscribe',
      kind: 'reset_after_accept',
      times: 1,
    })
    const { body } = await subscribing.post({ user: one.user, one_time: subscribing.oneTime() })
    await world.app.housekeep()
    await world.app.housekeep()
    expect(await subscribing.messageOf(body.id)).toMatchObject({ state: 'unknown' })
    expect(await subscribing.sendsTo(one.openid)).toHaveLength(1)
    expect(await subscribing.remaining(one.user)).toEqual([])
  })

  test('reaches who asked for it without following', async () => {
    const one = await subscribing.newUser(false)
    await subscribing.allow(one)
    const { body } = await subscribing.post({
      user: one.user,
      reach: 'any',
      one_time: subscribing.oneTime(),
      text: '新茶到店',
    })
    expect(body).toMatchObject({ via: 'one_time' })
    await world.app.housekeep()
    expect(await subscribing.messageOf(body.id)).toMatchObject({ state: 'accepted' })
    expect(await subscribing.sendsTo(one.openid)).toHaveLength(1)
  })

  test.each([
    [{ title: '一'.repeat(16) }, 'one_time.title'],
    [{ title: '两\n行' }, 'one_time.title'],
    [{ title: ' ' }, 'one_time.title'],
    [{ content: 'x'.repeat(201) }, 'one_time.content'],
    [{ content: '响\u0007' }, 'one_time.content'],
  ])('is refused before it is sent, and the field is named: %o [B58]', async (change, path) => {
    const one = await subscribing.newUser()
    await subscribing.allow(one)
    const { status, body } = await subscribing.post<Problem>({ user: one.user, one_time: subscribing.oneTime(change) })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_value', errors: [{ path }] })
  })

  test('is one of the ways of `reach`, and every way that is closed says why and what to do', async () => {
    const one = await subscribing.newUser()
    world.clock.advance(61_000)
    const body = { user: one.user, reach: 'any', one_time: subscribing.oneTime(), text: '新茶到店' }
    expect((await subscribing.post<Problem>(body)).body).toMatchObject({
      code: 'user_unreachable',
      ways: [
        {
          way: 'one_time',
          account: world.account.appid,
          reason: 'not_subscribed',
          advice: expect.stringContaining('/subscriptions'),
        },
        { way: 'customer_service', reason: 'reply_window_over', advice: expect.any(String) },
      ],
    })
    const waysOf = async () =>
      Object.fromEntries((await subscribing.reach(one.user))?.ways.map(({ way, ...is }) => [way, is]) ?? [])
    expect(await waysOf()).toEqual({
      template: { allowed: true },
      subscription: { allowed: false, reason: 'not_subscribed', advice: expect.any(String) },
      one_time: { allowed: false, reason: 'not_subscribed', advice: expect.any(String) },
      customer_service: { allowed: false, reason: 'reply_window_over', advice: expect.any(String) },
    })
    await subscribing.allow(one)
    expect((await waysOf()).one_time).toEqual({ allowed: true })
    expect((await subscribing.post(body)).body).toMatchObject({ via: 'one_time' })
    await world.sim('POST', `/people/${one.person}/say`, { account: world.account.appid, text: '退订' })
    expect((await subscribing.post<Problem>(body)).body).toMatchObject({
      ways: [{ reason: 'muted' }, { reason: 'muted' }],
    })
  })
})
