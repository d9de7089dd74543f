import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { handBrowser } from './hand-browser.ts'
import { addSimulated, type Harness, type Page, type Problem, startHarness } from './harness.ts'
import { look } from './wire.ts'

interface Asked {
  id: string
  url: string
}
interface Message {
  id: string
  state: string
  via?: string
  reason?: string
  scene?: number
}
interface Reach {
  one_time: { template_id: string; scene: number; remaining: number }[]
  ways: { way: string; allowed: boolean; reason?: string; advice?: string }[]
}

let world: Harness
let site: Server
let origin: string
let template: string
const sendPath = '/cgi-bin/message/template/subscribe'

beforeAll(async () => {
  site = createServer((_request, response) => response.end('<title>the site</title>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const address = site.address()
  origin = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  world = await startHarness({
    app: { registration: 'auto', signInNotices: false, allowedOrigins: [origin, 'https://shop.example.com'] },
  })
  template = (await world.sim('GET', `/accounts/${world.account.appid}`)).subscribemsg_template_id
})
afterAll(async () => {
  await world.close()
  site.close()
})
afterEach(() => world.sim('DELETE', '/faults'))

/** @returns a person who is a user of the site */
async function newUser(follows = true): Promise<{ person: string; user: string; openid: string }> {
  const person = await world.newPerson({ follows })
  const flow = await world.createFlow({ kind: 'login', entry: 'page' })
  await open(person, flow.qr.content)
  await press(person, 'confirm')
  const { completion_code } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
  const { openids } = await world.sim('GET', `/people/${person}`)
  return { person, user: redeemed.body.user.id, openid: openids[world.account.appid] }
}

const open = (person: string, url: string): Promise<Page> => world.sim('POST', `/people/${person}/open`, { url })
const press = (person: string, value: string): Promise<Page> =>
  world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value } })
const ask = <T = Asked>(user: string, more: object = {}, options = {}) =>
  world.api<T>(
    'POST',
    `/v1/users/${user}/subscriptions`,
    { template_id: template, scene: 7, return_url: `${origin}/tea/3?from=wechat`, ...more },
    options,
  )
const reach = async (user: string) =>
  (await world.api<{ data: Reach[] }>('GET', `/v1/users/${user}/reach`)).body.data[0]
const remaining = async (user: string) => (await reach(user))?.one_time
const oneTime = (more: object = {}) => ({
  template_id: template,
  scene: 7,
  title: '新茶到店',
  content: '铁观音\n今天到',
  ...more,
})
const post = <T = Message>(body: object) => world.api<T>('POST', '/v1/messages', body)
const messageOf = async (id: string) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body
const sendsTo = async (openid: string): Promise<object[]> => world.sim('GET', `/sends?touser=${openid}`)
const eventsOf = async (type: string, user: string) => {
  const { body } = await world.api<{ data: { type: string; data: { user_id?: string } }[] }>(
    'GET',
    '/v1/events?limit=1000',
  )
  return body.data.filter((event) => event.type === type && event.data.user_id === user).map(({ data }) => data)
}

/** Asks a user, who opens the address and says yes. */
async function allow({ person, user }: { person: string; user: string }, more: object = {}): Promise<Page> {
  await open(person, (await ask(user, more)).body.url)
  return press(person, 'confirm')
}

/** What the site asked, opened in a browser of ours. @returns that browser, and where WeChat would send it back to */
async function opened(user: string) {
  const browser = handBrowser()
  const asked = new URL((await browser.go((await ask(user)).body.url)).headers.get('location') ?? '')
  const back = new URL(asked.searchParams.get('redirect_url') ?? '')
  const given = { template_id: template, scene: '7', reserved: asked.searchParams.get('reserved') ?? '' }
  const backWith = (answer: Record<string, string>) =>
    `${back.href}?${new URLSearchParams({ ...given, action: 'confirm', ...answer })}`
  return { browser, backWith }
}

describe('a user is asked to allow one message', () => {
  test('and comes back with a yes, which is counted and told', async () => {
    const one = await newUser()
    const { status, body } = await ask(one.user)
    expect(status).toBe(201)
    expect(body.url).toMatch(new RegExp(`^${world.base}/s/[\\w-]{43}$`))
    expect((await open(one.person, body.url)).text).toContain('给你发送一条消息')
    const page = await press(one.person, 'confirm')
    expect(page).toMatchObject({
      title: 'the site',
      url: `${origin}/tea/3?from=wechat&subscription=${body.id}&result=allowed`,
    })
    expect(await remaining(one.user)).toEqual([{ template_id: template, scene: 7, remaining: 1 }])
    expect(await eventsOf('subscription.allowed', one.user)).toEqual([
      { subscription_id: body.id, user_id: one.user, account: world.account.appid, template_id: template, scene: 7 },
    ])
  })

  test('and is counted once, however often the browser comes back', async () => {
    const one = await newUser()
    const { browser, backWith } = await opened(one.user)
    const url = backWith({ openid: one.openid })
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.go(url)))
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.headers.get('location')}`)).size).toBe(1)
    expect(await remaining(one.user)).toMatchObject([{ remaining: 1 }])
    expect(await eventsOf('subscription.allowed', one.user)).toHaveLength(1)
  })

  test('may say no, which changes nothing, and yes later', async () => {
    const { person, user } = await newUser()
    const { url } = (await ask(user)).body
    await open(person, url)
    expect(new URL((await press(person, 'cancel')).url).searchParams.get('result')).toBe('declined')
    expect(await remaining(user)).toEqual([])
    expect(await eventsOf('subscription.allowed', user)).toEqual([])
    await open(person, url)
    await press(person, 'confirm')
    expect(await remaining(user)).toMatchObject([{ remaining: 1 }])
  })

  test('for each scene by itself, and once more for each yes', async () => {
    const one = await newUser()
    await allow(one)
    await allow(one)
    await allow(one, { scene: 8 })
    expect(await remaining(one.user)).toEqual([
      { template_id: template, scene: 7, remaining: 2 },
      { template_id: template, scene: 8, remaining: 1 },
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
    const { user } = await newUser()
    expect((await ask<Problem>(user, { return_url })).body).toMatchObject({ status: 422, code: 'url_not_allowed' })
  })

  test('only by the site that knows them, and by an account that they have a WeChat of', async () => {
    const { user } = await newUser()
    const other = await world.addSite()
    expect(
      (await ask<Problem>(user, { return_url: 'https://other.example.com/' }, { key: other.apiKey })).body,
    ).toMatchObject({ code: 'not_found' })
    expect((await ask<Problem>(user, { scene: 10_001 })).body).toMatchObject({ code: 'invalid_value' })
    const elsewhere = await addSimulated(world, { kind: 'service', verified: true })
    expect((await ask<Problem>(user, { account: elsewhere.appid })).body).toMatchObject({
      code: 'user_unreachable',
      ways: [{ way: 'one_time', reason: 'no_wechat', advice: expect.stringContaining('bind') }],
    })
  })
})

describe('what the browser brings back', () => {
  test('of another person is not believed, and shows them nothing [T25]', async () => {
    const [one, other] = [await newUser(), await newUser()]
    const { url } = (await ask(one.user)).body
    await open(other.person, url)
    const page = await press(other.person, 'confirm')
    expect(page).toMatchObject({ status: 403, forms: [] })
    for (const { user } of [one, other]) expect(await remaining(user)).toEqual([])
    await open(one.person, url)
    await press(one.person, 'confirm')
    expect(await remaining(one.user)).toMatchObject([{ remaining: 1 }])
  })

  test('counts for nothing with a word of it changed, or in another browser [T25]', async () => {
    const one = await newUser()
    const { browser, backWith } = await opened(one.user)
    const { openid } = one
    const { backWith: ofAnother } = await opened((await newUser()).user)
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
    await planted.go((await ask(one.user)).body.url)
    expect((await planted.go(backWith({ openid }))).status).toBe(400)
    expect(await remaining(one.user)).toEqual([])
    expect((await browser.go(backWith({ openid }))).status).toBe(303)
    expect(await remaining(one.user)).toMatchObject([{ remaining: 1 }])
  })

  test('is not spoilt by whatever looks ahead [T26, B42]', async () => {
    const one = await newUser()
    const { url } = (await ask(one.user)).body
    for (let n = 0; n < 10; n++) {
      await fetch(url, { redirect: 'manual' })
      await fetch(url, { method: 'HEAD', redirect: 'manual' })
      await open(one.person, url)
    }
    await press(one.person, 'confirm')
    expect(await remaining(one.user)).toMatchObject([{ remaining: 1 }])
    expect((await open(one.person, url)).title).toBe('the site')
  })

  test('is too late after half an hour, and the address after ten minutes', async () => {
    const one = await newUser()
    const { url } = (await ask(one.user)).body
    await open(one.person, url)
    world.clock.advance(11 * 60_000)
    expect((await open(await world.newPerson(), url)).status).toBe(410)
    const { browser, backWith } = await opened(one.user)
    world.clock.advance(31 * 60_000)
    expect((await browser.go(backWith({ openid: one.openid }))).status).toBe(400)
    world.clock.advance(10 * 60_000)
    await world.app.housekeep()
    expect(await look(world, 'SELECT id FROM subscriptions WHERE allowed_at IS NULL')).toEqual([])
    world.clock.advance(-52 * 60_000)
    expect(await remaining(one.user)).toEqual([])
  })

  test('of who has left or was erased counts for nothing, and nothing is left of them', async () => {
    const left = await newUser()
    const leaving = await opened(left.user)
    await world.sim('POST', `/people/${left.person}/unfollow`, { account: world.account.appid })
    expect((await leaving.browser.go(leaving.backWith({ openid: left.openid }))).status).toBe(400)
    expect(await remaining(left.user)).toEqual([])

    const one = await newUser()
    await allow(one)
    const { browser, backWith } = await opened(one.user)
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

describe('the one message', () => {
  test('arrives in the chat, and uses the permission up', async () => {
    const one = await newUser()
    await allow(one)
    const url = 'https://shop.example.com/teas/3'
    const { status, body } = await post({ user: one.user, one_time: oneTime(), url })
    expect(status).toBe(202)
    expect(body).toMatchObject({ state: 'queued', via: 'one_time', scene: 7 })
    expect(await remaining(one.user)).toMatchObject([{ remaining: 1 }])
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'accepted', via: 'one_time' })
    expect(await remaining(one.user)).toEqual([])
    const chat = await world.sim('GET', `/people/${one.person}/chat?account=${world.account.appid}`)
    expect(chat.at(-1)).toMatchObject({
      type: 'subscribe',
      card: { title: '新茶到店', url, fields: [{ value: '铁观音\n今天到' }] },
    })
    const again = await post({ user: one.user, one_time: oneTime() })
    await world.app.housekeep()
    expect(await messageOf(again.body.id)).toMatchObject({ state: 'failed', reason: 'not_subscribed' })
    expect(await sendsTo(one.openid)).toHaveLength(1)
  })

  test('goes out once for one permission, however many are asked for at once', async () => {
    const one = await newUser()
    await allow(one)
    const posted = await Promise.all([1, 2, 3].map(() => post({ user: one.user, one_time: oneTime() })))
    await world.app.housekeep()
    const states = await Promise.all(posted.map(async ({ body }) => (await messageOf(body.id)).state))
    expect(states.toSorted()).toEqual(['accepted', 'failed', 'failed'])
    expect(await sendsTo(one.openid)).toHaveLength(1)
  })

  test('needs the permission of its own scene', async () => {
    const one = await newUser()
    await allow(one, { scene: 8 })
    const { body } = await post({ user: one.user, one_time: oneTime() })
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'failed', reason: 'not_subscribed' })
    expect(await remaining(one.user)).toMatchObject([{ scene: 8, remaining: 1 }])
  })

  test.each([
    [47003, 'content_refused', 1],
    [40062, 'content_refused', 1],
    [43101, 'not_subscribed', 0],
  ])('that WeChat refuses with %i is %s; what was not used up is kept', async (errcode, reason, left) => {
    const one = await newUser()
    await allow(one)
    await world.sim('POST', '/faults', { path: sendPath, kind: 'errcode', errcode, times: 1 })
    const { body } = await post({ user: one.user, one_time: oneTime() })
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'failed', reason })
    expect((await remaining(one.user))?.length).toBe(left)
  })

  test('of which no answer came is unknown, never sent twice, and its permission counts as used', async () => {
    const one = await newUser()
    await allow(one)
    await world.sim('POST', '/faults', { path: sendPath, kind: 'reset_after_accept', times: 1 })
    const { body } = await post({ user: one.user, one_time: oneTime() })
    await world.app.housekeep()
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'unknown' })
    expect(await sendsTo(one.openid)).toHaveLength(1)
    expect(await remaining(one.user)).toEqual([])
  })

  test('reaches who asked for it without following', async () => {
    const one = await newUser(false)
    await allow(one)
    const { body } = await post({ user: one.user, reach: 'any', one_time: oneTime(), text: '新茶到店' })
    expect(body).toMatchObject({ via: 'one_time' })
    await world.app.housekeep()
    expect(await messageOf(body.id)).toMatchObject({ state: 'accepted' })
    expect(await sendsTo(one.openid)).toHaveLength(1)
  })

  test.each([
    [{ title: '一'.repeat(16) }, 'one_time.title'],
    [{ title: '两\n行' }, 'one_time.title'],
    [{ title: ' ' }, 'one_time.title'],
    [{ content: 'x'.repeat(201) }, 'one_time.content'],
    [{ content: '响\u0007' }, 'one_time.content'],
  ])('is refused before it is sent, and the field is named: %o [B58]', async (change, path) => {
    const one = await newUser()
    await allow(one)
    const { status, body } = await post<Problem>({ user: one.user, one_time: oneTime(change) })
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_value', errors: [{ path }] })
  })

  test('is one of the ways of `reach`, and every way that is closed says why and what to do', async () => {
    const one = await newUser()
    world.clock.advance(61_000)
    const body = { user: one.user, reach: 'any', one_time: oneTime(), text: '新茶到店' }
    expect((await post<Problem>(body)).body).toMatchObject({
      code: 'user_unreachable',
      ways: [
        {
          way: 'one_time',
          account: world.account.appid,
          reason: 'not_subscribed',
          advice: expect.stringContaining('/subscriptions'),
        },
        { way: 'customer_service', reason: 'reply_window_over', advice: expect.any(String) },
      ],
    })
    const waysOf = async () =>
      Object.fromEntries((await reach(one.user))?.ways.map(({ way, ...is }) => [way, is]) ?? [])
    expect(await waysOf()).toEqual({
      template: { allowed: true },
      subscription: { allowed: false, reason: 'not_subscribed', advice: expect.any(String) },
      one_time: { allowed: false, reason: 'not_subscribed', advice: expect.any(String) },
      customer_service: { allowed: false, reason: 'reply_window_over', advice: expect.any(String) },
    })
    await allow(one)
    expect((await waysOf()).one_time).toEqual({ allowed: true })
    expect((await post(body)).body).toMatchObject({ via: 'one_time' })
    await world.sim('POST', `/people/${one.person}/say`, { account: world.account.appid, text: '退订' })
    expect((await post<Problem>(body)).body).toMatchObject({ ways: [{ reason: 'muted' }, { reason: 'muted' }] })
  })
})
