import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Conversing, startConversing, type Told } from './conversing.ts'
import type { Harness } from './harness.ts'
import { eventXml, newOpenid, nowSeconds, openReply, push, textOf, wireOf } from './wire.ts'

let conversing: Conversing
let world: Harness
beforeAll(async () => {
  conversing = await startConversing()
  world = conversing.world
})
afterAll(() => world.close())
/** Nothing of one test is sent in the next. */
afterEach(() => world.app.housekeep())

describe('while the push is open', () => {
  /** The person writes; @returns the answer of the push, and the event it caused */
  async function ask(person: string, text: string): Promise<{ answered: Promise<string | undefined>; told: Told }> {
    const before = (await conversing.feed()).length
    const said = conversing.say(person, text)
    let told: Told | undefined
    while (!told) told = (await conversing.feed()).slice(before).find(({ data }) => data.text === text)
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
    const { person } = await conversing.newUser()
    const before = await conversing.sends()
    const { answered, told } = await ask(person, '现在几点')
    const { body } = await conversing.reply(told.data.message_id, '九点')
    expect(await answered).toBe('九点')
    expect(await conversing.messageOf(body.id)).toMatchObject({ state: 'accepted', via: 'passive' })
    world.clock.advance(5_000)
    await world.app.housekeep()
    expect(await conversing.sends()).toBe(before)
    expect((await conversing.chatOf(person)).filter(({ text }) => text === '九点')).toHaveLength(1)
    world.clock.advance(-5_000)
  })

  test('a repeat gets the same answer, and the second answer goes by itself', async () => {
    const { person } = await conversing.newUser()
    const { openids } = await world.sim('GET', `/people/${person}`)
    const wire = wireOf(world)
    const document = eventXml(wire, {
      openid: openids[world.account.appid],
      at: nowSeconds(world),
      fields: { Content: '再来', MsgId: '24000000000000055' },
    }).replace('<![CDATA[event]]>', '<![CDATA[text]]>')
    const before = (await conversing.feed()).length
    const first = push(world, wire, document)
    let told: Told | undefined
    while (!told) told = (await conversing.feed())[before]
    await conversing.reply(told.data.message_id, '来了')
    expect(textOf(openReply(wire, (await first).body))).toBe('来了')
    const second = await conversing.reply(told.data.message_id, '又来了')
    await world.app.housekeep()
    expect(await conversing.messageOf(second.body.id)).toMatchObject({ state: 'accepted', via: 'customer_service' })
    expect(textOf(openReply(wire, (await push(world, wire, document)).body))).toBe('来了')
  })

  test('who answers too late for it answers by message, and once', async () => {
    await world.app.apps.change(world.site.id, { replyWithin: 1 })
    const { person } = await conversing.newUser()
    const { answered, told } = await ask(person, '慢慢来')
    expect(await answered).toBeUndefined()
    world.clock.advance(1_600)
    await conversing.reply(told.data.message_id, '来了')
    await world.app.housekeep()
    expect((await conversing.chatOf(person)).at(-1)).toMatchObject({ from: 'account', text: '来了' })
    await world.app.apps.change(world.site.id, { replyWithin: 4 })
    world.clock.advance(-1_600)
  })

  test('an answer for which no push waits any more is sent all the same', async () => {
    const { person } = await conversing.newUser()
    const { answered, told } = await ask(person, '在吗')
    // As if the node that held the push had died: nobody takes the answer.
    await world.app.store.write((tx) => tx.updateTable('inbox').set({ document_sealed: null }).execute())
    const { body } = await conversing.reply(told.data.message_id, '在')
    expect(await answered).toBeUndefined()
    world.clock.advance(5_000)
    await world.app.housekeep()
    expect(await conversing.messageOf(body.id)).toMatchObject({ state: 'accepted', via: 'customer_service' })
    world.clock.advance(-5_000)
  })

  test('what the account answers by itself waits for nobody, nor does a stranger’s word, nor a scan', async () => {
    const rule = await world.app.rules.add(world.account.appid, { kind: 'exact', keywords: ['快'], text: '马上' })
    const { person } = await conversing.newUser()
    const started = performance.now()
    await conversing.say(person, '快')
    await conversing.say(await world.newPerson(), '慢')
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
