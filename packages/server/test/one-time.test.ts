import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { handBrowser } from './hand-browser.ts'
import { addSimulated, type Harness, type Problem } from './harness.ts'
import { type Subscribing, startSubscribing } from './subscribing.ts'
import { look } from './wire.ts'

let subscribing: Subscribing
let world: Harness
beforeAll(async () => {
  subscribing = await startSubscribing()
  world = subscribing.world
})
afterAll(() => subscribing.close())
afterEach(() => world.sim('DELETE', '/faults'))

describe('a user is asked to allow one message', () => {
  test('and comes back with a yes, which is counted and told', async () => {
    const one = await subscribing.newUser()
    const { status, body } = await subscribing.ask(one.user)
    expect(status).toBe(201)
    expect(body.url).toMatch(new RegExp(`^${world.base}/s/[\\w-]{43}$`))
    expect((await subscribing.open(one.person, body.url)).text).toContain('给你发送一条消息')
    const page = await subscribing.press(one.person, 'confirm')
    expect(page).toMatchObject({
      title: 'the site',
      url: `${subscribing.origin}/tea/3?from=wechat&subscription=${body.id}&result=allowed`,
    })
    expect(await subscribing.remaining(one.user)).toEqual([
      { template_id: subscribing.template, scene: 7, remaining: 1 },
    ])
    expect(await subscribing.eventsOf('subscription.allowed', one.user)).toEqual([
      {
        subscription_id: body.id,
        user_id: one.user,
        account: world.account.appid,
        template_id: subscribing.template,
        scene: 7,
      },
    ])
  })

  test('and is counted once, however often the browser comes back', async () => {
    const one = await subscribing.newUser()
    const { browser, backWith } = await subscribing.opened(one.user)
    const url = backWith({ openid: one.openid })
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.go(url)))
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.headers.get('location')}`)).size).toBe(1)
    expect(await subscribing.remaining(one.user)).toMatchObject([{ remaining: 1 }])
    expect(await subscribing.eventsOf('subscription.allowed', one.user)).toHaveLength(1)
  })

  test('may say no, which changes nothing, and yes later', async () => {
    const { person, user } = await subscribing.newUser()
    const { url } = (await subscribing.ask(user)).body
    await subscribing.open(person, url)
    expect(new URL((await subscribing.press(person, 'cancel')).url).searchParams.get('result')).toBe('declined')
    expect(await subscribing.remaining(user)).toEqual([])
    expect(await subscribing.eventsOf('subscription.allowed', user)).toEqual([])
    await subscribing.open(person, url)
    await subscribing.press(person, 'confirm')
    expect(await subscribing.remaining(user)).toMatchObject([{ remaining: 1 }])
  })

  test('for each scene by itself, and once more for each yes', async () => {
    const one = await subscribing.newUser()
    await subscribing.allow(one)
    await subscribing.allow(one)
    await subscribing.allow(one, { scene: 8 })
    expect(await subscribing.remaining(one.user)).toEqual([
      { template_id: subscribing.template, scene: 7, remaining: 2 },
      { template_id: subscribing.template, scene: 8, remaining: 1 },
    ])
  })

  test.each([
    'https://shop.example.com.evil.example/',
    'https://evil.example/',
    'https://ok@shop.example.com/',
    'javascript:alert(1)',
    '//shop.example.com/',
    'https:\\\\shop.example.com/',
  ])('and goes on to the site’s own pages only: %s [B59, T37]', async (return_url) => {
    const { user } = await subscribing.newUser()
    expect((await subscribing.ask<Problem>(user, { return_url })).body).toMatchObject({
      status: 422,
      code: 'url_not_allowed',
    })
  })

  test('only by the site that knows them, and by an account that they have a WeChat of', async () => {
    const { user } = await subscribing.newUser()
    const other = await world.addSite()
    expect(
      (await subscribing.ask<Problem>(user, { return_url: 'https://other.example.com/' }, { key: other.apiKey })).body,
    ).toMatchObject({ code: 'not_found' })
    expect((await subscribing.ask<Problem>(user, { scene: 10_001 })).body).toMatchObject({ code: 'invalid_value' })
    const elsewhere = await addSimulated(world, { kind: 'service', verified: true })
    expect((await subscribing.ask<Problem>(user, { account: elsewhere.appid })).body).toMatchObject({
      code: 'user_unreachable',
      ways: [{ way: 'one_time', reason: 'no_wechat', advice: expect.stringContaining('bind') }],
    })
  })
})

describe('what the browser brings back', () => {
  test('of another person is not believed, and shows them nothing [T25]', async () => {
    const [one, other] = [await subscribing.newUser(), await subscribing.newUser()]
    const { url } = (await subscribing.ask(one.user)).body
    await subscribing.open(other.person, url)
    const page = await subscribing.press(other.person, 'confirm')
    expect(page).toMatchObject({ status: 403, forms: [] })
    for (const { user } of [one, other]) expect(await subscribing.remaining(user)).toEqual([])
    await subscribing.open(one.person, url)
    await subscribing.press(one.person, 'confirm')
    expect(await subscribing.remaining(one.user)).toMatchObject([{ remaining: 1 }])
  })

  test('counts for nothing with a word of it changed, or in another browser [T25]', async () => {
    const one = await subscribing.newUser()
    const { browser, backWith } = await subscribing.opened(one.user)
    const { openid } = one
    const { backWith: ofAnother } = await subscribing.opened((await subscribing.newUser()).user)
    const foreign = new URL(ofAnother({})).searchParams.get('reserved') ?? ''
    const forged: Record<string, string>[] = [
      { reserved: '' },
      { reserved: 'a'.repeat(64) },
      { reserved: foreign },
      { template_id: 'another' },
      { scene: '8' },
      { scene: '07' },
      { action: 'yes' },
      { openid: '' },
    ]
    for (const change of forged) expect((await browser.go(backWith({ openid, ...change }))).status).toBe(400)
    expect((await browser.go(`${backWith({ openid })}&openid=${openid}`)).status).toBe(400)
    const planted = handBrowser()
    expect((await planted.go(backWith({ openid }))).status).toBe(400)
    await planted.go((await subscribing.ask(one.user)).body.url)
    expect((await planted.go(backWith({ openid }))).status).toBe(400)
    expect(await subscribing.remaining(one.user)).toEqual([])
    expect((await browser.go(backWith({ openid }))).status).toBe(303)
    expect(await subscribing.remaining(one.user)).toMatchObject([{ remaining: 1 }])
  })

  test('is not spoilt by whatever looks ahead [T26, B42]', async () => {
    const one = await subscribing.newUser()
    const { url } = (await subscribing.ask(one.user)).body
    for (let n = 0; n < 10; n++) {
      await fetch(url, { redirect: 'manual' })
      await fetch(url, { method: 'HEAD', redirect: 'manual' })
      await subscribing.open(one.person, url)
    }
    await subscribing.press(one.person, 'confirm')
    expect(await subscribing.remaining(one.user)).toMatchObject([{ remaining: 1 }])
    expect((await subscribing.open(one.person, url)).title).toBe('the site')
  })

  test('is too late after half an hour, and the address after ten minutes', async () => {
    const one = await subscribing.newUser()
    const { url } = (await subscribing.ask(one.user)).body
    await subscribing.open(one.person, url)
    world.clock.advance(11 * 60_000)
    expect((await subscribing.open(await world.newPerson(), url)).status).toBe(410)
    const { browser, backWith } = await subscribing.opened(one.user)
    world.clock.advance(31 * 60_000)
    expect((await browser.go(backWith({ openid: one.openid }))).status).toBe(400)
    world.clock.advance(10 * 60_000)
    await world.app.housekeep()
    expect(await look(world, 'SELECT id FROM subscriptions WHERE allowed_at IS NULL')).toEqual([])
    world.clock.advance(-52 * 60_000)
    expect(await subscribing.remaining(one.user)).toEqual([])
  })

  test('of who has left or was erased counts for nothing, and nothing is left of them', async () => {
    const left = await subscribing.newUser()
    const leaving = await subscribing.opened(left.user)
    await world.sim('POST', `/people/${left.person}/unfollow`, { account: world.account.appid })
    expect((await leaving.browser.go(leaving.backWith({ openid: left.openid }))).status).toBe(400)
    expect(await subscribing.remaining(left.user)).toEqual([])

    const one = await subscribing.newUser()
    await subscribing.allow(one)
    const { browser, backWith } = await subscribing.opened(one.user)
    const index = world.app.users.wechatIndex(world.account.appid, one.openid)
    const kept = async () => {
      const count = (table: string) =>
        look<{ id: string }>(world, `SELECT template_id AS id FROM ${table} WHERE openid_index = ?`, index)
      return [(await count('subscriptions')).length, (await count('permissions')).length]
    }
    expect(await kept()).toEqual([2, 1])
    expect((await world.api('DELETE', `/v1/users/${one.user}`)).status).toBe(204)
    expect((await browser.go(backWith({ openid: one.openid }))).status).toBe(400)
    expect(await kept()).toEqual([0, 0])
  })
})
