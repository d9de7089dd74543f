import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { BatchStatement } from '../src/store/store.ts'
import { type Conversing, startConversing } from './conversing.ts'
import type { Harness, Problem } from './harness.ts'
import { eventXml, everythingStored, look, nowSeconds, push, wireOf } from './wire.ts'

let conversing: Conversing
let world: Harness
beforeAll(async () => {
  conversing = await startConversing()
  world = conversing.world
})
afterAll(() => world.close())
/** Nothing of one test is sent in the next. */
afterEach(() => world.app.housekeep())

describe('a site hears its people', () => {
  test('who of them wrote what, and nobody else’s words', async () => {
    const { person, user } = await conversing.newUser()
    const stranger = await world.newPerson()
    const before = (await conversing.feed()).length
    await conversing.say(stranger, '不认识的人')
    await conversing.say(person, '查询订单')
    expect((await conversing.feed()).slice(before)).toMatchObject([
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
    const { person, user } = await conversing.newUser()
    const rule = await world.app.rules.add(world.account.appid, { kind: 'click', keywords: ['HELP'], text: '在的' })
    await conversing.tap(person, { key: 'ORDER' })
    await conversing.tap(person, { key: 'HELP' })
    await conversing.tap(person, { url: 'https://shop.example.com/' })
    const [order, help, view] = (await conversing.feed()).slice(-3)
    expect(order).toMatchObject({ type: 'follower.menu', data: { user_id: user, action: 'click', key: 'ORDER' } })
    expect(help?.data).toMatchObject({ key: 'HELP', answered: true })
    expect(view?.data).toMatchObject({ action: 'view', key: 'https://shop.example.com/' })
    expect(view?.data.message_id).toBeUndefined()
    await world.app.rules.remove(world.account.appid, rule.id)
  })

  test('two sites hear of one person by ids that cannot be compared', async () => {
    const other = await world.addSite({ registration: 'auto' })
    const { person } = await conversing.newUser()
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
    await conversing.say(person, '你好')
    const [ours, theirs] = [await conversing.lastTold(), await conversing.lastTold(other.apiKey)]
    expect([ours.data.text, theirs.data.text]).toEqual(['你好', '你好'])
    expect(ours.data.message_id).not.toBe(theirs.data.message_id)
    expect(ours.data.user_id).not.toBe(theirs.data.user_id)
    expect((await conversing.reply<Problem>(theirs.data.message_id, 'x')).body).toMatchObject({
      status: 404,
      code: 'not_found',
    })
  })

  test('one push that comes three times is told once', async () => {
    const { person } = await conversing.newUser()
    const at = Math.floor(world.clock.now() / 1000)
    // WeChat repeats what it said, with the time at which it said it first.
    const event = { MsgType: 'text', Content: '一次', MsgId: '24000000000000009', CreateTime: at }
    const before = (await conversing.feed()).length
    for (let n = 0; n < 3; n++) await world.sim('POST', '/push', { account: world.account.appid, person, event })
    expect((await conversing.feed()).length).toBe(before + 1)
  })

  test('what they wrote, and were answered, is nowhere once they have left', async () => {
    const { person } = await conversing.newUser()
    await conversing.say(person, '我的电话是一三八零零')
    const told = await conversing.lastTold()
    await conversing.reply(told.data.message_id, '已记下一三八零零')
    await conversing.say(person, '再说一次一三八零零')
    await conversing.act('unfollow', person)
    await world.app.housekeep()
    const words = (await conversing.feed()).filter(({ type }) => type === 'follower.message')
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
    const { person } = await conversing.newUser()
    await conversing.say(person, '在吗')
    const { data } = await conversing.lastTold()
    const { body } = await conversing.reply(data.message_id, '在')
    const [row] = await look<{ openid_index: string }>(world, 'SELECT openid_index FROM messages WHERE id = ?', body.id)
    await world.app.store.write((tx) =>
      world.app.inbox.forgetWriters(tx, world.account.appid, [row?.openid_index ?? '']),
    )
    expect(await look(world, 'SELECT id FROM messages WHERE text_sealed IS NOT NULL')).toEqual([])
    expect((await conversing.lastTold()).data.text).toBeUndefined()
  })

  test('what comes after the news that its writer left is told to nobody', async () => {
    const { person } = await conversing.newUser()
    const { openids } = await world.sim('GET', `/people/${person}`)
    const wire = wireOf(world)
    const openid = openids[world.account.appid]
    const at = nowSeconds(world)
    await push(world, wire, eventXml(wire, { openid, at, fields: { Event: 'unsubscribe', EventKey: '' } }))
    const before = (await conversing.feed()).length
    const late = eventXml(wire, { openid, at: at - 5, fields: { Content: '迟到', MsgId: '24000000000000077' } })
    expect(await push(world, wire, late.replace('<![CDATA[event]]>', '<![CDATA[text]]>'))).toMatchObject({
      status: 200,
    })
    expect((await conversing.feed()).length).toBe(before)
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
    const { person } = await conversing.newUser()
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
