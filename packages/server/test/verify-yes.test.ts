import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Approving, purpose, startApproving } from './approving.ts'
import { addSimulated, type Harness, type Problem } from './harness.ts'

let approving: Approving
let world: Harness
beforeAll(async () => {
  approving = await startApproving()
  world = approving.world
})
afterAll(() => world.close())

describe('a yes to a purpose', () => {
  test('by a tap: the chat and the page name purpose and site, and never speak of logging in', async () => {
    const { person, id } = await approving.newUser('tapping')
    const before = await approving.whoIsWho()
    const flow = await approving.begin({ user: 'tapping', display_name: 'ada@example.com' })
    const asked = await world.scan(person, flow.qr.content)
    expect(asked.text).toContain('示例商店 (shop.example.com) 请您同意：“更换手机号”')
    const page = await approving.open(person, asked.links[0] ?? '')
    expect(page.text).toContain('更换手机号')
    expect(page.text).toContain('示例商店')
    expect(page.text).toContain('ad•••@ex•••.com')
    const done = await approving.press(person, 'decision', 'confirm')
    expect(done.text).toContain('已同意')
    expect(done.text).toContain('更换手机号')
    for (const text of [asked.text, page.text, page.title, done.text]) expect(text).not.toMatch(/登录|绑定/)
    expect(await approving.see(flow)).toMatchObject({ state: 'confirmed', next: 'finish', kind: 'verify', purpose })
    const { status, body } = await approving.redeem(flow)
    expect(status).toBe(200)
    expect(body).toEqual({
      kind: 'verify',
      purpose,
      user: { id, external_user_id: 'tapping', is_new: false },
      wechat: { account: world.account.appid, subscribed: true },
      assurance: 'tap',
    })
    expect(await approving.whoIsWho()).toEqual(before)
    expect((await approving.eventsOf(flow)).map(({ type, data }) => [type, data.kind])).toEqual([
      ['flow.scanned', 'verify'],
      ['flow.confirmed', 'verify'],
      ['flow.completed', 'verify'],
    ])
  })

  test('in English', async () => {
    const { person } = await approving.newUser('english')
    const flow = await approving.begin({ user: 'english', locale: 'en', purpose: 'New phone number' })
    expect((await world.scan(person, flow.qr.content)).text).toContain('asks for your approval: “New phone number”')
  })

  test('by the two digits that only the page shows', async () => {
    const { person, id } = await approving.newUser('numbering')
    const flow = await approving.begin({ user: id, assurance: 'number' })
    await world.scan(person, flow.qr.content)
    const { number = '' } = await approving.see(flow)
    expect((await world.decide(person, 'confirm', { number: number === '00' ? '01' : '00' })).status).toBe(422)
    await approving.press(person, 'decision', 'confirm', { number })
    expect((await approving.redeem(flow)).body).toMatchObject({ user: { id }, assurance: 'number' })
  })

  test('by the six digits that only the phone shows: scan to get a code', async () => {
    const flow = await approving.begin({ assurance: 'code' })
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
    expect((await approving.redeem(flow)).body).toMatchObject({ user: null, assurance: 'code', purpose })
  })

  test('of somebody unknown makes nobody, whoever registers people here', async () => {
    for (const { apiKey } of [{ apiKey: world.apiKey }, approving.registering]) {
      const before = await approving.whoIsWho()
      const flow = await approving.begin({}, apiKey)
      const person = await world.newPerson()
      await world.scan(person, flow.qr.content)
      await world.decide(person, 'confirm')
      expect(await approving.see(flow)).toMatchObject({ state: 'confirmed' })
      const { status, body } = await approving.redeem(flow, {}, apiKey)
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
      expect(await approving.whoIsWho()).toEqual(before)
    }
  })

  test('of somebody whom another site knows tells this one nothing of them', async () => {
    const { person } = await approving.newUser('elsewhere')
    const flow = await approving.begin({}, approving.strict.apiKey)
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm', { number: (await approving.see(flow)).number ?? '' })
    const before = await approving.whoIsWho()
    expect((await approving.redeem(flow, {}, approving.strict.apiKey)).body.user).toBeNull()
    expect(await approving.whoIsWho()).toEqual(before)
  })

  test('can be a no', async () => {
    const { person } = await approving.newUser('declining')
    const flow = await approving.begin({ user: 'declining' })
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'decline')
    expect(await approving.see(flow)).toMatchObject({ state: 'declined', next: null })
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
    const linked = (await approving.create({ kind: 'bind', external_user_id: 'chatting' }, site.apiKey)).body
    await say(linked.chat_code)
    await say((await approving.see(linked)).number)
    const { body } = await approving.redeem(linked, {}, site.apiKey)
    const before = await approving.whoIsWho()

    const flow = await approving.begin(
      { user: 'chatting', assurance: 'code', purpose: '提现 <a href="//evil.cn">x</a>' },
      site.apiKey,
    )
    const { id: stranger } = await world.sim('POST', '/people', { name: 'stranger' })
    await world.sim('POST', `/people/${stranger}/follow`, { account: account.appid, content: account.followQr })
    expect(await say(flow.chat_code, stranger)).toContain('是给另一个微信的')
    const asked = await say(flow.chat_code)
    expect(asked).toContain('请您同意：“提现')
    expect(asked).not.toMatch(/<a|登录|evil\.cn/)
    const told = await say((await approving.see(flow)).number)
    expect(told).toMatch(/“提现.*\d{6}/s)
    await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: /\d{6}/.exec(told)?.[0] })
    expect((await approving.redeem(flow, {}, site.apiKey)).body).toMatchObject({
      user: { id: body.user?.id },
      kind: 'verify',
    })

    const tapped = await approving.begin({ user: 'chatting' }, site.apiKey)
    await say(tapped.chat_code)
    expect(await say((await approving.see(tapped)).number)).toContain('已同意 other (other.example.com) 的“更换手机号”')
    expect((await approving.redeem(tapped, {}, site.apiKey)).status).toBe(200)
    expect(await approving.whoIsWho()).toEqual(before)
  })

  test('from inside WeChat, and by the QR code of a page', async () => {
    for (const entry of ['qr', 'page'] as const) {
      const { person, id } = await approving.newUser(`by-${entry}`)
      const flow = await approving.begin({ entry, user: `by-${entry}` })
      const url = entry === 'qr' ? flow.wechat_url : flow.qr.content
      expect((await approving.open(person, url ?? '')).text).toContain('更换手机号')
      expect((await approving.press(person, 'decision', 'confirm')).text).toContain('已同意')
      expect((await approving.redeem(flow)).body).toMatchObject({ user: { id } })
    }
  })
})
