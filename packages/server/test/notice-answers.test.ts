import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Harness } from './harness.ts'
import { data, type Noticing, startNoticing, templateSendPath } from './noticing.ts'

let noticing: Noticing
let world: Harness
beforeAll(async () => {
  noticing = await startNoticing()
  world = noticing.world
})
afterAll(() => world.close())
afterEach(() => noticing.calm())

describe('what WeChat says of a notice decides', () => {
  test('a lost answer is asked for once more, and the person has it once', async () => {
    const { user, openid } = await noticing.newUser()
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.fault({ kind: 'reset_after_accept' })
    // However long the first look takes: the second try may be due within it.
    await noticing.settle()
    world.clock.advance(2_000)
    await noticing.settle()
    world.clock.advance(-2_000)
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'delivered' })
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
  })

  test('a lost answer, and then a refusal, is not told as a failure: the person may have it', async () => {
    const { user } = await noticing.newUser()
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.fault({ kind: 'reset_after_accept' })
    await world.app.housekeep()
    await noticing.fault({ kind: 'errcode', errcode: 43019 })
    world.clock.advance(2_000)
    await world.app.housekeep()
    world.clock.advance(-2_000)
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'unknown' })
    expect(await noticing.told(body.id)).toEqual(['message.unknown'])
  })

  test('a lost answer is not asked for again tomorrow, when WeChat would not know the message any more', async () => {
    const { user, openid } = await noticing.newUser()
    const notAfter = new Date(world.clock.now() + 30 * 3_600_000).toISOString()
    const { body } = await noticing.post({ user, template: 'order_shipped', data, not_after: notAfter })
    await noticing.fault({ kind: 'reset_after_accept' })
    await world.app.housekeep()
    await noticing.fault({ kind: 'errcode', errcode: 45009 })
    world.clock.advance(2_000)
    await world.app.housekeep()
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'queued' })
    world.clock.advance(26 * 3_600_000)
    await world.app.housekeep()
    world.clock.advance(-26 * 3_600_000 - 2_000)
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'unknown' })
    expect(await noticing.sendsTo(openid)).toHaveLength(1)
  })

  test('what no answer comes to for eight minutes is unknown, and left alone', async () => {
    const { user, openid } = await noticing.newUser()
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.fault({ kind: 'http_5xx', times: 100 })
    for (const ms of [0, 2_000, 5_000, 20_000, 70_000, 70_000, 70_000, 70_000, 70_000, 70_000, 70_000]) {
      world.clock.advance(ms)
      await world.app.housekeep()
      await world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
    }
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'unknown' })
    await world.sim('DELETE', '/faults')
    world.clock.advance(600_000)
    await world.app.housekeep()
    world.clock.advance(-1_117_000)
    expect(await noticing.sendsTo(openid)).toEqual([])
  })

  test.each([
    ['user_block', 'failed', 'refused_by_user', 1],
    ['system_failed', 'delivered', undefined, 2],
  ])('a receipt of %s: %s', async (status, state, reason, sent) => {
    const { person, user, openid } = await noticing.newUser()
    await world.sim('POST', `/people/${person}/receipts`, { account: world.account.appid, status, times: 1 })
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.settle()
    world.clock.advance(2_000)
    await noticing.settle()
    world.clock.advance(-2_000)
    expect(await noticing.messageOf(body.id)).toMatchObject({ state, ...(reason && { reason }) })
    const sends = await noticing.sendsTo(openid)
    expect(new Set(sends.map((send) => send.client_msg_id)).size).toBe(sent)
  })

  test('a receipt may come before the answer, or after it', async () => {
    const { user } = await noticing.newUser()
    await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: false })
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await world.app.housekeep()
    await vi.waitFor(async () => {
      await world.app.housekeep()
      expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'delivered' })
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
    const { user } = await noticing.newUser()
    await noticing.fault({ kind: 'errcode', errcode })
    const { body } = await noticing.post({ user, template: 'order_shipped', data })
    await noticing.settle()
    expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'failed', reason })
  })

  test('who is busy is asked again, and what was told first arrives first', async () => {
    const { user, openid } = await noticing.newUser()
    await noticing.fault({ kind: 'errcode', errcode: -1 })
    const first = await noticing.post({ user, template: 'order_shipped', data: { ...data, thing1: '第一' } })
    world.clock.advance(1)
    const second = await noticing.post({ user, template: 'order_shipped', data: { ...data, thing1: '第二' } })
    await world.app.housekeep()
    world.clock.advance(3_000)
    await noticing.settle()
    world.clock.advance(-3_001)
    expect(await noticing.messageOf(first.body.id)).toMatchObject({ state: 'delivered' })
    expect(await noticing.messageOf(second.body.id)).toMatchObject({ state: 'delivered' })
    expect((await noticing.sendsTo(openid)).map((send) => JSON.stringify(send.data).match(/第./)?.[0])).toEqual([
      '第一',
      '第二',
    ])
  })

  test('a used-up minute pauses the account, and not for longer', async () => {
    const users = [await noticing.newUser(), await noticing.newUser()]
    await noticing.fault({ kind: 'errcode', errcode: 45011 })
    const posted = await Promise.all(users.map(({ user }) => noticing.post({ user, template: 'order_shipped', data })))
    const before = (await world.sim('GET', '/calls'))[templateSendPath] ?? 0
    await world.app.housekeep()
    const calls = ((await world.sim('GET', '/calls'))[templateSendPath] ?? 0) - before
    expect(calls).toBeLessThanOrEqual(2)
    world.clock.advance(61_000)
    await noticing.settle()
    world.clock.advance(-61_000)
    for (const { body } of posted) expect(await noticing.messageOf(body.id)).toMatchObject({ state: 'delivered' })
  })

  test('a used-up day of notices keeps no words in the chat waiting, and none of the notices is lost', async () => {
    const { person, user, openid } = await noticing.newUser()
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: '在吗' })
    await noticing.fault({ kind: 'errcode', errcode: 45009 })
    const not_after = new Date(world.clock.now() + 26 * 3_600_000).toISOString()
    const notice = await noticing.post({ user, template: 'order_shipped', data, not_after })
    await world.app.housekeep()
    world.clock.advance(1)
    const words = await noticing.post({ user, text: '在的' })
    await world.app.housekeep()
    expect(await noticing.messageOf(words.body.id)).toMatchObject({ state: 'accepted' })
    expect(await noticing.messageOf(notice.body.id)).toMatchObject({ state: 'queued' })
    world.clock.advance(25 * 3_600_000)
    await world.app.housekeep()
    world.clock.advance(-25 * 3_600_000 - 1)
    expect(await noticing.messageOf(notice.body.id)).toMatchObject({ state: 'accepted' })
    expect(await noticing.sendsTo(openid)).toHaveLength(2)
  })

  test('a used-up day fails what cannot wait, and keeps the rest for tomorrow', async () => {
    const users = [await noticing.newUser(), await noticing.newUser()]
    await noticing.fault({ kind: 'errcode', errcode: 45009 })
    const soon = new Date(world.clock.now() + 60_000).toISOString()
    const long = new Date(world.clock.now() + 26 * 3_600_000).toISOString()
    const now = await noticing.post({ user: users[0]?.user, template: 'order_shipped', data, not_after: soon })
    await world.app.housekeep()
    const later = await noticing.post({ user: users[1]?.user, template: 'order_shipped', data, not_after: long })
    await world.app.housekeep()
    expect(await noticing.messageOf(now.body.id)).toMatchObject({ state: 'failed', reason: 'quota' })
    expect(await noticing.messageOf(later.body.id)).toMatchObject({ state: 'queued' })
    world.clock.advance(25 * 3_600_000)
    await world.app.housekeep()
    world.clock.advance(-25 * 3_600_000)
    expect(await noticing.messageOf(later.body.id)).toMatchObject({ state: 'accepted' })
  })
})
