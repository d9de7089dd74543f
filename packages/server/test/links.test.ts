import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { begin, codeFor, handBrowser } from './hand-browser.ts'
import { type Harness, startHarness } from './harness.ts'
import { idIn, type Linking, startLinking } from './linking.ts'
import { look } from './wire.ts'

interface Redeemed {
  user: { id: string; external_user_id?: string } | null
  registration_token?: string
}

let linking: Linking
let world: Harness
let origin: string
beforeAll(async () => {
  linking = await startLinking()
  world = linking.world
  origin = linking.origin
})
afterAll(() => linking.close())
beforeEach(() => world.sim('DELETE', '/faults'))

describe('from the chat into the site', () => {
  test('who is unknown logs in there; the site claims, the person confirms, and the two are linked', async () => {
    const { person, link } = await linking.welcomed()
    expect(link).toMatch(new RegExp(`^${world.base}/l/[\\w-]{43}$`))
    const page = await linking.open(person, link)
    expect(page).toMatchObject({ status: 200, title: 'the site' })
    expect(page.url).toMatch(new RegExp(`^${origin}/arrive\\?from=chat&link=ln_[a-z2-7]{26}(#wechat_redirect)?$`))
    const id = idIn(page)
    expect((await world.api('GET', `/v1/links/${id}`)).body).toMatchObject({
      id,
      account: world.account.appid,
      known: false,
    })
    const externalUserId = linking.newId()
    const claimed = await linking.claim(id, externalUserId, {
      display_name: 'ada@example.com',
      return_to: `${origin}/done`,
    })
    expect(claimed.status).toBe(200)
    const confirm = await linking.open(person, claimed.body.continue_url)
    expect(confirm.text).toMatch(/示例商店/)
    expect(confirm.text).toMatch(/ad•••@ex•••\.com/)
    expect(confirm.text).not.toMatch(/扫码|二维码/)
    expect((await linking.answer(person, 'confirm')).url).toBe(`${origin}/done`)

    const [bound] = (await linking.events('binding.created')).filter((data) => data.flow_id === claimed.body.flow_id)
    const { body } = await world.api<{ data: { id: string; accounts: string[] }[] }>(
      'GET',
      `/v1/users?external_user_id=${externalUserId}`,
    )
    expect(body.data).toMatchObject([{ id: bound?.user_id, accounts: [world.account.appid] }])
  })

  test('who is known logs in without a password, and the site redeems as always', async () => {
    const { person, id: former, externalUserId } = await linking.linked()
    const id = idIn(await linking.open(person, await linking.another(former)))
    expect((await world.api('GET', `/v1/links/${id}`)).body).toMatchObject({ known: true })
    const asked = await linking.logIn(id, { browser_binding: 'this session', return_to: `${origin}/done` })
    expect(asked.status).toBe(201)
    const flow = asked.body
    expect(flow).toMatchObject({ kind: 'login', state: 'waiting', qr: { content: flow.wechat_url } })
    expect((await linking.open(person, flow.wechat_url ?? '')).forms).toHaveLength(1)
    expect((await linking.answer(person, 'confirm')).url).toBe(`${origin}/done`)
    const { completion_code } = await linking.lookAt(flow)
    const redeem = (browser_binding: string) =>
      world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code, browser_binding })
    expect((await redeem('another session')).status).toBe(409)
    expect((await redeem('this session')).body).toMatchObject({ user: { external_user_id: externalUserId } })
  })

  test('who is unknown may be registered by their WeChat alone', async () => {
    const { person, id } = await linking.arrived()
    const { body: flow } = await linking.logIn(id)
    await linking.open(person, flow.wechat_url ?? '')
    expect((await linking.answer(person, 'confirm')).status).toBe(200)
    const { completion_code } = await linking.lookAt(flow)
    const { body } = await world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
    expect(body).toMatchObject({ user: null, registration_token: expect.stringMatching(/^rt_/) })
  })

  test('a no changes nothing, and the link is still good', async () => {
    const { person, link, id } = await linking.arrived()
    const externalUserId = linking.newId()
    await linking.open(person, (await linking.claim(id, externalUserId)).body.continue_url)
    expect((await linking.answer(person, 'decline')).text).toMatch(/没有得到您的确认/)
    expect((await world.api('GET', `/v1/users?external_user_id=${externalUserId}`)).body).toMatchObject({ data: [] })
    expect((await linking.open(person, link)).title).toBe('the site')
    await linking.open(person, (await linking.claim(id, externalUserId)).body.continue_url)
    expect((await linking.answer(person, 'confirm')).text).toMatch(/绑定成功/)
  })

  test('fifty who follow at once get a link each, and no app gets a link it did not ask for', async () => {
    const people = await Promise.all(Array.from({ length: 50 }, linking.welcomed))
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
    const { person, link } = await linking.welcomed()
    const page = await linking.open(await world.newPerson(), link)
    expect(page).toMatchObject({ status: 403, forms: [] })
    expect(page.text).not.toMatch(/示例商店/)
    const id = idIn(await linking.open(person, link))
    expect(await linking.events('link.forwarded')).toContainEqual({ link_id: id })
    for (let n = 0; n < 3; n++) await linking.open(await world.newPerson(), link)
    expect((await linking.events('link.forwarded')).filter(({ link_id }) => link_id === id)).toHaveLength(1)
  })

  test('is not spoilt by whatever looks ahead; one yes uses it up [T26, B42]', async () => {
    const { person, link, id } = await linking.arrived()
    for (let n = 0; n < 10; n++) {
      await fetch(link, { redirect: 'manual' })
      await fetch(link, { method: 'HEAD', redirect: 'manual' })
      await linking.open(person, link)
    }
    const [first, second] = [await linking.claim(id, 'twice'), await linking.claim(id, 'twice')]
    await linking.open(person, first.body.continue_url)
    expect((await linking.answer(person, 'confirm')).text).toMatch(/绑定成功/)
    await linking.open(person, second.body.continue_url)
    expect((await linking.answer(person, 'confirm')).status).toBe(410)
    expect((await linking.open(person, link)).status).toBe(410)
    expect((await linking.claim(id, 'twice')).body).toMatchObject({ code: 'link_over' })
    expect((await linking.logIn(id)).status).toBe(410)
  })

  test('confirmed by one person for several sessions at once opens one of them', async () => {
    const { person, id } = await linking.arrived()
    const flows = await Promise.all(Array.from({ length: 6 }, () => linking.logIn(id)))
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
    const states = await Promise.all(flows.map(async ({ body }) => (await linking.lookAt(body)).state))
    expect(states.filter((state) => state === 'confirmed')).toHaveLength(1)
  })

  test('lets its form lead back to the site, and no other form anywhere', async () => {
    const policyOf = async (url: string, person: string) => {
      const { browser, state, back, authorize } = await begin(url)
      await browser.go(`${back}?code=${await codeFor(world, person, authorize)}&state=${state}`)
      return (await browser.go(url)).headers.get('content-security-policy')
    }
    const { person, id } = await linking.arrived()
    const returning = (await linking.logIn(id, { return_to: `${origin}/done` })).body.wechat_url ?? ''
    expect(await policyOf(returning, person)).toContain(`form-action 'self' ${origin};`)
    const staying = (await linking.logIn(id)).body.wechat_url ?? ''
    expect(await policyOf(staying, person)).toContain("form-action 'self';")
    const scanned = await world.createFlow({ kind: 'login', return_to: `${origin}/done` })
    expect(await policyOf(scanned.wechat_url ?? '', person)).toContain("form-action 'self';")
  })

  test('that is tampered with, too old, used or nonsense says the same, in both languages [B42]', async () => {
    const { person, link, id } = await linking.arrived()
    await linking.open(person, (await linking.claim(id, linking.newId())).body.continue_url)
    await linking.answer(person, 'confirm')
    const { link: old } = await linking.welcomed()
    await linking.pass(600_001)
    const { link: fresh } = await linking.welcomed()
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
    const { person, link } = await linking.welcomed()
    const openid = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
    expect((await linking.open(await world.newPerson(), `${link}?openid=${openid}`)).status).toBe(403)
    const browser = handBrowser()
    browser.jar.set('openid', openid)
    browser.jar.set('hufu_phone', Buffer.from(JSON.stringify({ openid })).toString('base64url'))
    expect((await browser.go(link)).headers.get('location')).toMatch(/connect\/oauth2\/authorize/)
    const { id } = await linking.arrived()
    expect((await linking.claim(id, linking.newId(), { openid })).body.code).toBe('unknown_field')
  })
})

test('links are forgotten within two hours, and none of them keeps a token or an openid', async () => {
  const { person, link } = await linking.welcomed()
  const openid = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
  const stored = JSON.stringify(await look(world, 'SELECT * FROM links'))
  expect(stored).not.toContain(link.split('/').pop())
  expect(stored).not.toContain(openid)
  await linking.pass(2 * 3_600_000)
  await world.app.housekeep()
  expect(await look(world, 'SELECT id FROM links')).toEqual([])
})

test.each(['ftp://shop.example.com/', 'shop.example.com', 'https://shop.example.com/#x', '//evil'])(
  'an app cannot receive people at %s',
  async (linkUrl) => {
    await expect(world.app.apps.change(world.site.id, { linkUrl })).rejects.toMatchObject({ code: 'invalid_value' })
  },
)
