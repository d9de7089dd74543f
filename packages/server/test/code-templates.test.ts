import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { DomainError } from '../src/errors.ts'
import { type Coding, purpose, startCoding } from './coding.ts'
import { eventXml, look, push, wireOf } from './wire.ts'

const content = `验证码:{{character_string1.DATA}}
用途:{{thing2.DATA}}
网站:{{thing3.DATA}}
时间:{{time4.DATA}}`
const fields = {
  character_string1: '{code}',
  thing2: '{purpose}（{place}）',
  thing3: '{site}',
  time4: '{time}',
}

let coding: Coding
/** What WeChat was asked to send. */
let sent: { touser: string; data: Record<string, string> }[] = []
let count = 0

beforeAll(async () => {
  coding = await startCoding()
  const { client } = coding.world.app.accounts.get(coding.world.account.appid)
  // Until the simulator has templates of its own.
  vi.spyOn(client, 'templateList').mockResolvedValue([
    { templateId: 'T1', title: '验证码通知', content, example: '', primaryIndustry: '', deputyIndustry: '' },
  ])
  vi.spyOn(client, 'subscribeTemplates').mockResolvedValue([])
  vi.spyOn(client, 'templateSend').mockImplementation(async ({ touser, data }) => {
    sent.push({ touser, data })
    return { msgId: String(++count) }
  })
  await coding.world.app.templates.sync(coding.world.account.appid)
  await coding.world.app.templates.setCode(coding.world.account.appid, 'T1', fields)
})
beforeEach(() => {
  sent = []
})
afterAll(() => coding.world.close())

async function receipt(person: string, msgId: string, status: string): Promise<void> {
  const { openids } = await coding.world.sim('GET', `/people/${person}`)
  const wire = wireOf(coding.world)
  const openid = openids[coding.world.account.appid]
  const at = Math.floor(coding.world.clock.now() / 1000)
  const told = { Event: 'TEMPLATESENDJOBFINISH', MsgID: msgId, Status: status }
  await push(coding.world, wire, eventXml(wire, { openid, at, fields: told }))
  await coding.world.app.housekeep()
}

test('a code goes by the account’s template, also where nobody has written; its content is gone once WeChat has it', async () => {
  const { person, user } = await coding.newUser()
  const user_agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36'
  const { body } = await coding.ask(user, { browser: { user_agent } })
  await coding.world.app.housekeep()
  expect(sent).toHaveLength(1)
  const data = sent[0]?.data ?? {}
  expect(data).toMatchObject({
    character_string1: expect.stringMatching(/^\d{6}$/),
    thing2: `${purpose}（Chrome Windo…）`,
    thing3: '示例商店',
    time4: expect.stringMatching(/^\d{4}年\d\d月\d\d日 \d\d:\d\d$/),
  })
  const rows = await look(
    coding.world,
    'SELECT state, lane, text_sealed FROM messages WHERE id = ?',
    body.id.replace('vc_', 'ms_'),
  )
  expect(rows).toEqual([{ state: 'sent', lane: 'codes', text_sealed: null }])
  await receipt(person, String(count), 'success')
  const told = (await coding.told()).slice(-2)
  expect(told.map(({ type, data }) => [type, data.code_id, data.via])).toEqual([
    ['code.accepted', body.id, 'template'],
    ['code.delivered', body.id, 'template'],
  ])
  expect((await coding.check(body.id, data.character_string1 ?? '')).status).toBe(200)
})

test('what is too long for its field is cut, but never the code', async () => {
  const { user } = await coding.newUser()
  await coding.ask(user, { purpose: '把收款账户更换成另外一个尾号为零零零零的银行账户并且立刻提现全部余额' })
  await coding.world.app.housekeep()
  const { thing2 = '', character_string1 } = sent[0]?.data ?? {}
  expect([thing2.length, character_string1?.length]).toEqual([20, 6])
  expect(thing2).toMatch(/^把收款账户更换成.*…（–）$/)
})

test.each([
  ['failed: system failed', 'wechat_failed'],
  ['failed:user block', 'refused_by_user'],
])('WeChat says “%s” later: the site hears so, and the old code is not sent again', async (status, reason) => {
  const { person, user } = await coding.newUser()
  const { body } = await coding.ask(user)
  await coding.world.app.housekeep()
  await receipt(person, String(count), status)
  expect((await coding.told()).at(-1)).toMatchObject({
    type: 'code.failed',
    data: { code_id: body.id, user_id: user, reason },
  })
  coding.world.clock.advance(10_000)
  await coding.world.app.housekeep()
  expect(sent).toHaveLength(1)
})

test('a template that would be refused cannot be chosen, and which field is wrong is said', async () => {
  const { world } = coding
  const choose = async (chosen: Record<string, string>): Promise<string[]> => {
    const error = await world.app.templates.setCode(world.account.appid, 'T1', chosen).catch((thrown) => thrown)
    return error instanceof DomainError ? (error.details.errors ?? []).map(({ path }) => path) : []
  }
  expect(await choose({ ...fields, character_string1: '{purpose}' })).toEqual(['fields'])
  expect(await choose({ ...fields, character_string1: '{code}{purpose}' })).toEqual(['data.character_string1'])
  expect(await choose({ ...fields, thing3: '{shop}' })).toEqual(['thing3'])
  expect(await choose({ ...fields, time4: '{minutes}' })).toEqual(['data.time4'])
  expect(await choose({ character_string1: '{code}' })).toEqual(['data.thing2', 'data.thing3', 'data.time4'])
  expect(await choose(fields)).toEqual([])
})

test('where the template has become another, or there is none, the code goes as a text', async () => {
  const { world } = coding
  const { person, user } = await coding.newUser()
  await world.app.store.write((tx) =>
    tx
      .updateTable('templates')
      .set({ code_fields: JSON.stringify({ ...fields, thing9: 'x' }) })
      .execute(),
  )
  const { body } = await coding.ask(user)
  await world.app.housekeep()
  expect(sent).toEqual([])
  expect((await coding.check(body.id, await coding.read(person))).status).toBe(200)
  await world.app.templates.unsetCode(world.account.appid)
  const other = await coding.newUser()
  await coding.ask(other.user)
  await world.app.housekeep()
  expect(sent).toEqual([])
  expect(await coding.read(other.person)).toMatch(/^\d{6}$/)
})
