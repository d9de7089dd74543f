import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'
import {
  codeOf,
  newVisitor,
  password,
  redeem,
  register,
  registerByEmail,
  registerByPhone,
  scanned,
} from './registering.ts'
import { countRows, look } from './wire.ts'

let world: Harness
let other: { apiKey: string }
const dayMs = 24 * 3_600_000
beforeAll(async () => {
  world = await startHarness({ app: { registration: ['email', 'phone'] } })
  other = await world.addSite({ registration: ['phone'] })
})
afterAll(() => world.close())

const read = async (flow: { id: string; secret: string }) =>
  (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body

/** Time passes here and at WeChat. */
async function pass(ms: number): Promise<void> {
  world.clock.advance(ms)
  const { offset_ms } = await world.sim('GET', '/clock')
  await world.sim('POST', '/clock', { offset_ms: offset_ms + ms })
}

describe('an unknown person', () => {
  test('registers by e-mail and password, and the site redeems as always', async () => {
    const ada = await newVisitor(world)
    const flow = await scanned(world, ada)
    expect(await read(flow)).toMatchObject({
      state: 'registration_required',
      next: 'register',
      registration: { methods: ['email', 'phone'] },
    })
    const sent = await register(world, flow, { email: ada.email, password })
    expect(sent).toMatchObject({
      status: 200,
      body: {
        state: 'registration_required',
        registration: { sent: { method: 'email', to: expect.stringContaining('•••@mail.example') } },
      },
    })
    const mails = await world.sim('GET', `/mail?to=${ada.email}`)
    expect(mails).toEqual([])
    const code = await codeOf(world, ada, 'email')
    expect(code).toMatch(/^\d{6}$/)
    const done = await register(world, flow, {
      email: ada.email.toUpperCase(),
      email_code: ` ${code.slice(0, 3)} ${code.slice(3)}`,
    })
    expect(done).toMatchObject({ status: 200, body: { state: 'confirmed', next: 'finish' } })
    const redeemed = await redeem(world, flow)
    expect(redeemed).toMatchObject({ user: { id: expect.stringMatching(/^us_/), is_new: true } })
    expect(redeemed).not.toHaveProperty('registration_token')
    const again = await scanned(world, ada)
    expect(await read(again)).toMatchObject({ state: 'confirmed' })
    expect(await redeem(world, again)).toMatchObject({ user: { id: redeemed.user?.id, is_new: false } })
  })

  test('registers by phone and SMS code; at another site the same person is known, under another id', async () => {
    const bo = await newVisitor(world)
    const flow = await scanned(world, bo, world.apiKey, { locale: 'en' })
    const national = bo.phone.replace('+86', '')
    expect(await register(world, flow, { phone: `${national.slice(0, 3)} ${national.slice(3)}` })).toMatchObject({
      status: 200,
      body: { registration: { sent: { method: 'phone', to: `${national.slice(0, 3)}••••${national.slice(-4)}` } } },
    })
    const code = await codeOf(world, bo, 'phone')
    const [sms] = await world.sim('GET', `/people/${bo.person}/sms`)
    expect(sms.text).toContain('to register at 示例商店')
    expect(await register(world, flow, { phone: bo.phone, sms_code: code })).toMatchObject({ status: 200 })
    const first = await redeem(world, flow)
    const elsewhere = await scanned(world, bo, other.apiKey)
    expect(await read(elsewhere)).toMatchObject({ state: 'confirmed' })
    const second = await redeem(world, elsewhere, other.apiKey)
    expect(second.user).toMatchObject({ is_new: true })
    expect(second.user?.id).not.toBe(first.user?.id)
  })

  test('where the scan itself confirms, registers too; who is known does not', async () => {
    const { apiKey } = await world.addSite({ registration: ['email'], loginAssurance: 'instant' })
    const cy = await newVisitor(world)
    const flow = (
      await world.api<Awaited<ReturnType<typeof scanned>>>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
    ).body
    const reply = await world.scan(cy.person, flow.qr.content)
    expect(reply.text).toContain('注册')
    expect(await read(flow)).toMatchObject({ state: 'registration_required', registration: { methods: ['email'] } })
    await register(world, flow, { email: cy.email, password })
    await register(world, flow, { email: cy.email, email_code: await codeOf(world, cy, 'email') })
    expect(await redeem(world, flow, apiKey)).toMatchObject({ user: { is_new: true } })
    const known = (await world.api<typeof flow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })).body
    await world.scan(cy.person, known.qr.content)
    expect(await read(known)).toMatchObject({ state: 'confirmed' })
  })

  test('has a quarter of an hour for it, and may give up', async () => {
    const slow = await newVisitor(world)
    const flow = await scanned(world, slow)
    expect(Date.parse((await read(flow)).expires_at) - world.clock.now()).toBeGreaterThan(14 * 60_000)
    expect((await world.browser('DELETE', `/v1/flows/${flow.id}`, flow.secret)).body).toMatchObject({
      state: 'cancelled',
    })
    expect(await register(world, flow, { phone: slow.phone })).toMatchObject({
      status: 410,
      body: { code: 'flow_over' },
    })
    const late = await scanned(world, slow)
    await pass(15 * 60_000)
    expect(await register(world, late, { phone: slow.phone })).toMatchObject({
      status: 410,
      body: { code: 'flow_over' },
    })
  })
})

describe('refused, and nothing is stored, is', () => {
  test.each([
    ['nothing', {}, 422, 'invalid_value'],
    ['both ways at once', { email: 'a@b.example', phone: '13800138000' }, 422, 'invalid_value'],
    ['an e-mail without a password', { email: 'a@b.example' }, 422, 'invalid_value'],
    ['a password of seven characters', { email: 'a@b.example', password: '1234567' }, 422, 'invalid_value'],
    ['the address as password', { email: 'long@b.example', password: 'Long@b.example' }, 422, 'invalid_value'],
    ['two addresses', { email: 'a@b.example,c@d.example', password }, 422, 'invalid_value'],
    ['a header in the address', { email: 'a@b.example\r\nBcc: c@d.example', password }, 422, 'invalid_value'],
    ['an address without a domain', { email: 'root@localhost', password }, 422, 'invalid_value'],
    ['a quoted address', { email: '"a b"@b.example', password }, 422, 'invalid_value'],
    ['a number of another country', { phone: '+12025550123' }, 422, 'invalid_value'],
    ['a number too short', { phone: '1380013800' }, 422, 'invalid_value'],
    ['a member that is not known [B51]', { phone: '13800138000', user_id: 'x' }, 400, 'unknown_field'],
    ['an openid in the body [T24]', { openid: 'x' }, 400, 'unknown_field'],
    ['a code that nobody sent', { phone: '13800138000', sms_code: '123456' }, 410, 'code_expired'],
  ])('%s', async (_, body, status, code) => {
    const flow = await scanned(world, await newVisitor(world))
    const before = await countRows(world)
    expect(await register(world, flow, body)).toMatchObject({ status, body: { code } })
    expect(await countRows(world)).toEqual(before)
  })

  test('a way that the app does not offer, and a flow that is not there yet', async () => {
    const dee = await newVisitor(world)
    const flow = await scanned(world, dee, other.apiKey)
    expect(await register(world, flow, { email: dee.email, password })).toMatchObject({ status: 422 })
    const early = await world.createFlow()
    expect(await register(world, early, { phone: dee.phone })).toMatchObject({
      status: 409,
      body: { code: 'not_confirmed' },
    })
  })

  test('another flow’s secret, the app’s key, and a foreign origin', async () => {
    const eve = await newVisitor(world)
    const [flow, foreign] = [await scanned(world, eve), await world.createFlow()]
    const path = `/v1/flows/${flow.id}/registration`
    expect((await world.browser('POST', path, foreign.secret, { phone: eve.phone })).status).toBe(404)
    expect((await world.api('POST', path, { phone: eve.phone })).status).toBe(401)
    const headers = { origin: 'https://evil.example.com' }
    expect((await world.api('POST', path, { phone: eve.phone }, { key: flow.secret, headers })).status).toBe(403)
  })
})

describe('an address or number that somebody has', () => {
  test('gets the same answer and the same message as one that nobody has [T38]', async () => {
    const [known, fresh] = [await newVisitor(world), await newVisitor(world)]
    await registerByEmail(world, known)
    await pass(2 * dayMs)
    const answers = []
    for (const { email } of [known, fresh]) {
      const flow = await scanned(world, await newVisitor(world))
      const { status, body } = await register(world, flow, { email, password: 'some other one' })
      const { id: _, expires_at: __, qr: ___, registration, ...same } = body
      const {
        to: ____,
        expires_at: _____,
        resend_at: ______,
        ...sent
      } = registration?.sent ?? { to: '', expires_at: '', resend_at: '' }
      answers.push({ status, same, sent })
    }
    expect(answers[0]).toEqual(answers[1])
    await world.app.housekeep()
    const [a, b] = [
      await world.sim('GET', `/mail?to=${known.email}`),
      await world.sim('GET', `/mail?to=${fresh.email}`),
    ]
    const plain = (mail: { subject: string; text: string }) => [mail.subject, mail.text.replace(/\d{6}/, 'code')]
    expect(plain(a.at(-1))).toEqual(plain(b.at(-1)))
  })

  test('is never linked silently: its owner, who has proved it, says so first [T41]', async () => {
    const owner = await newVisitor(world)
    const first = await redeem(world, await registerByPhone(world, owner))
    await pass(2 * 3_600_000)
    const second = { ...(await newVisitor(world)), phone: owner.phone }
    const flow = await scanned(world, second)
    await register(world, flow, { phone: owner.phone })
    const sms_code = await codeOf(world, owner, 'phone')
    expect(await register(world, flow, { phone: owner.phone, sms_code })).toMatchObject({
      status: 409,
      body: { code: 'credential_proof_required', needs: 'consent' },
    })
    expect(await read(flow)).toMatchObject({ state: 'registration_required' })
    // One WeChat of an account for each person: this one has another.
    expect(await register(world, flow, { phone: owner.phone, sms_code, link: true })).toMatchObject({
      status: 409,
      body: { code: 'user_already_bound' },
    })
    expect(await read(flow)).toMatchObject({ state: 'registration_required' })
    expect(first.user).not.toBeNull()
  })

  test('is linked with a WeChat by its owner’s word: one user, whichever way they come [T41]', async () => {
    const owner = await newVisitor(world)
    const first = await redeem(world, await registerByPhone(world, owner))
    await loseWechat(owner.phone)
    await pass(2 * 3_600_000)
    const flow = await scanned(world, await newVisitor(world))
    await register(world, flow, { phone: owner.phone })
    const sms_code = await codeOf(world, owner, 'phone')
    expect(await register(world, flow, { phone: owner.phone, sms_code })).toMatchObject({ status: 409 })
    expect(await register(world, flow, { phone: owner.phone, sms_code, link: true })).toMatchObject({
      status: 200,
      body: { state: 'confirmed' },
    })
    expect(await redeem(world, flow)).toMatchObject({ user: { id: first.user?.id, is_new: false } })
  })

  test('after 90 days the number alone is not enough: it may be somebody else’s by now [T41]', async () => {
    const owner = await newVisitor(world)
    await redeem(world, await registerByPhone(world, owner))
    await loseWechat(owner.phone)
    await pass(91 * dayMs)
    const flow = await scanned(world, await newVisitor(world))
    await register(world, flow, { phone: owner.phone })
    const sms_code = await codeOf(world, owner, 'phone')
    expect(await register(world, flow, { phone: owner.phone, sms_code, link: true })).toMatchObject({
      status: 409,
      body: { code: 'credential_proof_required', needs: 'support' },
    })
    expect(await read(flow)).toMatchObject({ state: 'registration_required' })
  })

  test('after 90 days the password besides is [T41]', async () => {
    const owner = await newVisitor(world)
    await redeem(world, await registerByEmail(world, owner))
    await addPhone(owner.email, owner.phone)
    await loseWechat(owner.phone)
    await pass(91 * dayMs)
    const flow = await scanned(world, await newVisitor(world))
    await register(world, flow, { phone: owner.phone })
    const sms_code = await codeOf(world, owner, 'phone')
    const prove = (more: object) => register(world, flow, { phone: owner.phone, sms_code, ...more })
    expect(await prove({ link: true })).toMatchObject({ status: 409, body: { needs: 'password' } })
    expect(await prove({ password: 'a wrong one' })).toMatchObject({ status: 409, body: { needs: 'password' } })
    expect(await prove({ password })).toMatchObject({ status: 200, body: { state: 'confirmed' } })
  })

  test('a code proved for it does not change its password', async () => {
    const owner = await newVisitor(world)
    await registerByEmail(world, owner)
    await loseWechat(owner.email, 'email')
    await pass(2 * 3_600_000)
    const before = await look(world, 'SELECT changed_at FROM passwords ORDER BY user_id')
    const flow = await scanned(world, await newVisitor(world))
    await register(world, flow, { email: owner.email, password: 'the thief’s own' })
    const email_code = await codeOf(world, owner, 'email')
    await register(world, flow, { email: owner.email, email_code, link: true })
    expect(await read(flow)).toMatchObject({ state: 'confirmed' })
    expect(await look(world, 'SELECT changed_at FROM passwords ORDER BY user_id')).toEqual(before)
  })

  test('registered by two flows at once, is one user’s; the other is asked', async () => {
    const owner = await newVisitor(world)
    const flows = [await scanned(world, await newVisitor(world)), await scanned(world, await newVisitor(world))]
    const codes: string[] = []
    for (const flow of flows) {
      expect((await register(world, flow, { phone: owner.phone })).status).toBe(200)
      codes.push(await codeOf(world, owner, 'phone'))
      await pass(61_000)
    }
    const answers = await Promise.all(
      flows.map((flow, at) => register(world, flow, { phone: owner.phone, sms_code: codes[at] })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
  })
})

/** The person gave up the WeChat they had: what is left is the credential. */
async function loseWechat(value: string, kind: 'email' | 'phone' = 'phone'): Promise<void> {
  await world.app.store.write(async (tx) => {
    const { user_id } = await ownerOf(value, kind)
    await tx.deleteFrom('identities').where('user_id', '=', user_id).where('kind', '=', 'wechat').execute()
  })
}

async function addPhone(email: string, phone: string): Promise<void> {
  const { user_id } = await ownerOf(email, 'email')
  const key = world.app.users.credentialKey('phone', phone)
  await world.app.store.write((tx) =>
    tx
      .insertInto('identities')
      .values({
        id: `id_${phone.slice(1)}`,
        user_id,
        kind: 'phone',
        namespace: '',
        value_index: key.index,
        value_sealed: key.sealed,
        created_at: 1,
      })
      .execute(),
  )
}

async function ownerOf(value: string, kind: 'email' | 'phone') {
  const { index } = world.app.users.credentialKey(kind, value)
  const owner = await world.app.store.db
    .selectFrom('identities')
    .select('user_id')
    .where('value_index', '=', index)
    .executeTakeFirst()
  if (!owner) throw new Error('nobody has it')
  return owner
}
