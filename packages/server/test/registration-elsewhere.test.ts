import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { platform, startCompany } from './companies.ts'
import { addSimulated, type Harness, type NewFlow, type Page, startHarness } from './harness.ts'
import { codeOf, newVisitor, password, redeem, register, registerByEmail, registerByPhone } from './registering.ts'
import { look } from './wire.ts'

let world: Harness
/** Where people arrive who begin in WeChat, and where they go on. */
let site: Server
let origin: string
beforeAll(async () => {
  site = createServer((_request, response) => response.end('<title>the site</title>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const address = site.address()
  origin = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  world = await startHarness({
    app: { registration: ['email', 'phone'], linkUrl: `${origin}/arrive`, returnUrls: [`${origin}/done`] },
  })
})
afterAll(async () => {
  await world.close()
  site.close()
})

const read = async (flow: { id: string; secret: string }) =>
  (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
const open = (person: string, url: string): Promise<Page> => world.sim('POST', `/people/${person}/open`, { url })
const submit = (person: string, body: object): Promise<Page> => world.sim('POST', `/people/${person}/submit`, body)

describe('by the code typed in the chat', () => {
  let appid: string
  let followQr: string
  let apiKey: string
  beforeAll(async () => {
    ;({ appid, followQr } = await addSimulated(world, { kind: 'subscription', verified: false }))
    apiKey = (await world.addSite({ appid, registration: ['email'] })).apiKey
  })

  async function say(person: string, text: string): Promise<string> {
    await world.sim('POST', `/people/${person}/say`, { account: appid, text })
    return (await world.sim('GET', `/people/${person}/chat?account=${appid}`)).at(-1).text
  }

  /** A login that this person has typed, and confirmed by the two digits. */
  async function confirmed(person: string): Promise<{ flow: NewFlow; reply: string }> {
    const flow = (
      await world.api<NewFlow & { chat_code: string }>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
    ).body
    await say(person, flow.chat_code)
    return { flow, reply: await say(person, (await read(flow)).number ?? '') }
  }

  test('who is unknown is sent to the page to register; who is known is not', async () => {
    const ada = await newVisitor(world)
    await world.sim('POST', `/people/${ada.person}/follow`, { account: appid, content: followQr })
    const { flow, reply } = await confirmed(ada.person)
    expect(reply).toContain('请回到网页完成 other')
    expect(await read(flow)).toMatchObject({
      state: 'registration_required',
      next: 'register',
      registration: { methods: ['email'] },
    })
    await register(world, flow, { email: ada.email, password })
    const code = await codeOf(world, ada, 'email')
    expect((await register(world, flow, { email: ada.email, email_code: code })).body).toMatchObject({ next: 'finish' })
    const { user } = await redeem(world, flow, apiKey)
    expect(user).toMatchObject({ is_new: true })

    const again = await confirmed(ada.person)
    expect(again.reply).toContain('已确认登录')
    expect(await redeem(world, again.flow, apiKey)).toMatchObject({ user: { id: user?.id, is_new: false } })
  })
})

describe('by a link of the chat', () => {
  /** The follower opens a link of theirs, up to the site, which lets them log in. */
  async function arrived(person: string): Promise<NewFlow> {
    const { openids } = await world.sim('GET', `/people/${person}`)
    const openidIndex = world.app.users.wechatIndex(world.account.appid, openids[world.account.appid])
    const to = { account: world.account, openidIndex, appId: world.site.id }
    const link = await world.app.store.write(async (tx) => world.app.links.issue(tx, to))
    const id = new URL((await open(person, link ?? '')).url).searchParams.get('link')
    return (await world.api<NewFlow>('POST', `/v1/links/${id}/login`, { return_to: `${origin}/done` })).body
  }
  const confirm = (person: string) => submit(person, { button: { name: 'decision', value: 'confirm' } })

  test('who is unknown registers on the phone, and goes on at the site; who is known goes there at once', async () => {
    const bo = await newVisitor(world)
    const flow = await arrived(bo.person)
    await open(bo.person, flow.wechat_url ?? '')
    const form = await confirm(bo.person)
    expect(form).toMatchObject({ status: 200, url: expect.stringMatching(/\/confirm\/.+\/register$/) })
    expect(form.forms).toHaveLength(2)
    expect(await read(flow)).toMatchObject({ state: 'registration_required' })
    await submit(bo.person, { form: 1, fields: { phone: bo.phone } })
    const done = await submit(bo.person, { fields: { code: await codeOf(world, bo, 'phone') } })
    expect(done).toMatchObject({ status: 200, title: '注册成功' })
    expect(done.links).toContainEqual(expect.objectContaining({ url: `${origin}/done` }))
    const { user } = await redeem(world, flow)
    expect(user).toMatchObject({ is_new: true })

    const again = await arrived(bo.person)
    await open(bo.person, again.wechat_url ?? '')
    expect((await confirm(bo.person)).url).toBe(`${origin}/done`)
    expect(await redeem(world, again)).toMatchObject({ user: { id: user?.id, is_new: false } })
  })

  test('a mail that takes longer than the phone’s proof is waited for: the page comes back', async () => {
    const cy = await newVisitor(world)
    const flow = await arrived(cy.person)
    await open(cy.person, flow.wechat_url ?? '')
    const form = await confirm(cy.person)
    world.clock.advance(11 * 60_000)
    const late = await submit(cy.person, { form: 0, fields: { email: cy.email, password } })
    expect(late).toMatchObject({ status: 403 })
    expect((await open(cy.person, form.url)).forms).toHaveLength(2)
  })
})

describe('a registered person', () => {
  test('reads their address and number masked on their own page, and in clear in their copy; never the password', async () => {
    const ada = await newVisitor(world)
    await registerByEmail(world, ada).then((flow) => redeem(world, flow))
    const page = await open(ada.person, `${world.base}/me`)
    expect(page.text).toContain(`${ada.email.slice(0, 2)}•••@mail.example`)
    expect(page.text).not.toContain(ada.email)
    const copy = JSON.parse((await open(ada.person, `${world.base}/me/export.json`)).text)
    expect(copy).toMatchObject({
      identities: expect.arrayContaining([expect.objectContaining({ kind: 'email', value: ada.email })]),
      credentials: { password: { changed_at: expect.stringMatching(/^\d{4}-/) } },
    })
    expect(JSON.stringify(copy)).not.toContain('argon2')

    const bo = await newVisitor(world)
    const { user } = await redeem(world, await registerByPhone(world, bo))
    expect((await open(bo.person, `${world.base}/me`)).text).toContain(`••••${bo.phone.slice(-4)}`)
    const site = await world.api<Record<string, unknown>>('GET', `/v1/users/${user?.id}/export`)
    expect(site.status).toBe(200)
    expect(JSON.stringify(site.body)).not.toContain(bo.phone)
  })

  test('who erases themselves leaves no address, no code and no password, and may register anew', async () => {
    const dee = await newVisitor(world)
    const { user } = await redeem(world, await registerByEmail(world, dee))
    await world.app.store.write(async (tx) => {
      const key = world.app.users.credentialKey('email', dee.email)
      const owner = await world.app.users.findByCredential(tx, key)
      if (owner) await world.app.users.erase(tx, owner.userId)
    })
    const { index } = world.app.users.credentialKey('email', dee.email)
    expect(await look(world, 'SELECT id FROM proofs WHERE value_index = ?', index)).toEqual([])
    expect(await look(world, 'SELECT id FROM identities WHERE value_index = ?', index)).toEqual([])
    expect(
      await look(world, 'SELECT user_id FROM passwords WHERE user_id NOT IN (SELECT user_id FROM identities)'),
    ).toEqual([])
    const again = await redeem(world, await registerByEmail(world, dee))
    expect(again).toMatchObject({ user: { is_new: true } })
    expect(again.user?.id).not.toBe(user?.id)
  })

  test('whose two users become one keeps a password: the one that stays, else the other’s', async () => {
    const [eve, fay, gus] = [await newVisitor(world), await newVisitor(world), await newVisitor(world)]
    await registerByEmail(world, eve)
    await registerByPhone(world, fay)
    await registerByEmail(world, gus)
    const { users, store, credentials } = world.app
    const idOf = async (kind: 'email' | 'phone', value: string) =>
      (await users.findByCredential(store.db, users.credentialKey(kind, value)))?.userId ?? ''
    const [one, two, three] = [
      await idOf('email', eve.email),
      await idOf('phone', fay.phone),
      await idOf('email', gus.email),
    ]
    await store.write(async (tx) =>
      credentials.passwords.set(tx, three, await credentials.passwords.hash('another horse', '')),
    )
    await store.write(async (tx) => credentials.keeper.absorb?.(tx, one, two))
    expect(await credentials.passwords.has(one)).toBe(false)
    expect(await credentials.passwords.isRight(two, password)).toBe(true)
    await store.write(async (tx) => credentials.keeper.absorb?.(tx, three, two))
    expect(await credentials.passwords.has(three)).toBe(false)
    expect(await credentials.passwords.isRight(two, password)).toBe(true)
  })
})

test('a person of the company’s other account is known there, too, and does not register again', async () => {
  const company = await startCompany(2, { registration: ['phone'] })
  const [first = '', second = ''] = company.accounts
  try {
    const { world } = company
    const person = await world.newPerson({ follows: false })
    const { phone, email } = await world.sim('GET', `/people/${person}`)
    const { flow } = await company.confirmed(person, first)
    expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.next).toBe('register')
    await register(world, flow, { phone })
    await register(world, flow, { phone, sms_code: await codeOf(world, { person, phone, email }, 'phone') })
    const { user } = await redeem(world, flow)
    const elsewhere = await company.enter(person, second)
    expect(elsewhere).toMatchObject({ status: 200, body: { user: { id: user?.id, is_new: false } } })
    expect(await look(world, 'SELECT namespace FROM identities WHERE kind = ?', 'union')).toEqual([
      { namespace: platform },
    ])
  } finally {
    await company.world.close()
  }
})
