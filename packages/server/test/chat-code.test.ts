import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AppInput } from '../src/apps/apps.ts'
import { readTyped } from '../src/chat/chat.ts'
import { addSimulated, type Harness, type NewFlow, startHarness } from './harness.ts'
import { look } from './wire.ts'

let world: Harness
/** A subscription account: it may follow, hear and answer, and nothing else. */
let appid: string
let followQr: string
let site: { apiKey: string }
beforeAll(async () => {
  world = await startHarness()
  const account = await addSimulated(world, { kind: 'subscription', verified: false })
  appid = account.appid
  followQr = account.followQr
  site = await world.addSite({ appid, bindAssurance: 'tap', registration: 'auto' })
})
afterAll(() => world.close())

async function newFlow(body: object = {}, key = site.apiKey): Promise<NewFlow & { chat_code: string }> {
  const answer = await world.api<NewFlow & { chat_code: string }>(
    'POST',
    '/v1/flows',
    { kind: 'login', ...body },
    { key },
  )
  expect(answer.status).toBe(201)
  return answer.body
}

async function newPerson(): Promise<string> {
  const { id } = await world.sim('POST', '/people', { name: 'somebody' })
  await world.sim('POST', `/people/${id}/follow`, { account: appid, content: followQr })
  return id
}

/** @returns what the chat answers, or nothing */
async function say(person: string, text: string): Promise<string | undefined> {
  await world.sim('POST', `/people/${person}/say`, { account: appid, text })
  const last = (await world.sim('GET', `/people/${person}/chat?account=${appid}`)).at(-1)
  return last.from === 'account' ? last.text : undefined
}

const see = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
const otherThan = (number = '') => (number === '00' ? '01' : '00')

async function redeem(flow: NewFlow, key = site.apiKey) {
  const { completion_code } = await see(flow)
  return world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code }, { key })
}

describe('on an account without parametric QR codes', () => {
  test('the same call shows the account’s own QR code and eight consonants, and asks WeChat for nothing', async () => {
    const before = await world.sim('GET', '/calls')
    const flow = await newFlow()
    expect(flow).toMatchObject({ entry: 'chat', state: 'waiting', next: 'scan', qr: { content: followQr } })
    expect(flow.chat_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(flow.wechat_url).toBeUndefined()
    expect(await world.sim('GET', '/calls')).toEqual(before)
  })

  test('the code typed in the chat, and the two digits of the page, log a person in', async () => {
    const flow = await newFlow({ browser: { user_agent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0' } })
    const person = await newPerson()
    const asked = await say(person, flow.chat_code)
    expect(asked).toContain('您正在登录 other (other.example.com)')
    expect(asked).toContain('两位数字')
    const seen = await see(flow)
    expect(seen).toMatchObject({ state: 'scanned', next: 'phone', number: expect.stringMatching(/^\d\d$/) })
    expect(seen.chat_code).toBeUndefined()
    expect(await say(person, seen.number ?? '')).toContain('已确认登录 other')
    expect(await see(flow)).toMatchObject({ state: 'confirmed', next: 'finish' })
    expect(await redeem(flow)).toMatchObject({
      status: 200,
      body: { user: { is_new: true }, wechat: { account: appid, subscribed: true }, assurance: 'tap' },
    })
  })

  test('the backend never sees the number', async () => {
    const flow = await newFlow()
    await say(await newPerson(), flow.chat_code)
    const { body } = await world.api<NewFlow>('GET', `/v1/flows/${flow.id}`, undefined, { key: site.apiKey })
    expect(body).toMatchObject({ state: 'scanned' })
    expect(body.number).toBeUndefined()
  })

  test('a link is made, and the person is known next time', async () => {
    const person = await newPerson()
    for (const kind of ['bind', 'login']) {
      const flow = await newFlow({ kind, ...(kind === 'bind' && { external_user_id: 'chatty' }) })
      await say(person, flow.chat_code)
      await say(person, (await see(flow)).number ?? '')
      expect((await redeem(flow)).body).toMatchObject({ user: { external_user_id: 'chatty' } })
    }
  })

  test('a link that would conflict ends in the chat, where the person can read why [B34, T43]', async () => {
    const person = await newPerson()
    const flows = [await newFlow({ kind: 'bind', external_user_id: 'one' })]
    flows.push(await newFlow({ kind: 'bind', external_user_id: 'two' }))
    const answers: (string | undefined)[] = []
    for (const flow of flows) {
      await say(person, flow.chat_code)
      answers.push(await say(person, (await see(flow)).number ?? ''))
      await redeem(flow)
    }
    expect(answers[1]).toContain('没有绑定')
    expect(await see(flows[1] as NewFlow)).toMatchObject({ state: 'failed', reason: 'wechat_already_bound' })
  })

  test('a no in the chat declines', async () => {
    const flow = await newFlow()
    const person = await newPerson()
    await say(person, flow.chat_code)
    expect(await say(person, '拒绝')).toContain('已拒绝')
    expect(await see(flow)).toMatchObject({ state: 'declined', next: null })
    expect(await say(person, '拒绝')).toBeUndefined()
  })

  test('two wrong numbers end the flow, and the right one then comes too late [B31]', async () => {
    const flow = await newFlow()
    const person = await newPerson()
    await say(person, flow.chat_code)
    const { number = '' } = await see(flow)
    expect(await say(person, otherThan(number))).toContain('最后一次')
    expect(await say(person, otherThan(number))).toContain('输错次数太多')
    expect(await see(flow)).toMatchObject({ state: 'failed', reason: 'too_many_tries' })
    await say(person, number)
    expect(await see(flow)).toMatchObject({ state: 'failed' })
  })

  test('the number of somebody else’s page, or from another WeChat, confirms nothing [T18]', async () => {
    const flow = await newFlow()
    const [person, other] = [await newPerson(), await newPerson()]
    await say(person, flow.chat_code)
    const { number = '' } = await see(flow)
    expect(await say(other, number)).toBeUndefined()
    expect(await see(flow)).toMatchObject({ state: 'scanned' })
  })

  test('under “code” the chat gives six digits for the number, and the page must have them typed', async () => {
    const flow = await newFlow({ assurance: 'code' })
    const person = await newPerson()
    await say(person, flow.chat_code)
    const answer = await say(person, (await see(flow)).number ?? '')
    const [code = ''] = /\d{6}/.exec(answer ?? '') ?? []
    expect(await see(flow)).toMatchObject({ state: 'scanned', next: 'enter_code' })
    expect((await see(flow)).number).toBeUndefined()
    expect(await say(person, '12')).toContain(code)
    const typed = await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })
    expect(typed.body).toMatchObject({ state: 'confirmed' })
  })

  test('a second WeChat that types the code is told so, and the flow is raised to “code” [T21]', async () => {
    const flow = await newFlow()
    const [first, second] = [await newPerson(), await newPerson()]
    await say(first, flow.chat_code)
    expect(await say(second, flow.chat_code)).toContain('已被另一个微信')
    expect(await see(flow)).toMatchObject({ state: 'scanned', assurance: 'code' })
    expect(await say(first, (await see(flow)).number ?? '')).toMatch(/\d{6}/)
  })

  test('who leaves takes the flow along', async () => {
    const flow = await newFlow()
    const person = await newPerson()
    await say(person, flow.chat_code)
    await world.sim('POST', `/people/${person}/unfollow`, { account: appid })
    expect(await see(flow)).toMatchObject({ state: 'cancelled', reason: 'not_following' })
  })

  test('a flow names what the account cannot do: refused; an app that prefers it gets what can be done', async () => {
    const refused = await world.api('POST', '/v1/flows', { kind: 'login', entry: 'page' }, { key: site.apiKey })
    expect(refused).toMatchObject({ status: 409, body: { code: 'account_capability_missing' } })
    for (const entry of ['qr', 'page'] as const) {
      const { apiKey } = await world.addSite({ appid, entry } satisfies Partial<AppInput>)
      expect(await newFlow({}, apiKey)).toMatchObject({ entry: 'chat' })
    }
  })

  test('a menu’s tap says what to type', async () => {
    const person = await newPerson()
    await world.sim('POST', `/people/${person}/tap`, { account: appid, key: 'hufu_code' })
    const chat = await world.sim('GET', `/people/${person}/chat?account=${appid}`)
    expect(chat.at(-1).text).toContain('八个字母')
  })
})

describe('codes', () => {
  test('are read as people type them', () => {
    for (const text of ['BCDFGHJK', 'bcdf-ghjk', ' bcdf ghjk ', 'ＢＣＤＦ－ｇｈｊｋ', 'BCDF—GHJK']) {
      expect(readTyped(text)).toEqual({ kind: 'code', code: 'BCDFGHJK' })
    }
    for (const text of ['BCDFGHJ', 'BCDFGHJKL', 'BCDFGHJA', 'hello, shop', '', 'B'.repeat(65)])
      expect(readTyped(text)).toBeUndefined()
    for (const text of ['07', ' 0 7', '０７']) expect(readTyped(text)).toEqual({ kind: 'number', digits: '07' })
    for (const text of ['拒绝', '取消。', 'No', 'decline']) expect(readTyped(text)).toEqual({ kind: 'decline' })
  })

  test('are stored as a keyed index only', async () => {
    const flow = await newFlow()
    const [row] = await look<{ chat_index: string }>(world, 'SELECT * FROM flows WHERE id = ?', flow.id)
    expect(row?.chat_index).toHaveLength(22)
    expect(JSON.stringify(row)).not.toContain(flow.chat_code.replace('-', ''))
  })

  test('of one account are none in another’s chat', async () => {
    const flow = await newFlow()
    const person = await world.newPerson()
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: flow.chat_code })
    expect(await see(flow)).toMatchObject({ state: 'waiting' })
  })

  test('past their time are over', async () => {
    const flow = await newFlow({ expires_in: 30 })
    const person = await newPerson()
    world.clock.advance(31_000)
    await world.sim('POST', '/clock', { offset_ms: 31_000 })
    expect(await say(person, flow.chat_code)).toContain('已失效')
    expect(await see(flow)).toMatchObject({ state: 'expired' })
  })

  test('five wrong ones in ten minutes, and a WeChat is not listened to, whatever it types', async () => {
    const person = await newPerson()
    const tries: (string | undefined)[] = []
    for (const last of 'BCDFG') tries.push(await say(person, `XXXXXXX${last}`))
    expect(tries.slice(0, 4).every((text) => text?.includes('没有这个代码'))).toBe(true)
    expect(tries[4]).toContain('十分钟后')
    const flow = await newFlow({ expires_in: 1800 })
    expect(await say(person, flow.chat_code)).toContain('十分钟后')
    expect(await see(flow)).toMatchObject({ state: 'waiting' })
    const other = await newPerson()
    expect(await say(other, 'XXXXXXXB')).toContain('没有这个代码')
    world.clock.advance(10 * 60_000 + 1_000)
    await world.sim('POST', '/clock', { offset_ms: 10 * 60_000 + 32_000 })
    expect(await say(person, flow.chat_code)).toContain('您正在登录')
    world.clock.advance(3_600_000)
    await world.app.housekeep()
    expect(await look(world, 'SELECT * FROM chat_tries')).toEqual([])
    world.clock.advance(-(3_600_000 + 10 * 60_000 + 32_000))
    await world.sim('POST', '/clock', { offset_ms: 0 })
  })

  test('wrong ones are counted however many arrive at once', async () => {
    const person = await newPerson()
    const texts = [...'BCDFGHJKLM'].map((last) => `ZZZZZZZ${last}`)
    await Promise.all(texts.map((text) => world.sim('POST', `/people/${person}/say`, { account: appid, text })))
    const rows = await look<{ tries: number }>(world, 'SELECT * FROM chat_tries WHERE tries > 4')
    expect(rows).toMatchObject([{ tries: 5 }])
    const flow = await newFlow()
    await say(person, flow.chat_code)
    expect(await see(flow)).toMatchObject({ state: 'waiting' })
  })
})

test('on a service account, too, a flow may be entered by a code; it is then confirmed on the page', async () => {
  const flow = await world.createFlow({ kind: 'login', entry: 'chat' })
  const person = await world.newPerson()
  const { chat_code: text } = flow as NewFlow & { chat_code: string }
  await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text })
  expect(await see(flow)).toMatchObject({ state: 'scanned', next: 'phone' })
  expect((await see(flow)).number).toBeUndefined()
  await world.decide(person, 'confirm')
  expect(await see(flow)).toMatchObject({ state: 'confirmed' })
})
