import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addSimulated, type Harness, type NewFlow, type Page, startHarness } from './harness.ts'
import {
  codeOf,
  newVisitor,
  password,
  redeem,
  register,
  registerByEmail,
  scanned,
  type Visitor,
} from './registering.ts'
import { look } from './wire.ts'

let world: Harness
const origin = 'https://shop.example.com'
beforeAll(async () => {
  world = await startHarness({
    app: { registration: ['email', 'phone'], returnUrls: [`${origin}/done`], allowedOrigins: [origin] },
  })
})
afterAll(() => world.close())

/** A browser on the PC, without JavaScript. */
function browser() {
  const cookies = new Map<string, string>()
  let html = ''
  async function go(path: string, fields?: Record<string, string>, from = world.base) {
    let response = await send(path, fields, from)
    const location = response.headers.get('location')
    if (location) response = await send(location)
    html = await response.text()
    expect(html).not.toMatch(/undefined|\[object/)
    return { status: response.status, html }
  }
  async function send(path: string, fields?: Record<string, string>, from = world.base): Promise<Response> {
    const response = await fetch(new URL(path, world.base), {
      redirect: 'manual',
      headers: {
        cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
        'accept-language': 'en',
        ...(fields && { origin: from }),
      },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }
  const hidden = () =>
    Object.fromEntries(
      [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map((found) => found.slice(1)),
    )
  return {
    go,
    /** Fills in what is asked, and sends what the page hides besides. */
    fill: (path: string, fields: Record<string, string>, from?: string) => go(path, { ...hidden(), ...fields }, from),
  }
}

async function enter(flow: NewFlow) {
  const pc = browser()
  const page = await pc.go('/register', { flow: flow.id, secret: flow.secret }, origin)
  return { pc, page, path: `/register/${flow.id}` }
}

const state = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state

describe('the hosted page', () => {
  test('registers by e-mail with plain forms, and leads back to the site', async () => {
    const ada = await newVisitor(world)
    const flow = await scanned(world, ada, world.apiKey, { return_to: `${origin}/done` })
    const { pc, page, path } = await enter(flow)
    expect(page).toMatchObject({ status: 200, html: expect.stringContaining('Register at <bdi>示例商店</bdi>') })
    const short = await pc.fill(path, { email: ada.email, password: 'short' })
    expect(short).toMatchObject({ status: 422, html: expect.stringContaining('8 to 128 characters') })
    const sent = await pc.fill(path, { email: ada.email, password })
    expect(sent).toMatchObject({ status: 200, html: expect.stringContaining('on its way to') })
    const code = await codeOf(world, ada, 'email')
    const wrong = await pc.fill(path, { code: code === '000000' ? '111111' : '000000' })
    expect(wrong).toMatchObject({ status: 422, html: expect.stringContaining('Tries left: <bdi>4</bdi>') })
    const done = await pc.fill(path, { code })
    expect(done).toMatchObject({ status: 200, html: expect.stringContaining('You are registered') })
    expect(done.html).toContain(`href="${origin}/done"`)
    expect(await redeem(world, flow)).toMatchObject({ user: { is_new: true } })
  })

  test('asks before it links an account that is there [T41]', async () => {
    const owner = await newVisitor(world)
    await registerByEmail(world, owner)
    world.clock.advance(3_700_000)
    const flow = await scanned(world, await newVisitor(world))
    const { pc, path } = await enter(flow)
    await pc.fill(path, { email: owner.email, password: 'another one' })
    const question = await pc.fill(path, { code: await codeOf(world, owner, 'email') })
    expect(question).toMatchObject({ status: 409, html: expect.stringContaining('Link this WeChat') })
    expect(await state(flow)).toBe('registration_required')
    // They have a WeChat of this account: one is enough.
    expect(await pc.fill(path, {})).toMatchObject({ status: 422, html: expect.stringContaining('has another WeChat') })
  })

  test('opens for the site’s own browser only: not from elsewhere, not without the secret, not for others [T17]', async () => {
    const flow = await scanned(world, await newVisitor(world))
    const fields = { flow: flow.id, secret: flow.secret }
    for (const from of ['https://evil.example.com', 'null', world.base])
      expect((await browser().go('/register', fields, from)).status).toBe(403)
    const foreign = await world.createFlow()
    expect((await browser().go('/register', { ...fields, secret: foreign.secret }, origin)).status).toBe(404)
    expect((await browser().go(`/register/${flow.id}`)).status).toBe(404)
    const { pc } = await enter(flow)
    expect((await pc.go(`/register/${foreign.id}`)).status).toBe(404)
  })

  test('takes no form from another page, none without its token, and changes nothing when it is only looked at [T26]', async () => {
    const eve = await newVisitor(world)
    const flow = await scanned(world, eve)
    const { pc, path } = await enter(flow)
    const fields = { phone: eve.phone }
    expect((await pc.fill(path, fields, 'https://evil.example.com')).status).toBe(403)
    await pc.go(path)
    expect((await pc.go(path, fields)).status).toBe(403)
    for (let n = 0; n < 3; n++) await pc.go(path)
    await world.app.housekeep()
    expect(await world.sim('GET', `/people/${eve.person}/sms`)).toEqual([])
  })

  test('shows what was typed as inert text [B46]', async () => {
    const flow = await scanned(world, await newVisitor(world))
    const { pc, path } = await enter(flow)
    const { html } = await pc.fill(path, { email: '"><script>alert(1)</script>', password })
    expect(html).not.toContain('<script>')
  })
})

describe('on the phone', () => {
  async function open(visitor: Visitor): Promise<Page> {
    const chat = await world.sim('GET', `/people/${visitor.person}/chat?account=${world.account.appid}`)
    const { url } = chat.findLast((entry: { links?: unknown[] }) => entry.links?.length).links[0]
    return world.sim('POST', `/people/${visitor.person}/open`, { url })
  }

  test('whoever has confirmed reads that one step is left, and may take it there', async () => {
    const bo = await newVisitor(world)
    const flow = await scanned(world, bo)
    const told = await open(bo)
    expect(told).toMatchObject({ status: 200, title: '还差一步' })
    const form: Page = await world.sim('POST', `/people/${bo.person}/open`, { url: `${told.url}/register` })
    expect(form.forms).toHaveLength(2)
    const sent: Page = await world.sim('POST', `/people/${bo.person}/submit`, { form: 1, fields: { phone: bo.phone } })
    expect(sent.title).toContain('注册')
    const code = await codeOf(world, bo, 'phone')
    const done: Page = await world.sim('POST', `/people/${bo.person}/submit`, { fields: { code } })
    expect(done).toMatchObject({ status: 200, title: '注册成功' })
    expect(await state(flow)).toBe('confirmed')
  })

  test('nobody else’s phone opens the form [T25]', async () => {
    const [cy, dee] = [await newVisitor(world), await newVisitor(world)]
    await scanned(world, cy)
    const { url } = await open(cy)
    const page: Page = await world.sim('POST', `/people/${dee.person}/open`, { url: `${url}/register` })
    expect(page).toMatchObject({ status: 403, forms: [] })
    // Whoever has proved nothing is sent to do so.
    const stranger = await browser().go(`${new URL(url).pathname}/register`)
    expect(stranger).toMatchObject({ status: 302, html: '' })
  })
})

describe('a new password', () => {
  test('is set by whoever reads the account’s mail, and the former one is over', async () => {
    const ada = await newVisitor(world)
    await registerByEmail(world, ada)
    world.clock.advance(3_700_000)
    const pc = browser()
    await pc.go('/reset')
    const asked = await pc.fill('/reset', { email: ada.email })
    expect(asked).toMatchObject({ status: 200, html: expect.stringContaining('If') })
    const code = await codeOf(world, ada, 'email')
    expect((await pc.fill('/reset', { code, password: 'short' })).status).toBe(422)
    const done = await pc.fill('/reset', { code, password: 'battery staple' })
    expect(done).toMatchObject({ status: 200, html: expect.stringContaining('The password is set') })
    const { passwords } = world.app.credentials
    const owner = await world.app.users.findByCredential(
      world.app.store.db,
      world.app.users.credentialKey('email', ada.email),
    )
    expect(await passwords.isRight(owner?.userId, password)).toBe(false)
    expect(await passwords.isRight(owner?.userId, 'battery staple')).toBe(true)
    expect((await pc.go('/reset')).html).toContain('Set a new password')
  })

  test('ends the sessions that were begun before it', async () => {
    const bo = await newVisitor(world)
    await registerByEmail(world, bo)
    world.clock.advance(3_700_000)
    const before = browser()
    await before.go('/login/plain', { do: 'begin' })
    const [begun] = await look<{ qr_content: string }>(
      world,
      'SELECT qr_content FROM flows ORDER BY created_at DESC LIMIT 1',
    )
    await world.scan(bo.person, begun?.qr_content ?? '')
    const { outputs } = await world.decide(bo.person, 'confirm')
    await before.go('/login/plain', { do: 'next', code: outputs.code ?? '' })
    expect((await before.go('/me')).html).toContain('Download')
    const pc = browser()
    await pc.go('/reset')
    await pc.fill('/reset', { email: bo.email })
    await pc.fill('/reset', { code: await codeOf(world, bo, 'email'), password: 'battery staple' })
    expect((await before.go('/me')).html).not.toContain('Download')
  })

  test('is asked for with one answer, whether or not there is an account; only the account gets a mail [T38]', async () => {
    const [known, stranger] = [await newVisitor(world), await newVisitor(world)]
    await registerByEmail(world, known)
    world.clock.advance(3_700_000)
    const pages: string[] = []
    for (const { email } of [known, stranger]) {
      const pc = browser()
      await pc.go('/reset')
      const { status, html } = await pc.fill('/reset', { email })
      expect(status).toBe(200)
      pages.push(html.replace(/value="[^"]*"/g, '').replaceAll(/<bdi>[^<]*<\/bdi>/g, ''))
    }
    expect(pages[0]).toBe(pages[1])
    await world.app.housekeep()
    expect((await world.sim('GET', `/mail?to=${known.email}`)).length).toBe(2)
    expect(await world.sim('GET', `/mail?to=${stranger.email}`)).toEqual([])
  })

  test('is not set by a code in another browser, nor by a code of a registration [T35, T36]', async () => {
    const ada = await newVisitor(world)
    await registerByEmail(world, ada)
    world.clock.advance(3_700_000)
    const [mine, thief] = [browser(), browser()]
    await mine.go('/reset')
    await mine.fill('/reset', { email: ada.email })
    const code = await codeOf(world, ada, 'email')
    await thief.go('/reset')
    expect((await thief.fill('/reset', { email: ada.email, code, password: 'stolen word' })).html).toContain(
      'no longer valid',
    )
    const flow = await scanned(world, await newVisitor(world))
    world.clock.advance(61_000)
    expect((await register(world, flow, { email: ada.email, password })).status).toBe(200)
    const other = await codeOf(world, ada, 'email')
    await mine.go('/reset')
    const wrong = await mine.fill('/reset', {
      email: ada.email,
      code: other === code ? '0' : other,
      password: 'stolen word',
    })
    expect(wrong).toMatchObject({ status: 422, html: expect.stringContaining('not right') })
  })
})

test('who has registered is led to the company’s other accounts, on the computer and on the phone', async () => {
  const other = await addSimulated(world, { kind: 'service', verified: true })
  for (const appid of [world.account.appid, other.appid]) {
    await world.app.accounts.change(appid, { openPlatform: 'the-company' })
  }
  const ada = await newVisitor(world)
  const flow = await scanned(world, ada)
  const { pc, path } = await enter(flow)
  await pc.fill(path, { email: ada.email, password })
  const done = await pc.fill(path, { code: await codeOf(world, ada, 'email') })
  const [, address = ''] = done.html.match(/href="([^"]+)">Our other Official Accounts</) ?? []
  const shown = await pc.go(address)
  expect(shown).toMatchObject({ status: 200, html: expect.stringContaining(other.name) })
  expect(shown.html).toContain('scan a code with WeChat')
  const chat = await world.sim('GET', `/people/${ada.person}/chat?account=${world.account.appid}`)
  const { url } = chat.findLast((entry: { links?: unknown[] }) => entry.links?.length).links[0]
  await world.sim('POST', `/people/${ada.person}/open`, { url })
  const registered: Page = await world.sim('POST', `/people/${ada.person}/open`, { url: `${url}/register` })
  expect(registered.title).toBe('注册成功')
  const link = registered.links.find(({ text }) => text === '我们的其他公众号')?.url
  expect((await world.sim('POST', `/people/${ada.person}/open`, { url: link })).text).toContain(other.name)
})
