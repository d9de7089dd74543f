import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { begin, codeFor, handBrowser } from './hand-browser.ts'
import { addSimulated, type Harness, type NewFlow, type Page, startHarness } from './harness.ts'
import { countRows, look } from './wire.ts'

interface Claimed {
  continue_url: string
  flow_id: string
  code?: string
}
interface Redeemed {
  user: { id: string; external_user_id?: string } | null
  registration_token?: string
}

let world: Harness
/** The site, as far as the phone meets it: a page where links arrive, and one where the phone goes on. */
let site: Server
let origin: string
beforeAll(async () => {
  site = createServer((_request, response) => response.end('<title>the site</title>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const address = site.address()
  origin = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  world = await startHarness({
    app: { linkUrl: `${origin}/arrive?from=chat`, returnUrls: [`${origin}/done`] },
    // Everybody's phone here has one address.
    config: { limits: { ...loadConfig({}).limits, oauthPerAddress: 1_000 } },
  })
  await world.app.accounts.change(world.account.appid, { welcome: '欢迎！<a href="{link}">进入</a>' })
})
afterAll(async () => {
  await world.close()
  site.close()
})

let count = 0
const newId = () => `member-${count++}`

const open = (person: string, url: string, more: object = {}): Promise<Page> =>
  world.sim('POST', `/people/${person}/open`, { url, ...more })
const answer = (person: string, decision: 'confirm' | 'decline'): Promise<Page> =>
  world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: decision } })
const idIn = (page: Page) => new URL(page.url).searchParams.get('link') ?? ''
const claim = (id: string, external_user_id: string, more: object = {}) =>
  world.api<Claimed>('POST', `/v1/links/${id}/claim`, { external_user_id, ...more })
const logIn = (id: string, more: object = {}) => world.api<NewFlow>('POST', `/v1/links/${id}/login`, more)
const lookAt = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
const events = async (type: string) => {
  const { body } = await world.api<{ data: { type: string; data: Record<string, string> }[] }>('GET', '/v1/events')
  return body.data.filter((event) => event.type === type).map(({ data }) => data)
}

/** Somebody follows, and the welcome hands out a link. */
async function welcomed(): Promise<{ person: string; link: string }> {
  const person = await world.newPerson()
  const chat = await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)
  return { person, link: chat.at(-1).links[0].url }
}

/** … and opens it, up to the site. */
async function arrived(): Promise<{ person: string; link: string; id: string }> {
  const { person, link } = await welcomed()
  return { person, link, id: idIn(await open(person, link)) }
}

/** A person of the site's, linked by way of a link. */
async function linked(): Promise<{ person: string; id: string; externalUserId: string }> {
  const { person, id } = await arrived()
  const externalUserId = newId()
  await open(person, (await claim(id, externalUserId)).body.continue_url)
  await answer(person, 'confirm')
  return { person, id, externalUserId }
}

/** The same person gets another link, such as a keyword or the menu would answer. */
async function another(id: string, appId = world.site.id): Promise<string> {
  const [row] = await look<{ openid_index: string }>(world, 'SELECT openid_index FROM links WHERE id = ?', id)
  const to = { account: world.account, openidIndex: row?.openid_index ?? '', appId }
  return (await world.app.store.write(async (tx) => world.app.links.issue(tx, to))) ?? ''
}

/** Time passes for us and for WeChat. */
let passed = 0
async function pass(ms: number): Promise<void> {
  passed += ms
  world.clock.advance(ms)
  await world.sim('POST', '/clock', { offset_ms: passed })
}

beforeEach(() => world.sim('DELETE', '/faults'))

describe('from the chat into the site', () => {
  test('who is unknown logs in there; the site claims, the person confirms, and the two are linked', async () => {
    const { person, link } = await welcomed()
    expect(link).toMatch(new RegExp(`^${world.base}/l/[\\w-]{43}$`))
    const page = await open(person, link)
    expect(page).toMatchObject({ status: 200, title: 'the site' })
    expect(page.url).toMatch(new RegExp(`^${origin}/arrive\\?from=chat&link=ln_[a-z2-7]{26}(#wechat_redirect)?$`))
    const id = idIn(page)
    expect((await world.api('GET', `/v1/links/${id}`)).body).toMatchObject({
      id,
      account: world.account.appid,
      known: false,
    })
    const externalUserId = newId()
    const claimed = await claim(id, externalUserId, { display_name: 'ada@example.com', return_to: `${origin}/done` })
    expect(claimed.status).toBe(200)
    const confirm = await open(person, claimed.body.continue_url)
    expect(confirm.text).toMatch(/示例商店/)
    expect(confirm.text).toMatch(/ad•••@ex•••\.com/)
    expect(confirm.text).not.toMatch(/扫码|二维码/)
    expect((await answer(person, 'confirm')).url).toBe(`${origin}/done`)

    const [bound] = (await events('binding.created')).filter((data) => data.flow_id === claimed.body.flow_id)
    const { body } = await world.api<{ data: { id: string; accounts: string[] }[] }>(
      'GET',
      `/v1/users?external_user_id=${externalUserId}`,
    )
    expect(body.data).toMatchObject([{ id: bound?.user_id, accounts: [world.account.appid] }])
  })

  test('who is known logs in without a password, and the site redeems as always', async () => {
    const { person, id: former, externalUserId } = await linked()
    const id = idIn(await open(person, await another(former)))
    expect((await world.api('GET', `/v1/links/${id}`)).body).toMatchObject({ known: true })
    const asked = await logIn(id, { browser_binding: 'this session', return_to: `${origin}/done` })
    expect(asked.status).toBe(201)
    const flow = asked.body
    expect(flow).toMatchObject({ kind: 'login', state: 'waiting', qr: { content: flow.wechat_url } })
    expect((await open(person, flow.wechat_url ?? '')).forms).toHaveLength(1)
    expect((await answer(person, 'confirm')).url).toBe(`${origin}/done`)
    const { completion_code } = await lookAt(flow)
    const redeem = (browser_binding: string) =>
      world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code, browser_binding })
    expect((await redeem('another session')).status).toBe(409)
    expect((await redeem('this session')).body).toMatchObject({ user: { external_user_id: externalUserId } })
  })

  test('who is unknown may be registered by their WeChat alone', async () => {
    const { person, id } = await arrived()
    const { body: flow } = await logIn(id)
    await open(person, flow.wechat_url ?? '')
    expect((await answer(person, 'confirm')).status).toBe(200)
    const { completion_code } = await lookAt(flow)
    const { body } = await world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
    expect(body).toMatchObject({ user: null, registration_token: expect.stringMatching(/^rt_/) })
  })

  test('a no changes nothing, and the link is still good', async () => {
    const { person, link, id } = await arrived()
    const externalUserId = newId()
    await open(person, (await claim(id, externalUserId)).body.continue_url)
    expect((await answer(person, 'decline')).text).toMatch(/没有得到您的确认/)
    expect((await world.api('GET', `/v1/users?external_user_id=${externalUserId}`)).body).toMatchObject({ data: [] })
    expect((await open(person, link)).title).toBe('the site')
    await open(person, (await claim(id, externalUserId)).body.continue_url)
    expect((await answer(person, 'confirm')).text).toMatch(/绑定成功/)
  })

  test('fifty who follow at once get a link each, and no app gets a link it did not ask for', async () => {
    const people = await Promise.all(Array.from({ length: 50 }, welcomed))
    expect(new Set(people.map(({ link }) => link)).size).toBe(50)
    const plain = await startHarness()
    await plain.app.accounts.change(plain.account.appid, { welcome: '欢迎！\n\n{link}' })
    const person = await plain.newPerson()
    expect((await plain.sim('GET', `/people/${person}/chat?account=${plain.account.appid}`)).at(-1).text).toBe('欢迎！')
    await plain.close()
  })
})

describe('a link', () => {
  test('opened by another person shows nothing, tells the site, and stays good [T25]', async () => {
    const { person, link } = await welcomed()
    const page = await open(await world.newPerson(), link)
    expect(page).toMatchObject({ status: 403, forms: [] })
    expect(page.text).not.toMatch(/示例商店/)
    const id = idIn(await open(person, link))
    expect(await events('link.forwarded')).toContainEqual({ link_id: id })
    for (let n = 0; n < 3; n++) await open(await world.newPerson(), link)
    expect((await events('link.forwarded')).filter(({ link_id }) => link_id === id)).toHaveLength(1)
  })

  test('is not spoilt by whatever looks ahead; one yes uses it up [T26, B42]', async () => {
    const { person, link, id } = await arrived()
    for (let n = 0; n < 10; n++) {
      await fetch(link, { redirect: 'manual' })
      await fetch(link, { method: 'HEAD', redirect: 'manual' })
      await open(person, link)
    }
    const [first, second] = [await claim(id, 'twice'), await claim(id, 'twice')]
    await open(person, first.body.continue_url)
    expect((await answer(person, 'confirm')).text).toMatch(/绑定成功/)
    await open(person, second.body.continue_url)
    expect((await answer(person, 'confirm')).status).toBe(410)
    expect((await open(person, link)).status).toBe(410)
    expect((await claim(id, 'twice')).body).toMatchObject({ code: 'link_over' })
    expect((await logIn(id)).status).toBe(410)
  })

  test('confirmed by one person for several sessions at once opens one of them', async () => {
    const { person, id } = await arrived()
    const flows = await Promise.all(Array.from({ length: 6 }, () => logIn(id)))
    const posts: (() => Promise<Response>)[] = []
    for (const { body: flow } of flows) {
      const page = flow.wechat_url ?? ''
      const { browser, state, back, authorize } = await begin(page)
      await browser.go(`${back}?code=${await codeFor(world, person, authorize)}&state=${state}`)
      const { html } = await browser.go(page)
      const form_token = /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? ''
      posts.push(() =>
        browser.go(page, { method: 'POST', body: new URLSearchParams({ decision: 'confirm', form_token }) }),
      )
    }
    const answers = await Promise.all(posts.map((post) => post()))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 410, 410, 410, 410, 410])
    const states = await Promise.all(flows.map(async ({ body }) => (await lookAt(body)).state))
    expect(states.filter((state) => state === 'confirmed')).toHaveLength(1)
  })

  test('lets its form lead back to the site, and no other form anywhere', async () => {
    const policyOf = async (url: string, person: string) => {
      const { browser, state, back, authorize } = await begin(url)
      await browser.go(`${back}?code=${await codeFor(world, person, authorize)}&state=${state}`)
      return (await browser.go(url)).headers.get('content-security-policy')
    }
    const { person, id } = await arrived()
    const returning = (await logIn(id, { return_to: `${origin}/done` })).body.wechat_url ?? ''
    expect(await policyOf(returning, person)).toContain(`form-action 'self' ${origin};`)
    const staying = (await logIn(id)).body.wechat_url ?? ''
    expect(await policyOf(staying, person)).toContain("form-action 'self';")
    const scanned = await world.createFlow({ kind: 'login', return_to: `${origin}/done` })
    expect(await policyOf(scanned.wechat_url ?? '', person)).toContain("form-action 'self';")
  })

  test('that is tampered with, too old, used or nonsense says the same, in both languages [B42]', async () => {
    const { person, link, id } = await arrived()
    await open(person, (await claim(id, newId())).body.continue_url)
    await answer(person, 'confirm')
    const { link: old } = await welcomed()
    await pass(600_001)
    const { link: fresh } = await welcomed()
    const tampered = fresh.slice(0, -1) + (fresh.endsWith('A') ? 'B' : 'A')
    for (const language of ['zh-CN', 'en']) {
      const pages = await Promise.all(
        [link, old, tampered, `${world.base}/l/x`, `${fresh}a`, `${world.base}/l/${id}`].map(async (url) => {
          const response = await fetch(url, { redirect: 'manual', headers: { 'accept-language': language } })
          return [response.status, (await response.text()).replace(/rq_\w+/, '')]
        }),
      )
      expect(new Set(pages.map(([status]) => status))).toEqual(new Set([410]))
      expect(new Set(pages.map(([, html]) => html)).size).toBe(1)
    }
    expect((await fetch(fresh, { redirect: 'manual' })).status).toBe(302)
  })

  test('takes no openid from its address, a cookie or a form [T24]', async () => {
    const { person, link } = await welcomed()
    const openid = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
    expect((await open(await world.newPerson(), `${link}?openid=${openid}`)).status).toBe(403)
    const browser = handBrowser()
    browser.jar.set('openid', openid)
    browser.jar.set('hufu_phone', Buffer.from(JSON.stringify({ openid })).toString('base64url'))
    expect((await browser.go(link)).headers.get('location')).toMatch(/connect\/oauth2\/authorize/)
    const { id } = await arrived()
    expect((await claim(id, newId(), { openid })).body.code).toBe('unknown_field')
  })
})

describe('who holds the phone', () => {
  test('a state that is missing, foreign, used, or of another account is 400, and WeChat is not asked [B38, T27, T28, T31]', async () => {
    const { person, link } = await welcomed()
    const { browser, state, back, authorize } = await begin(link)
    const code = await codeFor(world, person, authorize)
    const other = await begin((await welcomed()).link)
    const asked = async () => (await world.sim('GET', '/calls'))['/sns/oauth2/access_token'] ?? 0
    const calls = await asked()
    const elsewhere = back.replace(world.account.appid, 'wxsim000000000000')
    const attempts: [typeof browser, string][] = [
      [browser, `${back}?code=${code}`],
      [browser, `${back}?code=${code}&state=${state}&state=${state}`],
      [browser, `${back}?code=${code}&state=${other.state}`],
      [other.browser, `${back}?code=${code}&state=${state}`],
      [browser, `${elsewhere}?code=${code}&state=${state}`],
    ]
    for (const [asker, url] of attempts) expect((await asker.go(url)).status).toBe(400)
    expect(await asked()).toBe(calls)
    const proved = await browser.go(`${back}?code=${code}&state=${state}`)
    expect(proved.headers.get('location')).toBe(new URL(link).pathname)
    expect((await browser.go(`${back}?code=${code}&state=${state}`)).status).toBe(400)
    expect(await asked()).toBe(calls + 1)
  })

  test('a state of one account on the callback of another proves nobody, whichever code comes with it [T31]', async () => {
    const { person, link } = await welcomed()
    const other = await addSimulated(world, { kind: 'service', verified: true })
    const { browser, state, back, authorize } = await begin(link)
    const there = back.replace(world.account.appid, other.appid)
    const atOther = new URL(authorize)
    atOther.searchParams.set('appid', other.appid)
    const codes = [await codeFor(world, person, authorize), await codeFor(world, person, atOther)]
    expect(new Set([...codes, '']).size).toBe(3)
    const rows = await countRows(world)
    for (const code of codes) {
      const answer = await browser.go(`${there}?code=${code}&state=${state}`)
      expect([answer.status, answer.headers.getSetCookie(), answer.headers.get('location')]).toEqual([400, [], null])
    }
    expect(await countRows(world)).toEqual(rows)
    expect((await browser.go(link)).headers.get('location')).toMatch(/connect\/oauth2\/authorize/)
    const proved = await browser.go(`${back}?code=${codes[0]}&state=${state}`)
    expect(proved.headers.get('location')).toBe(new URL(link).pathname)
  })

  test.each([40163, 40029])(
    'a code that is used or expired (%i) starts again; the link is still good [B39]',
    async (errcode) => {
      const { person, link } = await welcomed()
      await world.sim('POST', '/faults', { path: '/sns/oauth2/access_token', kind: 'errcode', errcode, times: 1 })
      expect(await open(person, link)).toMatchObject({ status: 200, forms: [] })
      expect((await open(person, link)).title).toBe('the site')
    },
  )

  test('who declines to be recognised is offered to retry; a snapshot is explained; nothing is written [B40, B41, T30]', async () => {
    const { person, link } = await welcomed()
    const before = await countRows(world)
    const { browser, state, back } = await begin(link)
    const declined = await browser.go(`${back}?state=${state}`)
    expect(declined.status).toBe(200)
    expect(declined.html).toContain(`href="${new URL(link).pathname}"`)
    expect(await open(person, link, { grant: 'snapshot' })).toMatchObject({ status: 409, forms: [] })
    expect(await countRows(world)).toEqual(before)
    expect((await open(person, link)).title).toBe('the site')
  })
})

describe('a claim', () => {
  test('can be confirmed by nobody but the follower the link was given to, nor without the form [T25, B30]', async () => {
    const { person, id } = await arrived()
    const { continue_url } = (await claim(id, newId(), { display_name: 'ada@example.com' })).body
    const thief = await open(await world.newPerson(), continue_url)
    expect(thief).toMatchObject({ status: 403, forms: [] })
    expect(thief.text).not.toMatch(/ad•••/)
    const browser = handBrowser()
    expect((await browser.go(continue_url)).status).toBe(302)
    expect(
      (await browser.go(continue_url, { method: 'POST', body: new URLSearchParams({ decision: 'confirm' }) })).status,
    ).toBe(403)
    await open(person, continue_url)
    expect((await answer(person, 'confirm')).text).toMatch(/绑定成功/)
  })

  test('is the first one’s: another user of the site cannot take the link over', async () => {
    const { id } = await arrived()
    expect((await claim(id, 'the-first')).status).toBe(200)
    expect(await claim(id, 'the-second')).toMatchObject({ status: 409, body: { code: 'link_claimed' } })
    expect((await claim(id, 'the-first')).status).toBe(200)
    const { id: contested } = await arrived()
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(contested, `one-of-many-${n}`)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200, 409]))
  })

  test('by another app is 404, of a link that is over 410; it returns only where the app has registered [B44, T29, B37]', async () => {
    const { id } = await arrived()
    const { apiKey: key } = await world.addSite()
    const foreign = await world.api('POST', `/v1/links/${id}/claim`, { external_user_id: 'x' }, { key })
    const unknown = await world.api('POST', '/v1/links/ln_nobody/claim', { external_user_id: 'x' })
    for (const { status, body } of [foreign, unknown]) expect([status, body.code]).toEqual([404, 'not_found'])
    expect((await world.api('GET', `/v1/links/${id}`, undefined, { key })).status).toBe(404)
    expect((await world.api('POST', `/v1/links/${id}/login`, {}, { key })).status).toBe(404)
    for (const return_to of ['//evil', 'https:evil', `${origin}/done/`, `${origin}\\@evil/done`, `${origin}/done\n`]) {
      expect((await claim(id, 'x', { return_to })).body.code).toBe('redirect_not_registered')
      expect((await logIn(id, { return_to })).status).toBe(422)
    }
    await pass(30 * 60_000)
    expect((await claim(id, 'x')).body.code).toBe('link_over')
  })

  test('is confirmed with one tap, whatever the app asks of its other flows', async () => {
    await world.app.apps.change(world.site.id, { loginAssurance: 'code', bindAssurance: 'number' })
    const { person, id: former } = await arrived()
    for (const kind of ['login', 'bind']) {
      const id = idIn(await open(person, await another(former)))
      const begun = kind === 'bind' ? (await claim(id, newId())).body : (await logIn(id)).body
      await open(person, 'wechat_url' in begun ? (begun.wechat_url ?? '') : (begun as Claimed).continue_url)
      expect((await answer(person, 'confirm')).outputs).not.toHaveProperty('code')
      const flow = await world.app.flows.find('flow_id' in begun ? begun.flow_id : begun.id)
      expect(flow?.state).toBe(kind === 'bind' ? 'completed' : 'confirmed')
    }
    await world.app.apps.change(world.site.id, { loginAssurance: 'tap', bindAssurance: 'code' })
  })

  test('that was claimed at the last minute ends with its half hour', async () => {
    const { person, id } = await arrived()
    await pass(29 * 60_000)
    const claimed = await claim(id, newId(), { expires_in: 1_800 })
    const { body } = await world.api<{ expires_at: string }>('GET', `/v1/links/${id}`)
    expect(claimed.body).toMatchObject({ expires_at: body.expires_at })
    await pass(60_000)
    expect((await open(person, claimed.body.continue_url)).status).toBe(410)
  })

  test('with a key of its own is answered once', async () => {
    const { id } = await arrived()
    const body = { external_user_id: newId() }
    const headers = { 'idempotency-key': 'k-1' }
    const send = () => world.api<Claimed>('POST', `/v1/links/${id}/claim`, body, { headers })
    const [one, two] = [await send(), await send()]
    expect(two.body).toEqual(one.body)
  })

  test('that would join what may not be joined ends on the page, with the old links intact [B34, B35]', async () => {
    const { person, id: former } = await linked()
    const bound = idIn(await open(person, await another(former)))
    await open(person, (await claim(bound, newId())).body.continue_url)
    expect(await answer(person, 'confirm')).toMatchObject({ status: 409 })

    const { externalUserId } = await linked()
    const { person: newcomer, id } = await arrived()
    const { continue_url, flow_id } = (await claim(id, externalUserId)).body
    await open(newcomer, continue_url)
    expect(await answer(newcomer, 'confirm')).toMatchObject({ status: 409 })
    expect((await world.api<{ reason?: string }>('GET', `/v1/flows/${flow_id}`)).body.reason).toBe('user_already_bound')
    expect(await events('binding.conflict')).toContainEqual(
      expect.objectContaining({ flow_id, reason: 'user_already_bound' }),
    )
  })

  test('asks for nothing of WeChat: no QR code is made for it', async () => {
    const made = async () => (await world.sim('GET', '/calls'))['/cgi-bin/qrcode/create'] ?? 0
    const before = await made()
    const { id } = await arrived()
    await claim(id, newId())
    expect(await made()).toBe(before)
  })
})

test('links are forgotten within two hours, and none of them keeps a token or an openid', async () => {
  const { person, link } = await welcomed()
  const openid = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
  const stored = JSON.stringify(await look(world, 'SELECT * FROM links'))
  expect(stored).not.toContain(link.split('/').pop())
  expect(stored).not.toContain(openid)
  await pass(2 * 3_600_000)
  await world.app.housekeep()
  expect(await look(world, 'SELECT id FROM links')).toEqual([])
})

test.each(['ftp://shop.example.com/', 'shop.example.com', 'https://shop.example.com/#x', '//evil'])(
  'an app cannot receive people at %s',
  async (linkUrl) => {
    await expect(world.app.apps.change(world.site.id, { linkUrl })).rejects.toMatchObject({ code: 'invalid_value' })
  },
)
