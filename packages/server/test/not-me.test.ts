import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AtHome, startAtHome } from './at-home.ts'
import type { Harness, NewFlow, Page } from './harness.ts'
import { logIn } from './pc.ts'

let home: AtHome
let world: Harness
beforeAll(async () => {
  home = await startAtHome()
  world = home.world
})
afterAll(() => world.close())

describe('“not me”', () => {
  const tokenOf = async (flow: NewFlow) => world.app.signIns.token(await home.signInOf(flow))

  test('is offered in the chat after a login and after a link, with site, browser and time', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    await home.link(person, 'shopper-4')
    await world.app.housekeep()
    const chat = await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)
    const notices = chat.filter(({ text = '' }: { text?: string }) => text.includes('不是我'))
    expect(notices.map(({ text }: { text: string }) => text)).toEqual([
      expect.stringMatching(/^已用您的微信登录 示例商店 \(shop\.example\.com\)。\nWindows 上的 Firefox · \d\d:\d\d\n/),
      expect.stringMatching(/^您的微信已绑定到 示例商店 \(shop\.example\.com\) 的账号。\n\d\d:\d\d\n/),
    ])
    const page: Page = await world.sim('POST', `/people/${person}/open`, { url: notices[0].links[0].url })
    expect(page.text).toContain('这不是您本人操作？')
  })

  test('is not said to who does not follow, or whose account may not say it', async () => {
    const stranger = await world.newPerson({ follows: false })
    const flow = await world.createFlow({ kind: 'login', entry: 'page' })
    await world.sim('POST', `/people/${stranger}/open`, { url: flow.qr.content })
    await home.press(stranger, 'confirm', {}, 'decision')
    await home.redeem(flow)
    await world.app.housekeep()
    expect(await world.sim('GET', `/people/${stranger}/chat?account=${world.account.appid}`)).toEqual([])
  })

  test('ends sessions, tells the site, and asks for six digits for a week', async () => {
    const person = await world.newPerson()
    const { flow } = await home.comeIn(person)
    const { pc } = await logIn(world, person)
    await home.open(person, `/not-me/${await tokenOf(flow)}`)
    expect((await home.press(person, 'disown')).text).toContain('谢谢告知')
    expect((await pc.go('/me')).to).toBe('/login')
    expect(await home.feedOf(flow)).toContain('login.disowned')
    const next = await world.createFlow()
    await world.scan(person, next.qr.content)
    const page = await world.decide(person, 'confirm')
    expect(page.outputs.code).toMatch(/^\d{6}$/)
    world.clock.advance(8 * 24 * 3_600_000)
    const later = await world.createFlow()
    await world.scan(person, later.qr.content)
    expect((await world.decide(person, 'confirm')).outputs.code).toBeUndefined()
  })

  test('a scan that would have confirmed by itself does not, for that week', async () => {
    const { app, apiKey } = await world.addSite({ loginAssurance: 'instant', registration: 'auto' })
    const person = await world.newPerson()
    const { flow } = await home.comeIn(person)
    await home.open(person, `/not-me/${await tokenOf(flow)}`)
    await home.press(person, 'disown')
    const { body: next } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
    await world.scan(person, next.qr.content)
    const { body } = await world.browser('GET', `/v1/flows/${next.id}`, next.secret)
    expect([body.state, body.assurance]).toEqual(['scanned', 'code'])
    expect(app.assurance.login).toBe('instant')
  })

  test('is for the one it was sent to, nobody else [T25]', async () => {
    const [person, other] = [await world.newPerson(), await world.newPerson()]
    const { flow } = await home.comeIn(person)
    const page = await home.open(other, `/not-me/${await tokenOf(flow)}`)
    expect(page.status).toBe(403)
    expect(page.text).not.toContain('示例商店')
    expect((await home.open(person, `/not-me/${'a'.repeat(58)}`)).status).toBe(404)
  })

  test('“it was me” changes nothing', async () => {
    const person = await world.newPerson()
    const { flow } = await home.comeIn(person)
    const { pc } = await logIn(world, person)
    const question = await home.open(person, `/not-me/${await tokenOf(flow)}`)
    expect(question.text).toContain('有人用您的微信登录了“示例商店”')
    expect((await home.press(person, 'was_me')).text).toContain('没有任何变动')
    expect((await pc.go('/me')).status).toBe(200)
    expect(await home.feedOf(flow)).not.toContain('login.disowned')
    expect((await home.open(person, `/not-me/${await tokenOf(flow)}`)).text).toContain('是我本人')
  })

  test('a link that was not wanted is taken apart, and the WeChat stays guarded', async () => {
    const person = await world.newPerson()
    const flow = await home.link(person, 'shopper-3')
    await home.open(person, `/not-me/${await tokenOf(flow)}`)
    await home.press(person, 'disown')
    const { body } = await world.api<{ data: { accounts: string[] }[] }>('GET', '/v1/users?external_user_id=shopper-3')
    expect(body.data[0]?.accounts).toEqual([])
    expect(await home.feedOf(flow)).toContain('binding.removed')
    const next = await world.createFlow()
    await world.scan(person, next.qr.content)
    expect((await world.decide(person, 'confirm')).outputs.code).toMatch(/^\d{6}$/)
  })
})
