import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base32 } from '../src/ids.ts'
import { hashSecret } from '../src/vault/vault.ts'
import { type Approving, purpose, startApproving, verify } from './approving.ts'
import type { Harness, NewFlow } from './harness.ts'
import { codeOf, countRows, everythingStored, look } from './wire.ts'

let approving: Approving
let world: Harness
beforeAll(async () => {
  approving = await startApproving()
  world = approving.world
})
afterAll(() => world.close())

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
    expect(await approving.create(body)).toMatchObject({ status: 422, body: { code: 'invalid_value' } })
    expect(await countRows(world)).toEqual(before)
  })

  test('demands what the app’s binds do, or what the app says for approvals; a flow may raise it, never lower it', async () => {
    expect(await approving.begin()).toMatchObject({
      kind: 'verify',
      purpose,
      assurance: 'tap',
      state: 'waiting',
      next: 'scan',
    })
    expect(await approving.begin({ assurance: 'code' })).toMatchObject({ assurance: 'code' })
    expect(await approving.begin({}, approving.strict.apiKey)).toMatchObject({ assurance: 'number' })
    expect(await approving.create({ ...verify, assurance: 'tap' }, approving.strict.apiKey)).toMatchObject({
      status: 422,
    })
    await world.app.apps.change(approving.strict.app.id, { name: 'renamed' })
    expect(await approving.begin({}, approving.strict.apiKey)).toMatchObject({ assurance: 'number' })
    // Binds by a scan alone; no approval is.
    expect(await approving.begin({}, approving.registering.apiKey)).toMatchObject({ assurance: 'tap' })
    const careful = await world.addSite()
    expect(await approving.begin({}, careful.apiKey)).toMatchObject({ assurance: 'code' })
  })

  test('answers the same for users known and unknown', async () => {
    await approving.newUser('seen-at-begin')
    const [known, unknown] = [
      await approving.create({ ...verify, user: 'seen-at-begin' }),
      await approving.create({ ...verify, user: 'no' }),
    ]
    expect(Object.keys(known.body)).toEqual(Object.keys(unknown.body))
    expect(unknown.status).toBe(known.status)
  })

  test('keeps the purpose sealed', async () => {
    await approving.begin({ purpose: 'withdraw 12.50 to Ada' })
    expect(await everythingStored(world)).not.toContain('withdraw 12.50')
  })
})

describe('the purpose', () => {
  test('is inert on the page and in the chat [B46]', async () => {
    const trick = '<img src=x onerror=alert(1)> <a href="https://evil.cn">点</a>'
    const flow = await approving.begin({ purpose: trick })
    const person = await world.newPerson()
    const asked = await world.scan(person, flow.qr.content)
    expect(asked.links).toHaveLength(1)
    expect(asked.text).not.toMatch(/<|https:\/\/evil|evil\.cn/)
    const page = await approving.open(person, asked.links[0] ?? '')
    expect(page.text).toContain(trick)
    expect(page.links.map(({ url }) => url).join()).not.toContain('evil')
    const done = await approving.press(person, 'decision', 'confirm')
    expect(done.text).toContain('<img src=x')
  })
})

describe('an approval that names a user', () => {
  test('is refused to another WeChat, and waits on for theirs; since somebody else has seen its code, six digits are asked for', async () => {
    const { person, id } = await approving.newUser('named')
    const other = await approving.newUser('other')
    const flow = await approving.begin({ user: 'named' })
    const said = await world.scan(other.person, flow.qr.content)
    expect(said.text).toContain('是给另一个微信的')
    expect(said.links).toEqual([])
    expect(await approving.see(flow)).toMatchObject({ state: 'waiting', next: 'scan', assurance: 'code' })
    expect((await approving.eventsOf(flow)).map(({ type }) => type)).toEqual(['flow.second_scan'])

    await world.scan(person, flow.qr.content)
    const { code = '' } = (await world.decide(person, 'confirm')).outputs
    await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })
    expect((await approving.redeem(flow)).body).toMatchObject({ user: { id }, assurance: 'code' })
  })

  test('is refused to another WeChat that opens it, by page and from inside', async () => {
    await approving.newUser('named-2')
    const other = await approving.newUser('other-2')
    for (const entry of ['qr', 'page'] as const) {
      const flow = await approving.begin({ user: 'named-2', entry })
      const url = (entry === 'qr' ? flow.wechat_url : flow.qr.content) ?? ''
      const refused = await approving.open(other.person, url)
      expect(refused).toMatchObject({ status: 403, forms: [] })
      expect(refused.text).toContain('没有绑定那个账号')
      expect(await approving.see(flow)).toMatchObject({ state: 'waiting', assurance: 'code' })
    }
  })

  test('of nobody’s id, or another site’s, is answered by nobody', async () => {
    const { person, id } = await approving.newUser('mine')
    for (const [user, key] of [
      ['nobody-at-all', world.apiKey],
      ['us_aaaaaaaaaaaaaaaaaaaaaaaaaa', world.apiKey],
      [id, approving.strict.apiKey],
      ['mine', approving.strict.apiKey],
    ] as const) {
      const flow = await approving.begin({ user }, key)
      expect((await world.scan(person, flow.qr.content)).links).toEqual([])
      expect(await approving.see(flow)).toMatchObject({ state: 'waiting' })
    }
  })

  test('is nobody’s any more once their WeChat is taken from them: on the page, and at redeem', async () => {
    for (const when of ['before the yes', 'after it']) {
      const external = `leaving ${when}`
      const { person, id } = await approving.newUser(external)
      const flow = await approving.begin({ user: id })
      const { links } = await world.scan(person, flow.qr.content)
      await approving.open(person, links[0] ?? '')
      if (when === 'after it') await approving.press(person, 'decision', 'confirm')
      await approving.removeWechat(flow.id)
      expect((await world.api('GET', `/v1/users/${id}`)).body).toMatchObject({
        external_user_id: external,
        accounts: [],
      })
      if (when === 'before the yes') {
        expect((await approving.press(person, 'decision', 'confirm')).status).toBe(403)
        expect(await approving.see(flow)).toMatchObject({ state: 'scanned' })
      } else {
        expect(await approving.redeem(flow)).toMatchObject({ status: 410, body: { code: 'flow_over' } })
        expect(await approving.see(flow)).toMatchObject({ state: 'confirmed' })
      }
    }
  })
})

describe('a version that knows no approvals, beside this one', () => {
  test('finds none by its scene, its link, its code or its secrets, and so redeems none as a login', async () => {
    const { vault } = world.app
    const { secrets } = world.app.flows
    const [approval, login] = [await approving.begin(), await world.createFlow()]
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
