import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { maskName } from '../src/text.ts'
import { type Conflicting, hourMs, startConflicts } from './conflicting.ts'
import { addSimulated, type NewFlow } from './harness.ts'
import { look } from './wire.ts'

let here: Conflicting
let world: Conflicting['world']
beforeAll(async () => {
  here = await startConflicts()
  world = here.world
})
afterAll(() => world.close())

async function newReader({ appid, followQr }: { appid: string; followQr: string }): Promise<string> {
  const { id } = await world.sim('POST', '/people', { name: 'somebody' })
  await world.sim('POST', `/people/${id}/follow`, { account: appid, content: followQr })
  return id
}

/** The code of the page, then its two digits, both typed in the chat. @returns what the page sees */
async function bindByChat(account: string, person: string, external: string) {
  const { body: flow } = await world.api<NewFlow>('POST', '/v1/flows', { ...here.bindOf(external), account })
  const watch = async () => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const type = (text = '') => world.sim('POST', `/people/${person}/say`, { account, text })
  await type(flow.chat_code)
  await type((await watch()).number)
  const { completion_code, ...seen } = await watch()
  if (completion_code) await here.company.redeem(flow, completion_code)
  return seen
}

describe('a user who has another WeChat', () => {
  test('keeps it; both WeChats can see why [B35]', async () => {
    const { old, fresh, id, user, conflict, path } = await here.replaced()
    expect(conflict).toMatchObject({ reason: 'user_already_bound', user_id: user })
    expect(here.choicesOf(await here.open(fresh, path))).toEqual(['ask'])
    const [ofFresh, ofOld] = [await here.open(fresh, path), await here.open(old, path)]
    expect(ofOld.status).toBe(200)
    // The account is the old one's: its holder reads which, and the other what they wanted themselves.
    expect(ofOld.text).toContain(`该账号\n${maskName(id)}`)
    expect(ofFresh.text).not.toContain('该账号')
    expect((await here.login(old))?.id).toBe(user)
  })

  test('keeps it, and its WeChat reads in the chat that somebody tried, once [B34, B35, T43]', async () => {
    const { old, fresh, id, path } = await here.replaced()
    const told = async (person: string) => (await here.heard(person)).filter((text) => text.includes(path))
    expect(await told(old)).toEqual([expect.stringContaining('示例商店')])
    expect(await here.bind(fresh, id)).toMatchObject({ status: 409 })
    expect(await told(old)).toHaveLength(1)
    // Who scanned reads it where they scanned.
    expect(await told(fresh)).toEqual([])
  })

  test('by an account without pages, is told without a link that would lead nowhere', async () => {
    const said = await addSimulated(world, { kind: 'subscription', verified: true })
    const [old, fresh, id] = [await newReader(said), await newReader(said), here.newId()]
    expect(await bindByChat(said.appid, old, id)).toMatchObject({ state: 'confirmed' })
    expect(await bindByChat(said.appid, fresh, id)).toMatchObject({ reason: 'user_already_bound' })
    const last = (await here.heard(old, said.appid)).at(-1)
    expect(last).toContain('有人想把另一个微信绑定到您在“示例商店”的账号')
    expect(last).not.toContain('http')
  })

  test('gets the new one when the old one allows it [D2]', async () => {
    const { old, fresh, id, user, conflict, path } = await here.replaced()
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    expect((await here.bind(fresh, id)).status).toBe(409)
    expect(here.choicesOf(await here.open(old, path))).toEqual(['allow', 'refuse'])
    await here.press(old, 'allow')
    expect(await here.bind(fresh, id)).toMatchObject({ status: 200, body: { user: { id: user, is_new: false } } })
    expect((await here.login(fresh))?.id).toBe(user)
    expect(await here.login(old)).toBeNull()
    expect((await here.events('binding.moved')).at(-1)).toMatchObject({ conflict_id: conflict.id, user_id: user })
    // The one that went can take it back, alone, for a day.
    expect(here.choicesOf(await here.open(old, path))).toEqual(['undo'])
    await here.press(old, 'undo')
    expect((await here.login(old))?.id).toBe(user)
    expect(await here.login(fresh)).toBeNull()
  })

  test('does not when the old one refuses, whatever time passes [D2]', async () => {
    const { old, fresh, id, path } = await here.replaced()
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    await here.open(old, path)
    await here.press(old, 'refuse')
    await here.pass(30 * hourMs)
    expect((await here.bind(fresh, id)).status).toBe(409)
    expect(here.choicesOf(await here.open(fresh, path))).toEqual([])
  })

  test('does not get it by waiting at a site that does not authenticate its user anew [D2]', async () => {
    const { old, fresh, id, path } = await here.replaced()
    await here.open(fresh, path)
    expect((await here.press(fresh, 'ask')).text).toContain('现在需要另一个微信同意')
    expect((await here.open(old, path)).text).toContain('如果您不答复，什么都不会改变。')
    await here.pass(30 * hourMs)
    expect((await here.bind(fresh, id)).status).toBe(409)
  })

  test('does not get it by waiting when the old one could not be told [D2]', async () => {
    const { old, fresh, id, path } = await here.replaced()
    await world.app.apps.change(world.site.id, { reauthenticateWithin: 600 })
    // WeChat lets nothing be said a minute after the scan.
    await here.pass(61_000)
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    expect((await here.heard(old)).filter((text) => text.includes(path))).toEqual([])
    await here.pass(30 * hourMs)
    expect((await here.bind(fresh, id)).status).toBe(409)
  })

  test('does not get it by waiting when WeChat was asked and did not answer: it may not have been said [D2]', async () => {
    const { fresh, id, path } = await here.replaced()
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    await world.sim('POST', '/faults', { path: '/cgi-bin/message/custom/send', kind: 'http_5xx' })
    await world.app.housekeep()
    await world.sim('DELETE', '/faults')
    await here.pass(30 * hourMs)
    expect((await here.bind(fresh, id)).status).toBe(409)
  })

  test('gets it a day after WeChat took the word to the old one, not a day after it was asked for [D2]', async () => {
    const { old, fresh, id, path } = await here.replaced()
    await world.sim('POST', `/people/${old}/say`, { account: here.a, text: '你好' })
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    await world.sim('POST', '/faults', { path: '/cgi-bin/message/custom/send', kind: 'errcode', errcode: -1 })
    await world.app.housekeep()
    await world.sim('DELETE', '/faults')
    await here.pass(5 * 60_000)
    expect((await here.heard(old)).at(-1)).toContain(path)
    await here.pass(24 * hourMs - 60_000)
    expect((await here.bind(fresh, id)).status).toBe(409)
    await here.pass(60_000)
    expect((await here.bind(fresh, id)).status).toBe(200)
  })

  test('gets it a day later when the old one says nothing, and the PC’s digits again [D2]', async () => {
    const { old, fresh, id, user, path } = await here.replaced()
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    expect((await here.heard(old)).at(-1)).toContain(world.base + path)
    await here.pass(23 * hourMs)
    expect((await here.bind(fresh, id)).status).toBe(409)
    await here.pass(2 * hourMs)
    expect((await here.bind(fresh, id)).status).toBe(200)
    expect((await here.login(fresh))?.id).toBe(user)
    expect(await here.login(old)).toBeNull()
    // When it is final, nothing is left over but the two people.
    await here.pass(25 * hourMs)
    await world.app.housekeep()
    const empty = await look(
      world,
      `SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM identities) AND id NOT IN (SELECT user_id FROM app_users)`,
    )
    expect(empty).toEqual([])
  })

  test('reads what silence comes to, before and after the day, and so does the other; who is late can refuse [D2]', async () => {
    const { old, fresh, id, path } = await here.replaced()
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    expect((await here.heard(old)).at(-1)).toContain('请在 24 小时内拒绝')
    expect((await here.open(fresh, path)).text).toContain('或等到')
    expect((await here.open(old, path)).text).toContain('之前没有拒绝，另一个微信就可以取代您的微信')
    await here.pass(25 * hourMs)
    expect((await here.open(fresh, path)).text).toContain('一切就绪')
    const late = await here.open(old, path)
    expect(late.text).toContain('您一天没有答复')
    expect(here.choicesOf(late)).toEqual(['allow', 'refuse'])
    await here.press(old, 'refuse')
    expect((await here.bind(fresh, id)).status).toBe(409)
  })

  test('a request that nobody followed up for two days has to be made anew', async () => {
    const { fresh, id, path } = await here.replaced()
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    await here.pass(49 * hourMs)
    expect((await here.bind(fresh, id)).status).toBe(409)
    expect(here.choicesOf(await here.open(fresh, path))).toEqual(['ask'])
  })

  test('two who finish the same allowed move at once: it happens once', async () => {
    const { old, fresh, id, path } = await here.replaced()
    await here.open(fresh, path)
    await here.press(fresh, 'ask')
    await here.open(old, path)
    await here.press(old, 'allow')
    const flows = [
      await here.company.confirmed(fresh, here.a, here.bindOf(id)),
      await here.company.confirmed(fresh, here.a, here.bindOf(id)),
    ]
    const answers = await Promise.all(flows.map(({ flow, code }) => here.company.redeem(flow, code)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map(({ body }) => body.user?.id)).size).toBe(1)
    const moved = (await here.events('binding.moved')).filter(
      ({ conflict_id }) => path === world.app.conflicts.pathOf({ id: conflict_id ?? '' }),
    )
    expect(moved).toHaveLength(1)
  })
})
