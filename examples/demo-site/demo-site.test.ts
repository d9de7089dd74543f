import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemoSite } from './src/index.ts'
import { demoUser } from './src/users.ts'
import { Visitor } from './visitor.ts'
import { type DemoWorld, linkWechat, logInWithWechat, startDemoWorld } from './world.ts'

let world: DemoWorld
beforeAll(async () => {
  world = await startDemoWorld()
})
afterAll(() => world.close())

const nameOn = (page: string) => /class="name">([^<]*)</.exec(page)?.[1]
const linkOn = (page: string) => /data-state="([^"]*)"/.exec(page)?.[1]
const noticeOn = (page: string) => /class="notice"[^>]*>([^<]*)</.exec(page)?.[1]

async function demoUserLoggedIn(): Promise<Visitor> {
  const visitor = world.visitor()
  await visitor.open('/login')
  await visitor.submit('/login', { email: demoUser.email, password: demoUser.password })
  return visitor
}

describe('logging in with WeChat', () => {
  it('opens an account for a new person, and finds it again the next time', async () => {
    const person = await world.newPerson()
    const first = world.visitor()
    await logInWithWechat(world, first, person)
    expect(noticeOn(first.page)).toMatch(/^Welcome!/)
    const name = nameOn(first.page)
    expect(name).toMatch(/^茶友 \d{4}$|^Tea friend \d{4}$/)

    const again = world.visitor()
    await logInWithWechat(world, again, person)
    expect(noticeOn(again.page)).toBe('You are logged in.')
    expect(nameOn(again.page)).toBe(name)
  })

  it('goes on with the same flow after a reload, and renews on request', async () => {
    const visitor = world.visitor()
    const flow = await world.start(visitor, 'login')
    expect(await world.start(visitor, 'login')).toMatchObject({ id: flow.id, secret: flow.secret })
    expect((await world.start(visitor, 'login', { renew: true })).id).not.toBe(flow.id)
  })

  it('begins anew when Hufu has forgotten the flow it kept', async () => {
    const visitor = world.visitor()
    const forgotten = await world.start(visitor, 'login')
    await world.forget(forgotten)
    const flow = await world.start(visitor, 'login')
    expect(flow.id).not.toBe(forgotten.id)
    expect(await world.look(flow)).toMatchObject({ state: 'waiting' })
  })

  it('begins another session than the visitor had before', async () => {
    const visitor = world.visitor()
    await visitor.open('/login')
    const { session } = visitor
    await logInWithWechat(world, visitor, await world.newPerson())
    expect(visitor.session).not.toBe(session)
    const former = world.visitor()
    former.session = String(session)
    await former.open('/')
    expect(nameOn(former.page)).toBeUndefined()
  })

  it('gives the completion code of another browser nothing', async () => {
    const [owner, thief] = [world.visitor(), world.visitor()]
    const flow = await world.start(owner, 'login')
    await world.start(thief, 'login')
    await world.confirm(await world.newPerson(), flow)
    const { completion_code } = await world.look(flow)
    expect((await thief.post('/wechat/login/finish', { completion_code })).status).toBe(409)
    expect((await owner.post('/wechat/login/finish', { completion_code })).body).toEqual({ redirect: '/' })
  })

  it('passes no secret of the site to the browser', async () => {
    const visitor = world.visitor()
    const answer = await visitor.post('/wechat/login/start')
    expect(JSON.stringify(answer.body)).not.toContain('hk_')
  })
})

describe('orders and numbers', () => {
  async function member() {
    const visitor = world.visitor()
    await logInWithWechat(world, visitor, await world.newPerson())
    return visitor
  }
  const order = async (visitor: Visitor) => {
    await visitor.submit('/orders', { tea: '2' })
    return /orders\/(\w+)\/ship/.exec(visitor.page)?.[1] ?? ''
  }

  it('an order is for who has its address, and shipped by its buyer only', async () => {
    const [buyer, other] = [await member(), await member()]
    const id = await order(buyer)
    expect(id).toMatch(/^[0-9A-Z]{12,16}$/)
    expect(await other.open(`/orders/${id}`)).toBe(200)
    expect(other.page).not.toContain(`/orders/${id}/ship`)
    await other.open('/orders')
    expect(other.page).not.toContain(id)
    await other.open('/settings')
    const csrf = /name="csrf" value="([^"]*)"/.exec(other.page)?.[1] ?? ''
    await other.submit(`/orders/${id}/ship`, { csrf })
    await buyer.open(`/orders/${id}`)
    expect(buyer.page).toContain('data-state="ordered"')
    await buyer.submit(`/orders/${id}/ship`)
    expect(buyer.page).toContain('data-state="shipped"')
    expect(buyer.page).toMatch(/data-fate="(queued|sending|accepted|delivered)"/)
  })

  it('who has no WeChat is told nothing by it, and the order is shipped all the same', async () => {
    const visitor = await demoUserLoggedIn()
    await visitor.open('/')
    const id = await order(visitor)
    await visitor.submit(`/orders/${id}/ship`)
    expect(visitor.page).toContain('data-state="shipped"')
    expect(visitor.page).toContain('data-fate="refused"')
  })

  it('a code is asked for once a minute, and a number is what digits make', async () => {
    const visitor = await member()
    await visitor.open('/settings')
    await visitor.submit('/settings/phone', { phone: 'call me' })
    expect(noticeOn(visitor.page)).toMatch(/^Please check/)
    expect(await visitor.submit('/settings/phone', { phone: '+86 138-0013-8000' })).toBe(200)
    expect(visitor.page).toContain('name="code"')
    expect(await visitor.submit('/settings/phone', { phone: '13800138001' })).toBe(429)
    expect(await visitor.submit('/settings/phone/code', { code: 'none' })).toBe(401)
    expect(visitor.page).toContain('Tries left: 4')
  })

  it('a new password takes a leave that a scan has given to this session', async () => {
    const visitor = world.visitor()
    await visitor.open('/forgotten/password')
    expect(visitor.page).toContain('/wechat/forgotten/start')
    await visitor.open('/login')
    const csrf = /name="csrf" value="([^"]*)"/.exec(visitor.page)?.[1] ?? ''
    await visitor.submit('/forgotten/password', { csrf, password: 'oolong-and-crane' })
    expect(visitor.page).toContain('/wechat/forgotten/start')
  })
})

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
    const visitor = await demoUserLoggedIn()
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
    const visitor = await demoUserLoggedIn()
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

describe('the site itself', () => {
  it('logs in with a password, renames and logs out', async () => {
    const visitor = await demoUserLoggedIn()
    await visitor.open('/settings')
    await visitor.submit('/settings/name', { name: '<b>Lu & Yu</b>' })
    expect(nameOn(visitor.page)).toBe('&#60;b&#62;Lu &#38; Yu&#60;/b&#62;')
    expect(visitor.page).not.toContain('<b>Lu')
    await visitor.submit('/logout')
    expect(nameOn(visitor.page)).toBeUndefined()
  })

  it('refuses a wrong password, and after ten of them any', async () => {
    const visitor = world.visitor()
    for (const email of Array(10).fill('nobody@example.com')) {
      await visitor.open('/login')
      expect(await visitor.submit('/login', { email, password: demoUser.password })).toBe(401)
    }
    expect(await visitor.submit('/login', { email: 'nobody@example.com', password: 'x' })).toBe(429)
    expect(nameOn((await demoUserLoggedIn()).page)).toBeDefined()
  })

  it('refuses forms and calls that come from another site', async () => {
    const visitor = await demoUserLoggedIn()
    await visitor.open('/settings')
    expect(await visitor.submit('/settings/name', { csrf: 'x'.repeat(43), name: 'Mallory' })).toBe(403)
    expect(await visitor.submit('/logout', { csrf: '' })).toBe(403)
    expect((await visitor.post('/wechat/link/start', {}, { origin: 'https://evil.example.com' })).status).toBe(403)
    expect((await visitor.post('/wechat/link/start', {}, { 'content-type': 'text/plain' })).status).toBe(415)
  })

  it('asks visitors to log in before the settings', async () => {
    const visitor = world.visitor()
    await visitor.open('/settings/link')
    expect(visitor.page).toContain('action="/login"')
    expect((await visitor.post('/wechat/link/start')).status).toBe(401)
  })

  it('answers in the language asked for, with a policy that lets nothing foreign in', async () => {
    const response = await fetch(`${world.url}/?lang=zh-CN`)
    expect(await response.text()).toContain('<html lang="zh-CN">')
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none';.*frame-ancestors http:\/\/localhost:\d+$/,
    )
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^demo_language=zh-CN;.*HttpOnly; SameSite=Lax/),
    ])
  })
})

describe('without Hufu', () => {
  it('still logs in with a password, and says so where the code would be', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hufu-demo-alone-'))
    const site = await startDemoSite({ port: 0, hufuUrl: 'http://localhost:9', dataDir })
    const visitor = new Visitor(site.url)
    expect(await visitor.open('/login')).toBe(200)
    expect(visitor.page).toContain('WeChat login is not available right now')
    expect(await visitor.post('/wechat/login/start')).toMatchObject({ status: 503, body: { code: 'not_configured' } })
    await visitor.submit('/login', { email: demoUser.email, password: demoUser.password })
    expect(noticeOn(visitor.page)).toBe('You are logged in.')
    await site.close()
    rmSync(dataDir, { recursive: true })
  })
})
