import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { BatchStatement } from '../src/store/store.ts'
import { type Answer, type Harness, type Problem, startHarness } from './harness.ts'
import { eventXml, everythingStored, look, newOpenid, nowSeconds, openReply, push, textOf, wireOf } from './wire.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness({ app: { registration: 'auto', signInNotices: false } })
})
afterAll(() => world.close())
/** Nothing of one test is sent in the next. */
afterEach(() => world.app.housekeep())

interface Told {
  id: string
  type: string
  data: {
    user_id: string
    account: string
    message_id: string
    message_type?: string
    text?: string
    action?: string
    key?: string
    answered?: boolean
    in_reply_to?: string
    reason?: string
  }
}
interface Message {
  id: string
  in_reply_to: string
  state: string
  via?: string
  reason?: string
}

/** @returns a person who is a user of the site */
async function newUser(key = world.apiKey): Promise<{ person: string; user: string }> {
  const person = await world.newPerson()
  const flow = (
    await world.api<{ id: string; secret: string; qr: { content: string } }>(
      'POST',
      '/v1/flows',
      { kind: 'login' },
      { key },
    )
  ).body
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const redeemed = await world.api<{ user: { id: string } }>(
    'POST',
    `/v1/flows/${flow.id}/redeem`,
    { completion_code: body.completion_code },
    { key },
  )
  return { person, user: redeemed.body.user.id }
}

const say = (person: string, text: string) =>
  world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text })
const tap = (person: string, button: object) =>
  world.sim('POST', `/people/${person}/tap`, { account: world.account.appid, ...button })
const act = (what: 'follow' | 'unfollow', person: string) =>
  world.sim('POST', `/people/${person}/${what}`, { account: world.account.appid })
const chatOf = async (person: string) =>
  (await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)) as { from: string; text: string }[]
const sends = async () => (await world.sim('GET', '/sends')).length

async function feed(key = world.apiKey): Promise<Told[]> {
  return (await world.api<{ data: Told[] }>('GET', '/v1/events?limit=1000', undefined, { key })).body.data
}
async function lastTold(key = world.apiKey): Promise<Told> {
  const told = (await feed(key)).at(-1)
  if (!told) throw new Error('the feed is empty')
  return told
}
const reply = <T = Message>(id: string, text: string, headers: Record<string, string> = {}): Promise<Answer<T>> =>
  world.api<T>('POST', `/v1/messages/${id}/reply`, { text }, { headers })
const messageOf = async (id: string) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body

describe('a site hears its people', () => {
  test('who of them wrote what, and nobody else’s words', async () => {
    const { person, user } = await newUser()
    const stranger = await world.newPerson()
    const before = (await feed()).length
    await say(stranger, '不认识的人')
    await say(person, '查询订单')
    expect((await feed()).slice(before)).toMatchObject([
      {
        type: 'follower.message',
        data: {
          user_id: user,
          account: world.account.appid,
          message_id: expect.stringMatching(/^im_/),
          message_type: 'text',
          text: '查询订单',
          answered: false,
        },
      },
    ])
  })

  test('which button they tapped, and whether the account has answered', async () => {
    const { person, user } = await newUser()
    const rule = await world.app.rules.add(world.account.appid, { kind: 'click', keywords: ['HELP'], text: '在的' })
    await tap(person, { key: 'ORDER' })
    await tap(person, { key: 'HELP' })
    await tap(person, { url: 'https://shop.example.com/' })
    const [order, help, view] = (await feed()).slice(-3)
    expect(order).toMatchObject({ type: 'follower.menu', data: { user_id: user, action: 'click', key: 'ORDER' } })
    expect(help?.data).toMatchObject({ key: 'HELP', answered: true })
    expect(view?.data).toMatchObject({ action: 'view', key: 'https://shop.example.com/' })
    expect(view?.data.message_id).toBeUndefined()
    await world.app.rules.remove(world.account.appid, rule.id)
  })

  test('two sites hear of one person by ids that cannot be compared', async () => {
    const other = await world.addSite({ registration: 'auto' })
    const { person } = await newUser()
    const flow = (
      await world.api<{ id: string; secret: string; qr: { content: string } }>(
        'POST',
        '/v1/flows',
        { kind: 'login' },
        { key: other.apiKey },
      )
    ).body
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    await world.api(
      'POST',
      `/v1/flows/${flow.id}/redeem`,
      { completion_code: body.completion_code },
      { key: other.apiKey },
    )
    await say(person, '你好')
    const [ours, theirs] = [await lastTold(), await lastTold(other.apiKey)]
    expect([ours.data.text, theirs.data.text]).toEqual(['你好', '你好'])
    expect(ours.data.message_id).not.toBe(theirs.data.message_id)
    expect(ours.data.user_id).not.toBe(theirs.data.user_id)
    expect((await reply<Problem>(theirs.data.message_id, 'x')).body).toMatchObject({ status: 404, code: 'not_found' })
  })

  test('one push that comes three times is told once', async () => {
    const { person } = await newUser()
    const at = Math.floor(world.clock.now() / 1000)
    // WeChat repeats what it said, with the time at which it said it first.
    const event = { MsgType: 'text', Content: '一次', MsgId: '24000000000000009', CreateTime: at }
    const before = (await feed()).length
    for (let n = 0; n < 3; n++) await world.sim('POST', '/push', { account: world.account.appid, person, event })
    expect((await feed()).length).toBe(before + 1)
  })

  test('what they wrote, and were answered, is nowhere once they have left', async () => {
    const { person } = await newUser()
    await say(person, '我的电话是一三八零零')
    const told = await lastTold()
    await reply(told.data.message_id, '已记下一三八零零')
    await say(person, '再说一次一三八零零')
    await act('unfollow', person)
    await world.app.housekeep()
    const words = (await feed()).filter(({ type }) => type === 'follower.message')
    expect(words.slice(-2).map(({ data }) => data.text)).toEqual([undefined, undefined])
    expect(await everythingStored(world)).not.toContain('一三八零零')
    const id = (
      await look<{ dedupe_key: string }>(
        world,
        'SELECT dedupe_key FROM incoming_messages WHERE id = ?',
        told.data.message_id,
      )
    )[0]
    const kept = await look(
      world,
      'SELECT id FROM inbox WHERE dedupe_key = ? AND (document_sealed IS NOT NULL OR reply_sealed IS NOT NULL)',
      id?.dedupe_key ?? '',
    )
    expect(kept).toEqual([])
    expect(await look(world, 'SELECT id FROM messages WHERE text_sealed IS NOT NULL')).toEqual([])
  })

  test('who was found to have left, without a push, is forgotten alike', async () => {
    const { person } = await newUser()
    await say(person, '在吗')
    const { data } = await lastTold()
    const { body } = await reply(data.message_id, '在')
    const [row] = await look<{ openid_index: string }>(world, 'SELECT openid_index FROM messages WHERE id = ?', body.id)
    await world.app.store.write((tx) =>
      world.app.inbox.forgetWriters(tx, world.account.appid, [row?.openid_index ?? '']),
    )
    expect(await look(world, 'SELECT id FROM messages WHERE text_sealed IS NOT NULL')).toEqual([])
    expect((await lastTold()).data.text).toBeUndefined()
  })

  test('what comes after the news that its writer left is told to nobody', async () => {
    const { person } = await newUser()
    const { openids } = await world.sim('GET', `/people/${person}`)
    const wire = wireOf(world)
    const openid = openids[world.account.appid]
    const at = nowSeconds(world)
    await push(world, wire, eventXml(wire, { openid, at, fields: { Event: 'unsubscribe', EventKey: '' } }))
    const before = (await feed()).length
    const late = eventXml(wire, { openid, at: at - 5, fields: { Content: '迟到', MsgId: '24000000000000077' } })
    expect(await push(world, wire, late.replace('<![CDATA[event]]>', '<![CDATA[text]]>'))).toMatchObject({
      status: 200,
    })
    expect((await feed()).length).toBe(before)
  })
})

describe('a site answers', () => {
  test('by a customer-service message, whose text is then kept no longer', async () => {
    const { person } = await newUser()
    await say(person, '查询订单')
    const { data } = await lastTold()
    const answer = await reply(data.message_id, '订单 42 已发货')
    expect(answer).toMatchObject({ status: 202, body: { in_reply_to: data.message_id, state: 'queued' } })
    await world.app.housekeep()
    expect(await messageOf(answer.body.id)).toMatchObject({ state: 'accepted', via: 'customer_service' })
    expect((await chatOf(person)).at(-1)).toMatchObject({ from: 'account', text: '订单 42 已发货' })
    expect(await look(world, 'SELECT id FROM messages WHERE text_sealed IS NOT NULL')).toEqual([])
  })

  test('several times, in the order in which it spoke', async () => {
    const { person } = await newUser()
    await say(person, '在吗')
    const { data } = await lastTold()
    for (const text of ['一', '二', '三', '四', '五']) expect((await reply(data.message_id, text)).status).toBe(202)
    expect((await reply<Problem>(data.message_id, '六')).body).toMatchObject({ status: 410, code: 'reply_window_over' })
    await world.app.housekeep()
    expect((await chatOf(person)).slice(-5).map(({ text }) => text)).toEqual(['一', '二', '三', '四', '五'])
  })

  test('a message for 48 hours, a tap for a minute', async () => {
    const { person } = await newUser()
    await say(person, '在吗')
    const written = (await lastTold()).data.message_id
    await tap(person, { key: 'ORDER' })
    const tapped = (await lastTold()).data.message_id
    world.clock.advance(61_000)
    expect((await reply<Problem>(tapped, 'x')).body.code).toBe('reply_window_over')
    expect((await reply(written, 'x')).status).toBe(202)
    await world.app.housekeep()
    world.clock.advance(48 * 3_600_000)
    expect((await reply<Problem>(written, 'x')).body.code).toBe('reply_window_over')
    world.clock.advance(-48 * 3_600_000 - 61_000)
  })

  test('once for each Idempotency-Key, and never another text under it [B53, B54]', async () => {
    const { person } = await newUser()
    await say(person, '在吗')
    const { data } = await lastTold()
    const key = { 'idempotency-key': `k-${person}` }
    const answers = await Promise.all(Array.from({ length: 20 }, () => reply(data.message_id, '在', key)))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    expect((await reply<Problem>(data.message_id, '不在', key)).body).toMatchObject({ code: 'idempotency_mismatch' })
    const before = await sends()
    await world.app.housekeep()
    expect(await sends()).toBe(before + 1)
  })

  test('nobody who has left: the site is told so, and nothing is sent [B60]', async () => {
    const { person } = await newUser()
    await say(person, '再见')
    const { data } = await lastTold()
    const early = await reply(data.message_id, '等等')
    await act('unfollow', person)
    const late = await reply(data.message_id, '别走')
    expect(late.status).toBe(202)
    const before = await sends()
    await world.app.housekeep()
    expect(await sends()).toBe(before)
    for (const { body } of [early, late]) {
      expect(await messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_following' })
    }
    expect((await feed()).slice(-2)).toMatchObject([
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
    const { person } = await newUser()
    await say(person, '在吗')
    const { body } = await reply((await lastTold()).data.message_id, '在')
    const path = '/cgi-bin/message/custom/send'
    const calls = async () => (await world.sim('GET', '/calls'))[path] ?? 0
    const before = await calls()
    await world.sim('POST', '/faults', { path, times: 1, ...fault })
    await world.app.housekeep()
    world.clock.advance(60_000)
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state, reason })
    expect(await lastTold()).toMatchObject({ type: `message.${state}`, data: { message_id: body.id, reason } })
    expect(await calls()).toBe(before + 1)
    world.clock.advance(-60_000)
  })

  test.each([-1, 45011, 45009])('errcode %i is tried again when it may do better', async (errcode) => {
    const { person } = await newUser()
    await say(person, '在吗')
    const { body } = await reply((await lastTold()).data.message_id, '在')
    await world.sim('POST', '/faults', { path: '/cgi-bin/message/custom/send', kind: 'errcode', errcode, times: 1 })
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'queued' })
    const wait = errcode === 45009 ? 24 * 3_600_000 : 61_000
    world.clock.advance(wait)
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'accepted' })
    world.clock.advance(-wait)
    await world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
  })

  test('a message whose sender died is not sent a second time', async () => {
    const { person } = await newUser()
    await say(person, '在吗')
    const { body } = await reply((await lastTold()).data.message_id, '在')
    const startedAt = world.clock.now() - 31_000
    await world.app.store.write((tx) =>
      tx.updateTable('messages').set({ state: 'sending', started_at: startedAt }).where('id', '=', body.id).execute(),
    )
    const before = await sends()
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'unknown', reason: 'unknown' })
    expect(await sends()).toBe(before)
  })

  test('with links to its own pages only', async () => {
    const { person } = await newUser()
    await say(person, '在吗')
    const { data } = await lastTold()
    const code = async (text: string) => (await reply<Problem>(data.message_id, text)).body.code
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
      expect((await reply(data.message_id, text)).status).toBe(202)
  })

  test('not what is another’s, or nothing', async () => {
    expect((await reply<Problem>(`im_${'a'.repeat(26)}`, 'x')).body.code).toBe('not_found')
    const other = await world.addSite()
    const { person } = await newUser()
    await say(person, '在吗')
    const { body } = await reply((await lastTold()).data.message_id, '在')
    const foreign = await world.api<Problem>('GET', `/v1/messages/${body.id}`, undefined, { key: other.apiKey })
    expect(foreign.body).toMatchObject({ status: 404, code: 'not_found' })
  })
})

describe('while the push is open', () => {
  /** The person writes; @returns the answer of the push, and the event it caused */
  async function ask(person: string, text: string): Promise<{ answered: Promise<string | undefined>; told: Told }> {
    const before = (await feed()).length
    const said = say(person, text)
    let told: Told | undefined
    while (!told) told = (await feed()).slice(before).find(({ data }) => data.text === text)
    const answered = said.then(async ({ push: id }: { push: string }) => {
      const { attempts } = await world.sim('GET', `/pushes/${id}`)
      expect(attempts).toHaveLength(1)
      return attempts[0].reply?.text
    })
    return { answered, told }
  }
  beforeAll(() => world.app.apps.change(world.site.id, { replyWithin: 4 }))
  afterAll(() => world.app.apps.change(world.site.id, { replyWithin: 0 }))

  test('the answer is the push’s own, and no message besides', async () => {
    const { person } = await newUser()
    const before = await sends()
    const { answered, told } = await ask(person, '现在几点')
    const { body } = await reply(told.data.message_id, '九点')
    expect(await answered).toBe('九点')
    expect(await messageOf(body.id)).toMatchObject({ state: 'accepted', via: 'passive' })
    world.clock.advance(5_000)
    await world.app.housekeep()
    expect(await sends()).toBe(before)
    expect((await chatOf(person)).filter(({ text }) => text === '九点')).toHaveLength(1)
    world.clock.advance(-5_000)
  })

  test('a repeat gets the same answer, and the second answer goes by itself', async () => {
    const { person } = await newUser()
    const { openids } = await world.sim('GET', `/people/${person}`)
    const wire = wireOf(world)
    const document = eventXml(wire, {
      openid: openids[world.account.appid],
      at: nowSeconds(world),
      fields: { Content: '再来', MsgId: '24000000000000055' },
    }).replace('<![CDATA[event]]>', '<![CDATA[text]]>')
    const before = (await feed()).length
    const first = push(world, wire, document)
    let told: Told | undefined
    while (!told) told = (await feed())[before]
    await reply(told.data.message_id, '来了')
    expect(textOf(openReply(wire, (await first).body))).toBe('来了')
    const second = await reply(told.data.message_id, '又来了')
    await world.app.housekeep()
    expect(await messageOf(second.body.id)).toMatchObject({ state: 'accepted', via: 'customer_service' })
    expect(textOf(openReply(wire, (await push(world, wire, document)).body))).toBe('来了')
  })

  test('who answers too late for it answers by message, and once', async () => {
    await world.app.apps.change(world.site.id, { replyWithin: 1 })
    const { person } = await newUser()
    const { answered, told } = await ask(person, '慢慢来')
    expect(await answered).toBeUndefined()
    world.clock.advance(1_600)
    await reply(told.data.message_id, '来了')
    await world.app.housekeep()
    expect((await chatOf(person)).at(-1)).toMatchObject({ from: 'account', text: '来了' })
    await world.app.apps.change(world.site.id, { replyWithin: 4 })
    world.clock.advance(-1_600)
  })

  test('an answer for which no push waits any more is sent all the same', async () => {
    const { person } = await newUser()
    const { answered, told } = await ask(person, '在吗')
    // As if the node that held the push had died: nobody takes the answer.
    await world.app.store.write((tx) => tx.updateTable('inbox').set({ document_sealed: null }).execute())
    const { body } = await reply(told.data.message_id, '在')
    expect(await answered).toBeUndefined()
    world.clock.advance(5_000)
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'accepted', via: 'customer_service' })
    world.clock.advance(-5_000)
  })

  test('what the account answers by itself waits for nobody, nor does a stranger’s word, nor a scan', async () => {
    const rule = await world.app.rules.add(world.account.appid, { kind: 'exact', keywords: ['快'], text: '马上' })
    const { person } = await newUser()
    const started = performance.now()
    await say(person, '快')
    await say(await world.newPerson(), '慢')
    await world.scan(person, (await world.createFlow()).qr.content)
    expect(performance.now() - started).toBeLessThan(3_000)
    await world.app.rules.remove(world.account.appid, rule.id)
  })

  test('a push of nobody we know costs nothing but its own row', async () => {
    const wire = wireOf(world)
    const at = nowSeconds(world)
    const document = eventXml(wire, { openid: newOpenid(), at, fields: { Event: 'CLICK', EventKey: 'x' } })
    expect(await push(world, wire, document)).toMatchObject({ status: 200, body: 'success' })
  })
})

describe('the statements of a batch', () => {
  /** What each batch asked and wrote while `work` was done. */
  async function statementsOf(work: () => Promise<unknown>): Promise<string[][]> {
    const { store } = world.app
    const batches: string[][] = []
    const run = store.batch.bind(store)
    const spy = vi.spyOn(store, 'batch').mockImplementation((fn, patienceMs) => {
      const seen: string[] = []
      batches.push(seen)
      const note = ({ sqlite }: BatchStatement, rows: unknown[]) => {
        if (rows.length > 0) seen.push(sqlite)
      }
      return run((batch) => {
        const { find, put } = batch
        batch.find = (statement, keys) => {
          note(statement, keys)
          return find(statement, keys)
        }
        batch.put = (statement, rows, expected) => {
          note(statement, rows)
          put(statement, rows, expected)
        }
        // One engine uses the same object for the next batch.
        return fn(batch).finally(() => Object.assign(batch, { find, put }))
      }, patienceMs)
    })
    await work()
    spy.mockRestore()
    return batches
  }

  test('are as many for fifty messages as for one, and a scan’s are none of them', async () => {
    const { person } = await newUser()
    const openid: string = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
    let count = 0
    function write() {
      const msgId = `2400000000001${++count}`
      const [toUserName, createTime] = [world.account.originalId, nowSeconds(world)]
      const head = { toUserName, fromUserName: openid, createTime, msgType: 'text', openid, msgId }
      const opened = {
        push: { ...head, kind: 'text', content: '你好' },
        encrypted: true,
        xml: '<xml></xml>',
        dedupeKey: msgId,
      } as const
      return world.app.inbox.receive(world.account, opened)
    }
    const [one = []] = await statementsOf(write)
    const many = await statementsOf(() => Promise.all(Array.from({ length: 50 }, write)))
    expect(many).toHaveLength(1)
    expect(many[0]?.toSorted()).toEqual(one.toSorted())
    const flow = await world.createFlow()
    const [scan = []] = await statementsOf(() => world.scan(person, flow.qr.content))
    expect(scan.length).toBeGreaterThan(0)
    expect(scan.filter((statement) => /messages|app_users/.test(statement))).toEqual([])
  })
})
