import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AtHome, startAtHome } from './at-home.ts'
import type { Harness, NewFlow, Page } from './harness.ts'
import { logIn, openPc } from './pc.ts'

let home: AtHome
let world: Harness
beforeAll(async () => {
  home = await startAtHome()
  world = home.world
})
afterAll(() => world.close())

describe('in WeChat', () => {
  test('a person who is known reads who they are here, after silent OAuth', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    const page = await home.open(person, '/me')
    expect(page.status).toBe(200)
    expect(page.text).toContain('示例商店')
    expect(page.text).toContain('Firefox')
    expect(page.text).toContain(world.account.name)
  })

  test('a person who is not known reads that, and nothing is made of it', async () => {
    const person = await world.newPerson()
    const page = await home.open(person, '/me')
    expect(page.text).toContain('没有与您有关的信息')
  })

  test('a person turns the notices of a site off and on again, and the site reads it in reach', async () => {
    const person = await world.newPerson()
    const { user } = await home.comeIn(person)
    const isMuted = async () => {
      const { body } = await world.api<{ data: { muted: boolean }[] }>('GET', `/v1/users/${user.id}/reach`)
      return body.data.map(({ muted }) => muted)
    }
    expect((await home.open(person, '/me')).text).toContain('微信通知')
    expect((await home.press(person, 'mute')).text).toContain('该网站不再给您发通知')
    expect(await isMuted()).toEqual([true])
    const say = (text: string) => world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text })
    await say('恢复订阅')
    expect(await isMuted()).toEqual([false])
    await say('退订')
    expect((await home.open(person, '/me')).text).toContain('已关闭')
    expect((await home.press(person, 'unmute')).text).toContain('该网站可以再给您发通知')
    expect(await isMuted()).toEqual([false])
  })

  test('nobody sets the notices of a site that does not know them', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    const { app } = await world.app.apps.add({ name: '别的网站', allowedOrigins: [] })
    await home.open(person, '/me')
    const page: Page = await world.sim('POST', `/people/${person}/submit`, {
      button: { name: 'do', value: 'mute' },
      fields: { id: app.id },
    })
    expect(page.status).toBe(404)
    expect((await home.open(person, '/me')).text).toContain('已开启')
  })

  test('a person takes the site and the WeChat apart, and the site hears of it', async () => {
    const person = await world.newPerson()
    const flow = await home.link(person, 'shopper-1')
    await home.open(person, '/me')
    await home.open(person, `/me/ask?do=leave&id=${world.site.id}`)
    const page = await home.press(person, 'leave')
    expect(page.text).toContain('已断开')
    expect((await home.open(person, '/me')).text).toContain('没有与您有关的信息')
    const found = await world.api<{ data: object[] }>('GET', '/v1/users?external_user_id=shopper-1')
    expect(found.body.data).toEqual([])
    expect(await home.feedOf(flow)).toContain('binding.removed')
  })

  test('a site that knows a person by nothing of its own is left, too, and the question says what goes', async () => {
    const person = await world.newPerson()
    const { user, flow } = await home.comeIn(person)
    await home.open(person, '/me')
    const question = await home.open(person, `/me/ask?do=leave&id=${world.site.id}`)
    expect(question.text).toContain('该网站仅凭微信认识您')
    expect(question.text).toContain('一切信息都会被删除')
    expect((await home.press(person, 'leave')).text).toContain('已断开')
    expect((await world.api('GET', `/v1/users/${user.id}`)).status).toBe(404)
    expect(await home.feedOf(flow)).toContain('user.deleted')
    expect((await home.open(person, '/me')).text).toContain('没有与您有关的信息')
  })

  test('one site of two is left, and the other stays', async () => {
    const { apiKey } = await world.addSite({ registration: 'auto' })
    const person = await world.newPerson()
    const { user } = await home.comeIn(person)
    const { body: other } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
    await world.scan(person, other.qr.content)
    await world.decide(person, 'confirm')
    const known = await home.redeem(other, apiKey)
    await home.open(person, '/me')
    const question = await home.open(person, `/me/ask?do=leave&id=${world.site.id}`)
    expect(question.text).not.toContain('一切信息都会被删除')
    expect((await home.press(person, 'leave')).text).toContain('您与该网站已解除绑定')
    expect((await world.api('GET', `/v1/users/${user.id}`)).status).toBe(404)
    expect((await world.api('GET', `/v1/users/${known.user.id}`, undefined, { key: apiKey })).status).toBe(200)
  })

  test('the only way in is kept, and the page says why [T44]', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    await home.open(person, '/me')
    await home.open(person, await home.unlinkPath(person))
    const answer = await home.press(person, 'unlink')
    expect(answer.status).toBe(409)
    expect(answer.text).toContain('唯一的登录方式')
  })

  test('a WeChat beside another way in is unlinked, and who came in by it is in no more [B48]', async () => {
    const person = await world.newPerson()
    await home.link(person, 'shopper-2')
    const { pc } = await logIn(world, person)
    await home.open(person, '/me')
    await home.open(person, await home.unlinkPath(person))
    expect((await home.press(person, 'unlink')).status).toBe(200)
    expect((await pc.go('/me')).to).toBe('/login')
    const again = await world.api<{ data: { accounts: string[] }[] }>('GET', '/v1/users?external_user_id=shopper-2')
    expect(again.body.data[0]?.accounts).toEqual([])
  })
})

describe('on a PC, without scripts', () => {
  test('scanning and six digits open the page', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    const { pc, end } = await logIn(world, person)
    expect(end.to).toBe('/me')
    const page = await pc.go('/me')
    expect(page.html).toContain('Sign-ins with your WeChat')
    expect(page.html).toContain('示例商店')
  })

  test('a scan alone opens nothing, and the phone must say yes first', async () => {
    const person = await world.newPerson()
    const pc = openPc(world)
    await pc.go('/login/plain', { do: 'begin' })
    await world.scan(person, (await pc.flow())?.qr_content ?? '')
    const page = await pc.go('/login/plain', { do: 'next' })
    expect(page.status).toBe(422)
    expect(page.html).toContain('has not confirmed yet')
    expect((await pc.go('/me')).to).toBe('/login')
  })

  test('wrong digits are told, and five of them end it', async () => {
    const person = await world.newPerson()
    const pc = openPc(world)
    await pc.go('/login/plain', { do: 'begin' })
    await world.scan(person, (await pc.flow())?.qr_content ?? '')
    const { outputs } = await world.decide(person, 'confirm')
    const wrong = outputs.code === '000000' ? '111111' : '000000'
    const asks = await pc.go('/login/plain', { do: 'next' })
    expect(asks.status).toBe(200)
    expect(asks.html).toMatch(/name="code"(?![^>]*aria-invalid)/)
    expect(asks.html).not.toContain('role="alert"')
    expect((await pc.go('/login/plain', { do: 'next', code: wrong })).html).toContain('not the six digits')
    for (let tries = 0; tries < 3; tries++) await pc.go('/login/plain', { do: 'next', code: wrong })
    expect((await pc.go('/login/plain', { do: 'next', code: wrong })).html).toContain('is over')
  })

  test('a WeChat that nobody is known by gets no session', async () => {
    const person = await world.newPerson()
    const { pc, end } = await logIn(world, person)
    expect(end.to).toBe('/login/unknown')
    expect(pc.jar.has('hufu_session')).toBe(false)
  })

  test('a flow of another browser cannot be finished by naming it [T17]', async () => {
    const [mine, theirs] = [openPc(world), openPc(world)]
    await mine.go('/login/plain', { do: 'begin' })
    const [id] = (mine.jar.get('hufu_login') ?? '').split('.')
    theirs.jar.set('hufu_login', `${id}.bs_${'A'.repeat(43)}`)
    const answer = await theirs.go('/login?plain')
    expect(answer.html).not.toContain('<svg xmlns')
  })
})
