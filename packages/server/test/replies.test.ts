import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReplyRuleInput } from '../src/replies/input.ts'
import { type Harness, startHarness } from './harness.ts'
import { look } from './wire.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness({
    app: { scopes: ['replies'], linkUrl: 'https://shop.example.com/from-wechat' },
  })
})
afterAll(() => world.close())

const rules = () => world.app.rules
const add = (rule: ReplyRuleInput) => rules().add(world.account.appid, rule)

async function say(person: string, text: string): Promise<string | undefined> {
  return answerTo(await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text }))
}

async function tap(person: string, key: string): Promise<string | undefined> {
  return answerTo(await world.sim('POST', `/people/${person}/tap`, { account: world.account.appid, key }))
}

async function answerTo({ push }: { push: string }): Promise<string | undefined> {
  const { verdict, attempts } = await world.sim('GET', `/pushes/${push}`)
  expect(['reply', 'acknowledged']).toContain(verdict)
  return attempts.at(-1).reply?.text
}

test('a word is answered by the rule that says most, of those of the highest priority', async () => {
  const person = await world.newPerson()
  const added = [
    await add({ kind: 'any', keywords: [], text: '请回复 帮助' }),
    await add({ kind: 'contains', keywords: ['订单', 'order'], text: '订单请看网站' }),
    await add({ kind: 'exact', keywords: ['查询订单'], text: '正在查询' }),
    await add({ kind: 'exact', keywords: ['营业时间', 'HOURS'], text: '9:00–18:00' }),
    await add({ kind: 'click', keywords: ['HOURS'], text: '每天 9:00–18:00' }),
    await add({ kind: 'contains', keywords: ['紧急'], text: '请拨打电话', priority: 5 }),
  ]
  expect(await say(person, '查询订单')).toBe('正在查询')
  expect(await say(person, '我的订单呢？')).toBe('订单请看网站')
  expect(await say(person, ' ｈｏｕｒｓ ')).toBe('9:00–18:00')
  expect(await say(person, '紧急：查询订单')).toBe('请拨打电话')
  expect(await say(person, '你好')).toBe('请回复 帮助')
  expect(await tap(person, 'HOURS')).toBe('每天 9:00–18:00')
  expect(await tap(person, 'hours')).toBeUndefined()
  for (const { id } of added) await rules().remove(world.account.appid, id)
  expect(await say(person, '查询订单')).toBeUndefined()
})

test('rules of one account answer for no other, and outlive a restart', async () => {
  const { id } = await add({ kind: 'any', keywords: [], text: '在的' })
  const other = await world.app.accounts.add({
    appid: 'wxsim0000000000000',
    originalId: 'gh_0000000000ab',
    name: 'other',
    kind: 'service',
    verified: true,
    mode: 'plaintext',
    secret: 'x'.repeat(32),
    token: 'x'.repeat(16),
    simulated: true,
  })
  expect(rules().match(other.appid, { words: '在吗' })).toBeUndefined()
  await world.restart()
  expect(await say(await world.newPerson(), '在吗')).toBe('在的')
  await rules().remove(world.account.appid, id)
})

test('{link} becomes a link for the person who is answered', async () => {
  const text = '<a href="{link}">绑定账号</a>，或者打开 {link}'
  const { id } = await add({ kind: 'exact', keywords: ['绑定'], text })
  const [one, two] = [await world.newPerson(), await world.newPerson()]
  const links = async (person: string) => {
    await say(person, '绑定')
    const chat = await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)
    return chat.at(-1).links.map((link: { url: string }) => link.url)
  }
  const [first, second] = [await links(one), await links(two)]
  expect(first).toEqual([expect.stringContaining('/l/'), first[0]])
  expect(second[0]).not.toBe(first[0])
  await rules().remove(world.account.appid, id)
})

test('{link:ap_…} names the app, which must be there', async () => {
  const named = { kind: 'exact', keywords: ['商店'], text: `{link:${world.site.id}}` } as const
  const { id } = await add({ ...named, keywords: ['商店'] })
  await say(await world.newPerson(), '商店')
  const [newest] = await look(world, 'SELECT app_id FROM links WHERE created_at = (SELECT max(created_at) FROM links)')
  expect(newest).toEqual({ app_id: world.site.id })
  await rules().remove(world.account.appid, id)
  const nobody = `ap_${'a'.repeat(26)}`
  await expect(add({ ...named, keywords: ['商店'], text: `{link:${nobody}}` })).rejects.toMatchObject({
    code: 'invalid_value',
  })
})

test('the welcome is what was set, with its link, until the built-in one is wanted again', async () => {
  const greeting = async () => {
    const person = await world.newPerson()
    return (await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)).at(-1)
  }
  await rules().setWelcome(world.account.appid, '您好！<a href="{link}">登录</a>')
  expect(await greeting()).toMatchObject({ text: '您好！登录', links: [{ url: expect.stringContaining('/l/') }] })
  await rules().setWelcome(world.account.appid, null)
  expect((await greeting()).text).toContain('欢迎关注')
})

test('a repeated push gets the reply that the rule gave then', async () => {
  const { id } = await add({ kind: 'exact', keywords: ['几点'], text: '九点' })
  const person = await world.newPerson()
  const event = { MsgType: 'text', Content: '几点', MsgId: '24000000000000001' }
  const deliver = async () => {
    const { push } = await world.sim('POST', '/push', { account: world.account.appid, person, event })
    return answerTo({ push })
  }
  expect(await deliver()).toBe('九点')
  await rules().change(world.account.appid, id, { kind: 'exact', keywords: ['几点'], text: '十点' })
  expect(await deliver()).toBe('九点')
  await rules().remove(world.account.appid, id)
})

test('a person who writes in a frenzy is answered once in ten seconds, and a scan is answered all the same', async () => {
  const { id } = await add({ kind: 'any', keywords: [], text: '在的' })
  const person = await world.newPerson()
  const answers = []
  for (let n = 0; n < 13; n++) answers.push(await say(person, `${n}`))
  expect(answers.filter((text) => text === undefined)).toHaveLength(2)
  const flow = await world.createFlow()
  expect((await world.scan(person, flow.qr.content)).links).toHaveLength(1)
  await rules().remove(world.account.appid, id)
})

test('a rule that could not be sent, or would never fit, is refused', async () => {
  const rule = { kind: 'exact', keywords: ['a'], text: 'b' } as const
  const wrong = [
    { ...rule, text: '' },
    { ...rule, text: '好'.repeat(683) },
    { ...rule, text: `${'好'.repeat(600)}{link}` },
    { ...rule, text: 'a\u0000b' },
    { ...rule, keywords: [] },
    { ...rule, keywords: [' '] },
    { ...rule, keywords: Array.from({ length: 21 }, (_, n) => `${n}`) },
    { ...rule, kind: 'any' as const },
    { ...rule, priority: 1.5 },
  ]
  for (const one of wrong) {
    await expect(add({ ...one, keywords: [...one.keywords] })).rejects.toMatchObject({ code: 'invalid_value' })
  }
  expect(await look(world, 'SELECT id FROM reply_rules')).toEqual([])
})

test('a line whose link could lead into two apps falls away, and a reply that is nothing else with it', async () => {
  const { id } = await add({
    kind: 'exact',
    keywords: ['绑定'],
    text: '您好！\n<a href="{link}">绑定账号</a>',
  })
  await world.addSite({ linkUrl: 'https://other.example.com/from-wechat' })
  const person = await world.newPerson()
  expect(await say(person, '绑定')).toBe('您好！')
  await rules().change(world.account.appid, id, { kind: 'exact', keywords: ['绑定'], text: '{link}' })
  expect(await say(person, '绑定')).toBeUndefined()
})
