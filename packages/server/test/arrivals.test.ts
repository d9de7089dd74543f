import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'
import {
  codeOf,
  countRows,
  encrypt,
  eventXml,
  layout,
  look,
  newOpenid,
  nowSeconds,
  openReply,
  pad,
  push,
  textOf,
  type Wire,
  wireOf,
} from './wire.ts'

let world: Harness
let wire: Wire
beforeAll(async () => {
  world = await startHarness()
  wire = wireOf(world)
})
afterAll(() => world.close())

function event(openid: string, fields: Record<string, string>, at = nowSeconds(world)): string {
  return eventXml(wire, { openid, at, fields })
}

async function scanOf(openid: string): Promise<{ flow: { id: string; secret: string }; document: string }> {
  const flow = await world.createFlow()
  const { scene, ticket } = await codeOf(world, flow.qr.content)
  return { flow, document: event(openid, { Event: 'SCAN', EventKey: scene, Ticket: ticket }) }
}

async function stateOf(flow: { id: string; secret: string }): Promise<string> {
  return (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state
}

describe('one push, delivered again', () => {
  test('byte for byte, three times, it is answered alike and handled once [B10]', async () => {
    const { flow, document } = await scanOf(newOpenid())
    const request = {
      timestamp: String(nowSeconds(world)),
      nonce: 'thrice',
      encrypt: encrypt(pad(layout(document, wire.appid)), wire.aesKey),
    }
    const before = await countRows(world)
    const first = await push(world, wire, document, request)
    const after = await countRows(world)
    expect(after).toMatchObject({ inbox: before.inbox + 1, events: before.events + 1 })
    const others = [await push(world, wire, document, request), await push(world, wire, document, request)]
    const texts = [first, ...others].map((answer) => textOf(openReply(wire, answer.body)))
    expect(texts[0]).toContain('/confirm/')
    expect(new Set(texts).size).toBe(1)
    expect(await countRows(world)).toEqual(after)
    expect(await stateOf(flow)).toBe('scanned')
  })

  test('encrypted anew each time, it gets the stored reply [B11]', async () => {
    const { flow, document } = await scanOf(newOpenid())
    const first = await push(world, wire, document)
    await world.browser('DELETE', `/v1/flows/${flow.id}`, flow.secret)
    const before = await countRows(world)
    const second = await push(world, wire, document)
    expect(second.body).not.toBe(first.body)
    expect(textOf(openReply(wire, second.body))).toBe(textOf(openReply(wire, first.body)))
    expect(await countRows(world)).toEqual(before)
  })

  test('the stored reply survives a restart', async () => {
    const { document } = await scanOf(newOpenid())
    const first = textOf(openReply(wire, (await push(world, wire, document)).body))
    await world.restart()
    expect(textOf(openReply(wire, (await push(world, wire, document)).body))).toBe(first)
  })
})

describe('pushes that are odd but genuine', () => {
  test('an unknown type, event or nested element is stored and acknowledged [B15]', async () => {
    const nested = event(newOpenid(), { Event: 'x' }).replace('</xml>', '<New><Inner>1</Inner></New></xml>')
    const documents = [
      event(newOpenid(), { Event: 'brand_new_event', Whatever: '1' }),
      event(newOpenid(), { Event: 'SCAN', EventKey: 'x' }).replace('<![CDATA[event]]>', 'hologram'),
      nested,
    ]
    for (const document of documents) {
      const before = await countRows(world)
      expect(await push(world, wire, document)).toMatchObject({ status: 200, body: 'success' })
      expect(await countRows(world)).toMatchObject({ inbox: before.inbox + 1, events: before.events + 1 })
      const [last] = await look<{ type: string; app_id: null }>(world, 'SELECT * FROM events ORDER BY seq DESC LIMIT 1')
      expect(last).toMatchObject({ type: 'push.unknown', app_id: null })
    }
  })

  test.each(['a'.repeat(65), '😀😀', 'qrscene_qrscene_x', '', "x' OR 1=1 --"])(
    'a scan whose EventKey is “%s” touches no flow [B16]',
    async (key) => {
      const flow = await world.createFlow()
      const answer = await push(world, wire, event(newOpenid(), { Event: 'SCAN', EventKey: key }))
      expect(answer).toMatchObject({ status: 200, body: 'success' })
      expect(await stateOf(flow)).toBe('waiting')
    },
  )

  test('a follower who came by no code is welcomed and recorded [B17]', async () => {
    const before = await countRows(world)
    const answer = await push(world, wire, event(newOpenid(), { Event: 'subscribe', EventKey: '' }))
    expect(textOf(openReply(wire, answer.body))).toContain('欢迎关注')
    expect(await countRows(world)).toMatchObject({ followers: before.followers + 1, flows: before.flows })
  })

  test('the account’s language is what the chat speaks where no flow says another', async () => {
    const { appid } = world.account
    await world.app.accounts.change(appid, { locale: 'en' })
    const [welcome, over] = [
      await push(world, wire, event(newOpenid(), { Event: 'subscribe', EventKey: '' })),
      await push(world, wire, event(newOpenid(), { Event: 'SCAN', EventKey: 'b'.repeat(32) })),
    ]
    await world.app.accounts.change(appid, { locale: 'zh-CN' })
    expect(textOf(openReply(wire, welcome.body))).toContain('Welcome to')
    expect(textOf(openReply(wire, over.body))).toContain('This QR code is over')
  })

  test('the scan of a code that is over, unknown or of another account is told so, and touches no flow [B18]', async () => {
    const over = await scanOf(newOpenid())
    await world.browser('DELETE', `/v1/flows/${over.flow.id}`, over.flow.secret)
    const unknown = event(newOpenid(), { Event: 'SCAN', EventKey: 'a'.repeat(32) })
    const live = await scanOf(newOpenid())
    const stolen = live.document.replace(/(?<=<Ticket><!\[CDATA\[)[^\]]+/, 'another-ticket')
    for (const document of [over.document, unknown, stolen]) {
      const before = await countRows(world)
      expect(textOf(openReply(wire, (await push(world, wire, document)).body))).toContain('二维码已失效')
      expect(await countRows(world)).toMatchObject({ events: before.events, followers: before.followers + 1 })
    }
    expect(await stateOf(live.flow)).toBe('waiting')
  })

  test('a subscribe that arrives after a newer unsubscribe changes nothing [B19]', async () => {
    const [openid, seconds] = [newOpenid(), nowSeconds(world)]
    await push(world, wire, event(openid, { Event: 'unsubscribe', EventKey: '' }, seconds))
    const { flow, document } = await scanOf(openid)
    const late = document.replace('SCAN', 'subscribe').replace(/<CreateTime>\d+/, `<CreateTime>${seconds - 5}`)
    const qrscene = late.replace('<EventKey><![CDATA[', '<EventKey><![CDATA[qrscene_')
    expect(await push(world, wire, qrscene)).toMatchObject({ status: 200, body: 'success' })
    const left = await look(
      world,
      'SELECT * FROM followers WHERE event_at = ? AND unfollowed_at IS NOT NULL',
      String(seconds),
    )
    expect(left).toHaveLength(1)
    expect(await stateOf(flow)).toBe('waiting')
  })

  test('who comes and goes twice within a second, which is told by two pushes that are alike, is asked about', async () => {
    const person = await world.newPerson()
    const { openids } = await world.sim('GET', `/people/${person}`)
    const openid = openids[world.account.appid]
    const seconds = nowSeconds(world) + 1
    const say = (Event: string) => push(world, wire, event(openid, { Event, EventKey: '' }, seconds))
    await say('unsubscribe')
    await say('subscribe')
    await world.app.housekeep()
    await world.sim('POST', `/people/${person}/unfollow`, { account: world.account.appid, silent: true })
    await say('unsubscribe')
    await world.app.housekeep()
    const rows = await look(world, 'SELECT * FROM followers WHERE event_at = ?', String(seconds))
    expect(rows).toMatchObject([{ followed_at: null, openid_sealed: null, lookup_due_at: null }])
  })

  test('a person who scans in a frenzy is answered once in ten seconds, and every scan counts', async () => {
    const openid = newOpenid()
    const answers: string[] = []
    const flows = []
    for (let n = 0; n < 13; n++) {
      const { flow, document } = await scanOf(openid)
      flows.push(flow)
      answers.push((await push(world, wire, document)).body)
    }
    expect(answers.filter((body) => body === 'success').length).toBe(2)
    for (const flow of flows) expect(await stateOf(flow)).toBe('scanned')
  })
})

describe('while the database is not to be had', () => {
  test('a push is told within 4.5 s to come again, and its retry takes effect once [B20]', async () => {
    const { flow, document } = await scanOf(newOpenid())
    const release = await world.occupy()
    const started = performance.now()
    const answers = await Promise.all([push(world, wire, document), push(world, wire, document)])
    const took = performance.now() - started
    await release()
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, body: '', headers: { 'retry-after': '1' } })
    expect(took).toBeLessThan(4_500)
    expect(await stateOf(flow)).toBe('waiting')
    const retried = await push(world, wire, document)
    expect(textOf(openReply(wire, retried.body))).toContain('/confirm/')
    expect(await stateOf(flow)).toBe('scanned')
  })

  test('a malformed document is not lost either: it is told to come again, and then kept [B14, B20]', async () => {
    const before = await countRows(world)
    const release = await world.occupy()
    const answer = await push(world, wire, '<xml>')
    await release()
    expect(answer).toMatchObject({ status: 503, body: '' })
    expect((await push(world, wire, '<xml>')).status).toBe(403)
    expect((await countRows(world)).quarantine).toBe(before.quarantine + 1)
  })

  test('a short lock costs a push its time, and nothing else', async () => {
    const { flow, document } = await scanOf(newOpenid())
    const release = await world.occupy()
    const answer = push(world, wire, document)
    await world.api('GET', '/v1/users?external_user_id=nobody')
    await release()
    expect((await answer).status).toBe(200)
    expect(await stateOf(flow)).toBe('scanned')
  })
})
