import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemoSite } from './src/index.ts'
import { demoUser } from './src/users.ts'
import { nameOn, noticeOn, Visitor } from './visitor.ts'
import { type DemoWorld, demoUserLoggedIn, logInWithWechat, startDemoWorld } from './world.ts'

let world: DemoWorld
beforeAll(async () => {
  world = await startDemoWorld()
})
afterAll(() => world.close())

describe('the site itself', () => {
  it('logs in with a password, renames and logs out', async () => {
    const visitor = await demoUserLoggedIn(world)
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
    expect(nameOn((await demoUserLoggedIn(world)).page)).toBeDefined()
  })

  it('refuses forms and calls that come from another site', async () => {
    const visitor = await demoUserLoggedIn(world)
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
    const site = await startDemoSite({ port: 0, hufuUrl: 'http://localhost:9', dataDir, oneTimeTemplate: 'one' })
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

  it('leaves the session be that a second tab has just logged in', async () => {
    const visitor = world.visitor()
    const flow = await world.start(visitor, 'login')
    await world.confirm(await world.newPerson(), flow)
    const { completion_code } = await world.look(flow)
    const tab = world.visitor()
    tab.session = String(visitor.session)
    const former = tab.session
    await visitor.post('/wechat/login/finish', { completion_code })
    expect((await tab.post('/wechat/login/finish', { completion_code })).status).toBe(404)
    expect(tab.session).toBe(former)
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
