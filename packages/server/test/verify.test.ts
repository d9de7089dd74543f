import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { base32 } from '../src/ids.ts'
import { hashSecret } from '../src/vault/vault.ts'
import { addSimulated, type Harness, type NewFlow, type Page, type Problem, startHarness } from './harness.ts'
import { logIn } from './pc.ts'
import { codeOf, countRows, everythingStored, look } from './wire.ts'

let world: Harness
/** Where Hufu itself asks strangers for an address. */
let registering: { apiKey: string }
let strict: { app: { id: string }; apiKey: string }
beforeAll(async () => {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 1e6, flowsPerAddress: 1e6, flowsPerApp: 1e6 }
  world = await startHarness({
    app: { registration: 'auto', bindAssurance: 'tap', returnUrls: ['https://shop.example.com/done'] },
    config: { limits },
  })
  registering = await world.addSite({ registration: ['email'], bindAssurance: 'instant' })
  strict = await world.addSite({ registration: 'auto', bindAssurance: 'tap', verifyAssurance: 'number' })
})
afterAll(() => world.close())

const purpose = '更换手机号'
const verify = { kind: 'verify', purpose }

interface Redeemed extends Problem {
  kind: string
  purpose: string
  user: { id: string; external_user_id?: string; is_new: boolean } | null
  wechat: { account: string; subscribed: boolean }
  assurance: string
  registration_token?: string
}

const create = (body: object, key = world.apiKey) => world.api<NewFlow & Problem>('POST', '/v1/flows', body, { key })
async function begin(body: object = {}, key = world.apiKey): Promise<NewFlow> {
  const answer = await create({ ...verify, ...body }, key)
  expect(answer).toMatchObject({ status: 201 })
  return answer.body
}
const see = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
async function redeem(flow: NewFlow, body: object = {}, key = world.apiKey) {
  const { completion_code } = await see(flow)
  return world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code, ...body }, { key })
}
const open = (person: string, url: string): Promise<Page> => world.sim('POST', `/people/${person}/open`, { url })
const press = (person: string, name: string, value: string, fields = {}): Promise<Page> =>
  world.sim('POST', `/people/${person}/submit`, { button: { name, value }, fields })
const chatOf = async (person: string): Promise<{ text: string; links?: { url: string }[] }[]> =>
  world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)

/** Somebody whom the site knows by an id of its own. */
async function newUser(external_user_id: string): Promise<{ person: string; id: string }> {
  const person = await world.newPerson()
  const flow = await world.createFlow({ kind: 'bind', external_user_id })
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  return { person, id: (await redeem(flow)).body.user?.id ?? '' }
}

/** As its holder does at /me. */
async function removeWechat(flowId: string): Promise<void> {
  const { users, store } = world.app
  const row = await world.app.flows.find(flowId)
  const userId = (await users.findOfWechat(store.db, world.account.appid, row?.scanner_index ?? '')) ?? ''
  const held = (await users.findPerson(userId))?.identities.find(({ kind }) => kind === 'wechat')
  await store.write((tx) => users.removeWechat(tx, userId, held?.id ?? ''))
}

/** Everything that says who is who. */
const whoIsWho = () =>
  Promise.all(
    ['users', 'identities', 'app_users', 'passwords', 'sessions'].map((table) => look(world, `SELECT * FROM ${table}`)),
  )

async function eventsOf(flow: NewFlow) {
  const { body } = await world.api<{ data: { type: string; data: Record<string, string> }[] }>(
    'GET',
    '/v1/events?limit=1000',
  )
  return body.data.filter(({ data }) => data.flow_id === flow.id)
}

describe('beginning', () => {
  test.each([
    ['no purpose', { kind: 'verify' }],
    ['an empty purpose', { ...verify, purpose: ' ' }],
    ['a purpose of 65 characters', { ...verify, purpose: 'a'.repeat(65) }],
    ['a purpose with a line break', { ...verify, purpose: 'a\nb' }],
    ['a purpose that turns the direction of the text', { ...verify, purpose: '\u202eabc' }],
    ['a purpose with letters that nobody sees', { ...verify, purpose: 'a\u200bb' }],
    ['a purpose with half a character', { ...verify, purpose: 'a\ud800' }],
    ['an id to link', { ...verify, external_user_id: 'ada' }],
    ['a scan alone for a yes', { ...verify, assurance: 'instant' }],
    ['a login with a purpose', { kind: 'login', purpose }],
    ['a bind with a user', { kind: 'bind', external_user_id: 'ada', user: 'ada' }],
  ])('refuses %s', async (_, body) => {
    const before = await countRows(world)
    expect(await create(body)).toMatchObject({ status: 422, body: { code: 'invalid_value' } })
    expect(await countRows(world)).toEqual(before)
  })

  test('demands what the app’s binds do, or what the app says for approvals; a flow may raise it, never lower it', async () => {
    expect(await begin()).toMatchObject({ kind: 'verify', purpose, assurance: 'tap', state: 'waiting', next: 'scan' })
    expect(await begin({ assurance: 'code' })).toMatchObject({ assurance: 'code' })
    expect(await begin({}, strict.apiKey)).toMatchObject({ assurance: 'number' })
    expect(await create({ ...verify, assurance: 'tap' }, strict.apiKey)).toMatchObject({ status: 422 })
    await world.app.apps.change(strict.app.id, { name: 'renamed' })
    expect(await begin({}, strict.apiKey)).toMatchObject({ assurance: 'number' })
    // Binds by a scan alone; no approval is.
    expect(await begin({}, registering.apiKey)).toMatchObject({ assurance: 'tap' })
    const careful = await world.addSite()
    expect(await begin({}, careful.apiKey)).toMatchObject({ assurance: 'code' })
  })

  test('answers the same for users known and unknown', async () => {
    await newUser('seen-at-begin')
    const [known, unknown] = [
      await create({ ...verify, user: 'seen-at-begin' }),
      await create({ ...verify, user: 'no' }),
    ]
    expect(Object.keys(known.body)).toEqual(Object.keys(unknown.body))
    expect(unknown.status).toBe(known.status)
  })

  test('keeps the purpose sealed', async () => {
    await begin({ purpose: 'withdraw 12.50 to Ada' })
    expect(await everythingStored(world)).not.toContain('withdraw 12.50')
  })
})

describe('a yes to a purpose', () => {
  test('by a tap: the chat and the page name purpose and site, and never speak of logging in', async () => {
    const { person, id } = await newUser('tapping')
    const before = await whoIsWho()
    const flow = await begin({ user: 'tapping', display_name: 'ada@example.com' })
    const asked = await world.scan(person, flow.qr.content)
    expect(asked.text).toContain('示例商店 (shop.example.com) 请您同意：“更换手机号”')
    const page = await open(person, asked.links[0] ?? '')
    expect(page.text).toContain('更换手机号')
    expect(page.text).toContain('示例商店')
    expect(page.text).toContain('ad•••@ex•••.com')
    const done = await press(person, 'decision', 'confirm')
    expect(done.text).toContain('已同意')
    expect(done.text).toContain('更换手机号')
    for (const text of [asked.text, page.text, page.title, done.text]) expect(text).not.toMatch(/登录|绑定/)
    expect(await see(flow)).toMatchObject({ state: 'confirmed', next: 'finish', kind: 'verify', purpose })
    const { status, body } = await redeem(flow)
    expect(status).toBe(200)
    expect(body).toEqual({
      kind: 'verify',
      purpose,
      user: { id, external_user_id: 'tapping', is_new: false },
      wechat: { account: world.account.appid, subscribed: true },
      assurance: 'tap',
    })
    expect(await whoIsWho()).toEqual(before)
    expect((await eventsOf(flow)).map(({ type, data }) => [type, data.kind])).toEqual([
      ['flow.scanned', 'verify'],
      ['flow.confirmed', 'verify'],
      ['flow.completed', 'verify'],
    ])
  })

  test('in English', async () => {
    const { person } = await newUser('english')
    const flow = await begin({ user: 'english', locale: 'en', purpose: 'New phone number' })
    expect((await world.scan(person, flow.qr.content)).text).toContain('asks for your approval: “New phone number”')
  })

  test('by the two digits that only the page shows', async () => {
    const { person, id } = await newUser('numbering')
    const flow = await begin({ user: id, assurance: 'number' })
    await world.scan(person, flow.qr.content)
    const { number = '' } = await see(flow)
    expect((await world.decide(person, 'confirm', { number: number === '00' ? '01' : '00' })).status).toBe(422)
    await press(person, 'decision', 'confirm', { number })
    expect((await redeem(flow)).body).toMatchObject({ user: { id }, assurance: 'number' })
  })

  test('by the six digits that only the phone shows: scan to get a code', async () => {
    const flow = await begin({ assurance: 'code' })
    const person = await world.newPerson({ follows: false })
    await world.scan(person, flow.qr.content)
    const page = await world.decide(person, 'confirm')
    expect(page.outputs.code).toMatch(/^\d{6}$/)
    expect(page.text).toContain('更换手机号')
    const code = page.outputs.code ?? ''
    const wrong = code === '000000' ? '000001' : '000000'
    expect(
      (await world.browser<Problem>('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: wrong })).body,
    ).toMatchObject({
      code: 'code_invalid',
      tries_left: 4,
    })
    await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })
    expect((await redeem(flow)).body).toMatchObject({ user: null, assurance: 'code', purpose })
  })

  test('of somebody unknown makes nobody, whoever registers people here', async () => {
    for (const { apiKey } of [{ apiKey: world.apiKey }, registering]) {
      const before = await whoIsWho()
      const flow = await begin({}, apiKey)
      const person = await world.newPerson()
      await world.scan(person, flow.qr.content)
      await world.decide(person, 'confirm')
      expect(await see(flow)).toMatchObject({ state: 'confirmed' })
      const { status, body } = await redeem(flow, {}, apiKey)
      expect(status).toBe(200)
      expect(body.user).toBeNull()
      expect(body.registration_token).toBeUndefined()
      const registration_token = world.app.flows.secrets.registrationToken(flow.id)
      const registered = await world.api(
        'POST',
        `/v1/flows/${flow.id}/register`,
        { registration_token, external_user_id: 'x' },
        { key: apiKey },
      )
      expect(registered).toMatchObject({ status: 410, body: { code: 'code_expired' } })
      expect(await whoIsWho()).toEqual(before)
    }
  })

  test('of somebody whom another site knows tells this one nothing of them', async () => {
    const { person } = await newUser('elsewhere')
    const flow = await begin({}, strict.apiKey)
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm', { number: (await see(flow)).number ?? '' })
    const before = await whoIsWho()
    expect((await redeem(flow, {}, strict.apiKey)).body.user).toBeNull()
    expect(await whoIsWho()).toEqual(before)
  })

  test('can be a no', async () => {
    const { person } = await newUser('declining')
    const flow = await begin({ user: 'declining' })
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'decline')
    expect(await see(flow)).toMatchObject({ state: 'declined', next: null })
  })

  test('in the chat, where no page can prove who they are', async () => {
    const account = await addSimulated(world, { kind: 'subscription', verified: false })
    const site = await world.addSite({ appid: account.appid, registration: 'auto', bindAssurance: 'tap' })
    const { id: person } = await world.sim('POST', '/people', { name: 'somebody' })
    await world.sim('POST', `/people/${person}/follow`, { account: account.appid, content: account.followQr })
    async function say(text = '', who = person): Promise<string> {
      await world.sim('POST', `/people/${who}/say`, { account: account.appid, text })
      return (await world.sim('GET', `/people/${who}/chat?account=${account.appid}`)).at(-1).text
    }
    const linked = (await create({ kind: 'bind', external_user_id: 'chatting' }, site.apiKey)).body
    await say(linked.chat_code)
    await say((await see(linked)).number)
    const { body } = await redeem(linked, {}, site.apiKey)
    const before = await whoIsWho()

    const flow = await begin(
      { user: 'chatting', assurance: 'code', purpose: '提现 <a href="//evil.cn">x</a>' },
      site.apiKey,
    )
    const { id: stranger } = await world.sim('POST', '/people', { name: 'stranger' })
    await world.sim('POST', `/people/${stranger}/follow`, { account: account.appid, content: account.followQr })
    expect(await say(flow.chat_code, stranger)).toContain('是给另一个微信的')
    const asked = await say(flow.chat_code)
    expect(asked).toContain('请您同意：“提现')
    expect(asked).not.toMatch(/<a|登录|evil\.cn/)
    const told = await say((await see(flow)).number)
    expect(told).toMatch(/“提现.*\d{6}/s)
    await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: /\d{6}/.exec(told)?.[0] })
    expect((await redeem(flow, {}, site.apiKey)).body).toMatchObject({ user: { id: body.user?.id }, kind: 'verify' })

    const tapped = await begin({ user: 'chatting' }, site.apiKey)
    await say(tapped.chat_code)
    expect(await say((await see(tapped)).number)).toContain('已同意 other (other.example.com) 的“更换手机号”')
    expect((await redeem(tapped, {}, site.apiKey)).status).toBe(200)
    expect(await whoIsWho()).toEqual(before)
  })

  test('from inside WeChat, and by the QR code of a page', async () => {
    for (const entry of ['qr', 'page'] as const) {
      const { person, id } = await newUser(`by-${entry}`)
      const flow = await begin({ entry, user: `by-${entry}` })
      const url = entry === 'qr' ? flow.wechat_url : flow.qr.content
      expect((await open(person, url ?? '')).text).toContain('更换手机号')
      expect((await press(person, 'decision', 'confirm')).text).toContain('已同意')
      expect((await redeem(flow)).body).toMatchObject({ user: { id } })
    }
  })
})

describe('the purpose', () => {
  test('is inert on the page and in the chat [B46]', async () => {
    const trick = '<img src=x onerror=alert(1)> <a href="https://evil.cn">点</a>'
    const flow = await begin({ purpose: trick })
    const person = await world.newPerson()
    const asked = await world.scan(person, flow.qr.content)
    expect(asked.links).toHaveLength(1)
    expect(asked.text).not.toMatch(/<|https:\/\/evil|evil\.cn/)
    const page = await open(person, asked.links[0] ?? '')
    expect(page.text).toContain(trick)
    expect(page.links.map(({ url }) => url).join()).not.toContain('evil')
    const done = await press(person, 'decision', 'confirm')
    expect(done.text).toContain('<img src=x')
  })
})

describe('an approval that names a user', () => {
  test('is refused to another WeChat, and waits on for theirs; since somebody else has seen its code, six digits are asked for', async () => {
    const { person, id } = await newUser('named')
    const other = await newUser('other')
    const flow = await begin({ user: 'named' })
    const said = await world.scan(other.person, flow.qr.content)
    expect(said.text).toContain('是给另一个微信的')
    expect(said.links).toEqual([])
    expect(await see(flow)).toMatchObject({ state: 'waiting', next: 'scan', assurance: 'code' })
    expect((await eventsOf(flow)).map(({ type }) => type)).toEqual(['flow.second_scan'])

    await world.scan(person, flow.qr.content)
    const { code = '' } = (await world.decide(person, 'confirm')).outputs
    await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })
    expect((await redeem(flow)).body).toMatchObject({ user: { id }, assurance: 'code' })
  })

  test('is refused to another WeChat that opens it, by page and from inside', async () => {
    await newUser('named-2')
    const other = await newUser('other-2')
    for (const entry of ['qr', 'page'] as const) {
      const flow = await begin({ user: 'named-2', entry })
      const url = (entry === 'qr' ? flow.wechat_url : flow.qr.content) ?? ''
      const refused = await open(other.person, url)
      expect(refused).toMatchObject({ status: 403, forms: [] })
      expect(refused.text).toContain('没有绑定那个账号')
      expect(await see(flow)).toMatchObject({ state: 'waiting', assurance: 'code' })
    }
  })

  test('of nobody’s id, or another site’s, is answered by nobody', async () => {
    const { person, id } = await newUser('mine')
    for (const [user, key] of [
      ['nobody-at-all', world.apiKey],
      ['us_aaaaaaaaaaaaaaaaaaaaaaaaaa', world.apiKey],
      [id, strict.apiKey],
      ['mine', strict.apiKey],
    ] as const) {
      const flow = await begin({ user }, key)
      expect((await world.scan(person, flow.qr.content)).links).toEqual([])
      expect(await see(flow)).toMatchObject({ state: 'waiting' })
    }
  })

  test('is nobody’s any more once their WeChat is taken from them: on the page, and at redeem', async () => {
    for (const when of ['before the yes', 'after it']) {
      const external = `leaving ${when}`
      const { person, id } = await newUser(external)
      const flow = await begin({ user: id })
      const { links } = await world.scan(person, flow.qr.content)
      await open(person, links[0] ?? '')
      if (when === 'after it') await press(person, 'decision', 'confirm')
      await removeWechat(flow.id)
      expect((await world.api('GET', `/v1/users/${id}`)).body).toMatchObject({
        external_user_id: external,
        accounts: [],
      })
      if (when === 'before the yes') {
        expect((await press(person, 'decision', 'confirm')).status).toBe(403)
        expect(await see(flow)).toMatchObject({ state: 'scanned' })
      } else {
        expect(await redeem(flow)).toMatchObject({ status: 410, body: { code: 'flow_over' } })
        expect(await see(flow)).toMatchObject({ state: 'confirmed' })
      }
    }
  })
})

describe('what it buys', () => {
  async function approved(body: object = {}): Promise<{ flow: NewFlow; person: string }> {
    const flow = await begin(body)
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    return { flow, person }
  }

  test('is had once, by the site that asked, in the browser that asked, for the purpose that was asked [B27, B29, T36]', async () => {
    const { flow } = await approved({ browser_binding: 'session-1' })
    const { completion_code } = await see(flow)
    const own = { browser_binding: 'session-1' }
    expect(await redeem(flow, own, strict.apiKey)).toMatchObject({ status: 404 })
    expect(await redeem(flow, { browser_binding: 'session-2' })).toMatchObject({ body: { code: 'binding_mismatch' } })
    expect(await redeem(flow)).toMatchObject({ body: { code: 'binding_mismatch' } })
    expect(await redeem(flow, { ...own, purpose: '提现' })).toMatchObject({
      status: 409,
      body: { code: 'purpose_mismatch' },
    })
    expect(await redeem(flow, { ...own, completion_code: `cc_${'a'.repeat(43)}` })).toMatchObject({ status: 401 })
    expect(await redeem(flow, { ...own, purpose })).toMatchObject({ status: 200, body: { kind: 'verify', purpose } })
    expect(await redeem(flow, { ...own, completion_code })).toMatchObject({ body: { code: 'already_redeemed' } })
  })

  test('is had once, by however many at once [B27, T20]', async () => {
    const { flow } = await approved()
    const { completion_code } = await see(flow)
    const answers = await Promise.all(Array.from({ length: 5 }, () => redeem(flow, { completion_code })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410, 410, 410])
  })

  test('is no login: whoever says what they are about to do is refused a login’s code, too', async () => {
    const flow = await world.createFlow()
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    expect(await redeem(flow, { purpose })).toMatchObject({ status: 409, body: { code: 'purpose_mismatch' } })
    expect((await redeem(flow)).body).toMatchObject({ kind: 'login', user: { is_new: true } })
  })

  test('opens nothing at Hufu’s own pages, not even were it Hufu’s own', async () => {
    const { flow, person } = await approved()
    const { completion_code = '' } = await see(flow)
    await expect(world.app.login.finish(flow.id, completion_code)).rejects.toMatchObject({ code: 'not_found' })
    const own = world.app.apps.own()
    const row = await world.app.flows.create(own, { kind: 'verify', purpose, account: world.account.appid })
    await world.scan(person, row.qr_content)
    const { code = '' } = (await world.decide(person, 'confirm')).outputs
    await world.app.flows.enterCode(row.id, code)
    const bought = world.app.login.finish(row.id, world.app.flows.secrets.completionCode(row.id))
    await expect(bought).rejects.toMatchObject({ code: 'not_found' })
    expect(await look(world, 'SELECT * FROM sessions')).toEqual([])
  })

  test('is over in time: unscanned, and unredeemed [B28]', async () => {
    const waiting = await begin({ expires_in: 60 })
    const { flow } = await approved({ expires_in: 60 })
    await see(flow)
    world.clock.advance(61_000)
    expect(await see(waiting)).toMatchObject({ state: 'expired' })
    const completion_code = world.app.flows.secrets.completionCode(flow.id)
    expect(await redeem(flow, { completion_code })).toMatchObject({ status: 410, body: { code: 'code_expired' } })
    const person = await world.newPerson()
    expect((await world.scan(person, waiting.qr.content)).text).toContain('二维码已失效')
  })

  test('a second scanner raises it to six digits, and a forwarded link opens for nobody else [T21, T25]', async () => {
    const flow = await begin()
    const [first, second] = [await world.newPerson(), await world.newPerson()]
    const { links } = await world.scan(first, flow.qr.content)
    expect((await world.scan(second, flow.qr.content)).text).toContain('已被另一个微信扫描')
    expect(await open(second, links[0] ?? '')).toMatchObject({ status: 403, forms: [] })
    expect(await see(flow)).toMatchObject({ state: 'scanned', assurance: 'code' })
    expect((await world.decide(first, 'confirm')).outputs.code).toMatch(/^\d{6}$/)
  })
})

describe('afterwards', () => {
  test('the person reads of it in the chat, finds it at /me, takes it along, and can say that it was not them', async () => {
    const { person, id } = await newUser('history')
    const flow = await begin({ user: id, purpose: '提现 100 元' })
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    await redeem(flow)
    await world.app.housekeep()
    const notice = (await chatOf(person)).findLast(({ text }) => text.includes('已同意'))
    expect(notice?.text).toContain('您的微信已同意 示例商店 (shop.example.com) 的“提现 100 元”')
    const question = await open(person, notice?.links?.[0]?.url ?? '')
    expect(question.text).toContain('用您的微信同意了')
    expect(question.text).toContain('提现 100 元')

    const { pc } = await logIn(world, person)
    const { html } = await pc.go('/me')
    expect(html).toContain('Approved <bdi>提现 100 元</bdi>')
    const exported = await world.api<{ flows: object[]; sign_ins: object[] }>('GET', `/v1/users/${id}/export`)
    const entry = { kind: 'verify', purpose: '提现 100 元' }
    expect(exported.body.flows).toContainEqual(expect.objectContaining({ id: flow.id, ...entry }))
    expect(exported.body.sign_ins).toContainEqual(expect.objectContaining(entry))

    await open(person, notice?.links?.[0]?.url ?? '')
    expect((await press(person, 'do', 'disown')).text).toContain('谢谢告知')
    expect((await eventsOf(flow)).at(-1)).toMatchObject({
      type: 'login.disowned',
      data: { kind: 'verify', user_id: id },
    })
    // Nothing was linked by it, so nothing is taken apart.
    expect((await world.api('GET', `/v1/users/${id}`)).body).toMatchObject({ external_user_id: 'history' })
  })

  test('whoever has disowned one carries six digits for the next', async () => {
    const { person, id } = await newUser('guarded')
    const first = await begin({ user: id })
    await world.scan(person, first.qr.content)
    await world.decide(person, 'confirm')
    await redeem(first)
    const [row] = await look<{ id: string }>(world, 'SELECT id FROM sign_ins WHERE flow_id = ?', first.id)
    await open(person, `${world.base}/not-me/${world.app.signIns.token(row?.id ?? '')}`)
    await press(person, 'do', 'disown')
    const next = await begin({ user: id })
    await world.scan(person, next.qr.content)
    expect((await world.decide(person, 'confirm')).outputs.code).toMatch(/^\d{6}$/)
    expect((await eventsOf(next)).map(({ type }) => type)).toEqual(['flow.scanned', 'flow.guarded'])
  })

  test('an approval that was asked of somebody goes when they do', async () => {
    const { id } = await newUser('erased')
    const [byId, byOwn] = [await begin({ user: id }), await begin({ user: 'erased' })]
    await world.api('DELETE', `/v1/users/${id}`)
    for (const flow of [byId, byOwn]) expect((await world.api('GET', `/v1/flows/${flow.id}`)).status).toBe(404)
  })
})

describe('a version that knows no approvals, beside this one', () => {
  test('finds none by its scene, its link, its code or its secrets, and so redeems none as a login', async () => {
    const { vault } = world.app
    const { secrets } = world.app.flows
    const [approval, login] = [await begin(), await world.createFlow()]
    /** What that version looks for. */
    async function found({ id, secret, qr }: NewFlow): Promise<boolean[]> {
      const derived = (kind: string, of = id) => vault.derive(kind, of).toString('base64url')
      const { scene } = await codeOf(world, qr.content)
      const [row] = await look<{ scene_hash: string }>(world, 'SELECT scene_hash FROM flows WHERE id = ?', id)
      const token = id.slice(3) + base32(vault.derive('confirm token', id).subarray(0, 20))
      return [
        row?.scene_hash === hashSecret(scene),
        secret === `bs_${derived('browser secret')}`,
        secrets.completionCode(id) === `cc_${derived('completion code')}`,
        secrets.confirmToken(id) === token,
        secrets.chatIndex('wx1', id) === vault.index('chat code wx1', secrets.chatCode(id)),
      ]
    }
    expect(await found(login)).toEqual([true, true, true, true, true])
    expect(await found(approval)).toEqual([false, false, false, false, false])
    expect(approval.id).toMatch(/^fl_[a-z2-7]{26}$/)
  })
})
