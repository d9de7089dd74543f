import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoUser } from './src/users.ts'
import { linkOn, nameOn, noticeOn } from './visitor.ts'
import { type DemoWorld, demoUserLoggedIn, linkWechat, logInWithWechat, startDemoWorld } from './world.ts'

let world: DemoWorld
beforeAll(async () => {
  world = await startDemoWorld()
})
afterAll(() => world.close())

describe('begun in the chat', () => {
  const confirm = { button: { name: 'decision', value: 'confirm' } }
  const formTo = (page: { forms: { action: string }[] }, path: string) =>
    page.forms.findIndex(({ action }) => action.endsWith(path))

  it('a member logs in with the password once, and never again', async () => {
    const person = await world.newPerson()
    const arrived = await world.open(person, await world.linkFromChat(person))
    expect(arrived.url).toMatch(/\/wechat\/begin\?link=ln_/)
    const wrong = await world.press(person, {
      form: formTo(arrived, '/begin/password'),
      fields: { email: demoUser.email, password: 'wrong' },
    })
    expect(wrong).toMatchObject({ status: 401 })
    const asked = await world.press(person, {
      form: formTo(wrong, '/begin/password'),
      fields: { email: demoUser.email, password: demoUser.password },
    })
    expect(asked.text).toContain('de•••@ex•••.com')
    const linked = await world.press(person, confirm)
    expect(linked.url).toBe(`${world.url}/settings`)
    expect(linked.text).toMatch(/以后从公众号聊天进来无需密码/)

    await world.press(person, { form: formTo(linked, '/logout') })
    const again = await world.open(person, await world.linkFromChat(person))
    expect(again.text).toMatch(/登录“示例商店”/)
    const home = await world.press(person, confirm)
    expect(home.url).toBe(`${world.url}/`)
    expect(home.text).toMatch(/登录成功/)

    // For the tests that follow, the demo user has no WeChat.
    const settings = await world.open(person, `${world.url}/settings`)
    await world.press(person, { form: formTo(settings, '/settings/unlink') })
  })

  it('a newcomer opens an account with one tap', async () => {
    const person = await world.newPerson()
    const arrived = await world.open(person, await world.linkFromChat(person))
    await world.press(person, { form: formTo(arrived, '/begin/new') })
    expect((await world.press(person, confirm)).text).toMatch(/欢迎！账号已开通/)
  })

  it('who is logged in already links that account', async () => {
    const person = await world.newPerson()
    const login = await world.open(person, `${world.url}/login`)
    await world.press(person, {
      form: formTo(login, '/login'),
      fields: { email: demoUser.email, password: demoUser.password },
    })
    const arrived = await world.open(person, await world.linkFromChat(person))
    await world.press(person, { form: formTo(arrived, '/begin/claim') })
    expect((await world.press(person, confirm)).text).toMatch(/微信绑定成功/)
    const settings = await world.open(person, `${world.url}/settings`)
    await world.press(person, { form: formTo(settings, '/settings/unlink') })
  })

  it('says that a link is over, and gives a browser that began nothing no login', async () => {
    const visitor = world.visitor()
    expect(await visitor.open('/wechat/begin?link=ln_nobody')).toBe(410)
    expect(await visitor.open('/wechat/begin')).toBe(410)
    await visitor.open('/wechat/back')
    expect(visitor.page).toContain('action="/login"')
    await visitor.open('/wechat/linked')
    expect(visitor.page).toContain('action="/login"')
  })
})

describe('linking in the settings', () => {
  it('links with the six digits, logs in by scanning, and unlinks', async () => {
    const person = await world.newPerson()
    const visitor = await demoUserLoggedIn(world)
    expect(await linkWechat(world, visitor, person)).toBe('/settings')
    expect(noticeOn(visitor.page)).toMatch(/^WeChat is linked/)
    expect(linkOn(visitor.page)).toBe('linked')

    const elsewhere = world.visitor()
    await logInWithWechat(world, elsewhere, person)
    expect(nameOn(elsewhere.page)).toBe(nameOn(visitor.page))

    await visitor.submit('/settings/unlink')
    expect(linkOn(visitor.page)).toBe('not-linked')
    await elsewhere.open('/settings')
    expect(linkOn(elsewhere.page)).toBe('not-linked')
  })

  it('says what to do when the WeChat belongs to another account', async () => {
    const person = await world.newPerson()
    await logInWithWechat(world, world.visitor(), person)
    const visitor = await demoUserLoggedIn(world)
    const flow = await world.start(visitor, 'link')
    await expect(world.confirm(person, flow)).resolves.toBeDefined()
    const heard = await world.look(flow)
    expect(heard).toMatchObject({ state: 'failed', reason: 'wechat_already_bound' })
    await visitor.open('/settings')
    expect(linkOn(visitor.page)).toBe('not-linked')
  })

  it('shows on the open page that the link was undone elsewhere', async () => {
    const person = await world.newPerson()
    const visitor = world.visitor()
    await logInWithWechat(world, visitor, person)
    const ended = new AbortController()
    const stream = await visitor.listen('/settings/live', ended.signal)
    const events = await world.api<{ data: { type: string; data: { user_id: string } }[] }>(
      'GET',
      '/v1/events?limit=1000',
    )
    const bound = events.data.findLast(({ type }) => type === 'binding.created')
    await world.api('DELETE', `/v1/users/${bound?.data.user_id}/binding`)
    let heard = ''
    for await (const chunk of stream) {
      heard += chunk
      if (heard.includes('event: link')) break
    }
    ended.abort()
    await visitor.open('/settings')
    expect(linkOn(visitor.page)).toBe('not-linked')
  })

  it('keeps the last way in until there is a password', async () => {
    const visitor = world.visitor()
    await logInWithWechat(world, visitor, await world.newPerson())
    await visitor.open('/settings')
    expect(visitor.page).not.toContain('action="/settings/unlink"')
    const csrf = /name="csrf" value="([^"]*)"/.exec(visitor.page)?.[1] ?? ''
    await visitor.submit('/settings/unlink', { csrf })
    expect(linkOn(visitor.page)).toBe('linked')

    await visitor.submit('/settings/password', { email: demoUser.email, password: 'ten letters' })
    expect(noticeOn(visitor.page)).toBe('Somebody else has this e-mail address.')
    await visitor.submit('/settings/password', { email: 'new@example.com', password: 'ten letters' })
    await visitor.submit('/settings/unlink')
    expect(linkOn(visitor.page)).toBe('not-linked')
    await visitor.submit('/logout')
    await visitor.open('/login')
    await visitor.submit('/login', { email: 'New@Example.com', password: 'ten letters' })
    expect(noticeOn(visitor.page)).toBe('You are logged in.')
  })
})
