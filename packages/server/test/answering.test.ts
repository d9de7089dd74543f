import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Conversing, startConversing } from './conversing.ts'
import type { Harness, Problem } from './harness.ts'
import { look } from './wire.ts'

let conversing: Conversing
let world: Harness
beforeAll(async () => {
  conversing = await startConversing()
  world = conversing.world
})
afterAll(() => world.close())
/** Nothing of one test is sent in the next. */
afterEach(() => world.app.housekeep())

describe('a site answers', () => {
  test('by a customer-service message, whose text is then kept no longer', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '查询订单')
    const { data } = await conversing.lastTold()
    const answer = await conversing.reply(data.message_id, '订单 42 已发货')
    expect(answer).toMatchObject({ status: 202, body: { in_reply_to: data.message_id, state: 'queued' } })
    await world.app.housekeep()
    expect(await conversing.messageOf(answer.body.id)).toMatchObject({ state: 'accepted', via: 'customer_service' })
    expect((await conversing.chatOf(person)).at(-1)).toMatchObject({ from: 'account', text: '订单 42 已发货' })
    expect(await look(world, 'SELECT id FROM messages WHERE text_sealed IS NOT NULL')).toEqual([])
  })

  test('several times, in the order in which it spoke', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { data } = await conversing.lastTold()
    for (const text of ['一', '二', '三', '四', '五'])
      expect((await conversing.reply(data.message_id, text)).status).toBe(202)
    expect((await conversing.reply<Problem>(data.message_id, '六')).body).toMatchObject({
      status: 410,
      code: 'reply_window_over',
    })
    await world.app.housekeep()
    expect((await conversing.chatOf(person)).slice(-5).map(({ text }) => text)).toEqual(['一', '二', '三', '四', '五'])
  })

  test('a message for 48 hours, a tap for a minute', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const written = (await conversing.lastTold()).data.message_id
    await conversing.tap(person, { key: 'ORDER' })
    const tapped = (await conversing.lastTold()).data.message_id
    world.clock.advance(61_000)
    expect((await conversing.reply<Problem>(tapped, 'x')).body.code).toBe('reply_window_over')
    expect((await conversing.reply(written, 'x')).status).toBe(202)
    await world.app.housekeep()
    world.clock.advance(48 * 3_600_000)
    expect((await conversing.reply<Problem>(written, 'x')).body.code).toBe('reply_window_over')
    world.clock.advance(-48 * 3_600_000 - 61_000)
  })

  test('once for each Idempotency-Key, and never another text under it [B53, B54]', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { data } = await conversing.lastTold()
    const key = { 'idempotency-key': `k-${person}` }
    const answers = await Promise.all(Array.from({ length: 20 }, () => conversing.reply(data.message_id, '在', key)))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    expect((await conversing.reply<Problem>(data.message_id, '不在', key)).body).toMatchObject({
      code: 'idempotency_mismatch',
    })
    const before = await conversing.sends()
    await world.app.housekeep()
    expect(await conversing.sends()).toBe(before + 1)
  })

  test('nobody who has left: the site is told so, and nothing is sent [B60]', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '再见')
    const { data } = await conversing.lastTold()
    const early = await conversing.reply(data.message_id, '等等')
    await conversing.act('unfollow', person)
    const late = await conversing.reply(data.message_id, '别走')
    expect(late.status).toBe(202)
    const before = await conversing.sends()
    await world.app.housekeep()
    expect(await conversing.sends()).toBe(before)
    for (const { body } of [early, late]) {
      expect(await conversing.messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_following' })
    }
    expect((await conversing.feed()).slice(-2)).toMatchObject([
      {
        type: 'message.failed',
        data: { message_id: early.body.id, in_reply_to: data.message_id, reason: 'not_following' },
      },
      { type: 'message.failed', data: { message_id: late.body.id, reason: 'not_following' } },
    ])
  })

  test.each([
    [{ kind: 'errcode', errcode: 45047 }, 'failed', 'reply_window_over'],
    [{ kind: 'errcode', errcode: 43004 }, 'failed', 'not_following'],
    [{ kind: 'errcode', errcode: 48002 }, 'failed', 'refused_by_user'],
    [{ kind: 'errcode', errcode: 45168 }, 'failed', 'content_refused'],
    [{ kind: 'errcode', errcode: 48004 }, 'failed', 'account_refused'],
    [{ kind: 'reset_after_accept' }, 'unknown', 'unknown'],
    [{ kind: 'http_5xx' }, 'unknown', 'unknown'],
  ])('what WeChat says decides: %o is %s (%s), and it is not tried again', async (fault, state, reason) => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { body } = await conversing.reply((await conversing.lastTold()).data.message_id, '在')
    const path = '/cgi-bin/message/custom/send'
    const calls = async () => (await world.sim('GET', '/calls'))[path] ?? 0
    const before = await calls()
    await world.sim('POST', '/faults', { path, times: 1, ...fault })
    await world.app.housekeep()
    world.clock.advance(60_000)
    await world.app.housekeep()
    expect(await conversing.messageOf(body.id)).toMatchObject({ state, reason })
    expect(await conversing.lastTold()).toMatchObject({
      type: `message.${state}`,
      data: { message_id: body.id, reason },
    })
    expect(await calls()).toBe(before + 1)
    world.clock.advance(-60_000)
  })

  test.each([-1, 45011, 45009])('errcode %i is tried again when it may do better', async (errcode) => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { body } = await conversing.reply((await conversing.lastTold()).data.message_id, '在')
    await world.sim('POST', '/faults', { path: '/cgi-bin/message/custom/send', kind: 'errcode', errcode, times: 1 })
    await world.app.housekeep()
    expect(await conversing.messageOf(body.id)).toMatchObject({ state: 'queued' })
    const wait = errcode === 45009 ? 24 * 3_600_000 : 61_000
    world.clock.advance(wait)
    await world.app.housekeep()
    expect(await conversing.messageOf(body.id)).toMatchObject({ state: 'accepted' })
    world.clock.advance(-wait)
    await world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
  })

  test('a message whose sender died is not sent a second time', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { body } = await conversing.reply((await conversing.lastTold()).data.message_id, '在')
    const startedAt = world.clock.now() - 31_000
    await world.app.store.write((tx) =>
      tx.updateTable('messages').set({ state: 'sending', started_at: startedAt }).where('id', '=', body.id).execute(),
    )
    const before = await conversing.sends()
    await world.app.housekeep()
    expect(await conversing.messageOf(body.id)).toMatchObject({ state: 'unknown', reason: 'unknown' })
    expect(await conversing.sends()).toBe(before)
  })

  test('with links to its own pages only', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { data } = await conversing.lastTold()
    const code = async (text: string) => (await conversing.reply<Problem>(data.message_id, text)).body.code
    for (const text of [
      '<a href="https://evil.example">看</a>',
      'https://shop.example.com.evil.example/',
      'https://shop.example.com@evil.example/',
      "<a href='//evil.example'>x</a>",
      '<a href="javascript:alert(1)">x</a>',
      '<a data-miniprogram-appid="wx1" data-miniprogram-path="x">x</a>',
      'weixin://dl/business',
      '_https://evil.example/x',
      '1https://evil.example/x',
      'https:\\\\evil.example',
      'www.evil.example',
      '请看 evil.com',
      'evil.example/login',
    ])
      expect(await code(text)).toBe('url_not_allowed')
    for (const text of [' ', '好'.repeat(683), 'a\u0007b']) expect(await code(text)).toBe('invalid_value')
    for (const text of [
      '<a href="https://shop.example.com/orders/42?from=evil.com">订单</a>',
      '见 shop.example.com/orders，或写信给 help@shop.example.com。3.5 折，v1.2.3',
    ])
      expect((await conversing.reply(data.message_id, text)).status).toBe(202)
  })

  test('not what is another’s, or nothing', async () => {
    expect((await conversing.reply<Problem>(`im_${'a'.repeat(26)}`, 'x')).body.code).toBe('not_found')
    const other = await world.addSite()
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { body } = await conversing.reply((await conversing.lastTold()).data.message_id, '在')
    const foreign = await world.api<Problem>('GET', `/v1/messages/${body.id}`, undefined, { key: other.apiKey })
    expect(foreign.body).toMatchObject({ status: 404, code: 'not_found' })
  })
})
