import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, startTwoAccounts } from './companies.ts'
import type { NewFlow } from './harness.ts'
import { codeOf, newVisitor, password, redeem, register, type Visitor } from './registering.ts'
import { look } from './wire.ts'

/** What somebody else registered in a login that the WeChat's holder was talked into, goes with “not me”. */
let company: Company
let world: Company['world']
let a: string
let b: string
/** API keys: sites where Hufu registers people, where the site does, and where nobody needs to. */
let club: string
let shop: string
let open: string
beforeAll(async () => {
  ;({ company, world, a, b } = await startTwoAccounts())
  club = (await world.addSite({ registration: ['email', 'phone'] })).apiKey
  shop = (await world.addSite({ registration: 'site' })).apiKey
  open = (await world.addSite({ registration: 'auto' })).apiKey
})
afterAll(() => world.close())

interface Held {
  user_id: string
  kind: string
}

async function heldBy(person: string, appid = a): Promise<Held[]> {
  const index = await company.indexOf(person, appid)
  return look<Held>(
    world,
    'SELECT user_id, kind FROM identities WHERE user_id = (SELECT user_id FROM identities WHERE value_index = ?) ORDER BY kind',
    index,
  )
}

const kindsOf = async (person: string, appid = a) => (await heldBy(person, appid)).map(({ kind }) => kind)
const userOf = async (person: string, appid = a) => (await heldBy(person, appid))[0]?.user_id ?? ''

function ownerOf(visitor: Visitor, kind: 'email' | 'phone') {
  const { users, store } = world.app
  const value = kind === 'email' ? visitor.email : visitor.phone
  return users.findByCredential(store.db, users.credentialKey(kind, value))
}

async function disown(person: string, flow: NewFlow, appid = a): Promise<string> {
  const [row] = await look<{ id: string }>(world, 'SELECT id FROM sign_ins WHERE flow_id = ?', flow.id)
  const openidIndex = await company.indexOf(person, appid)
  return world.app.signIns.disown(row?.id ?? '', { appid, openidIndex })
}

/** Nobody is sent two codes within a minute. */
const later = () => world.clock.advance(61_000)

/** In the browser that began the flow: what is typed is that of `visitor`. */
async function registers(visitor: Visitor, flow: NewFlow, kind: 'email' | 'phone', said: object = {}) {
  const contact = { [kind]: visitor[kind] }
  await register(world, flow, kind === 'email' ? { ...contact, password } : contact)
  const code = await codeOf(world, visitor, kind)
  const typed = kind === 'email' ? { email_code: code } : { sms_code: code }
  return register(world, flow, { ...contact, ...typed, ...said })
}

/** The victim confirms a login that the attacker has begun and registers in. */
async function walked(kind: 'email' | 'phone', victim?: string, appid = a) {
  const person = victim ?? (await world.newPerson())
  const attacker = await newVisitor(world)
  const { flow } = await company.confirmed(person, appid, { kind: 'login' }, club)
  expect((await registers(attacker, flow, kind)).status).toBe(200)
  return { person, attacker, flow }
}

async function removals(key: string): Promise<Record<string, unknown>[]> {
  const { body } = await world.api<{ data: { type: string; data: Record<string, unknown> }[] }>(
    'GET',
    '/v1/events?limit=1000',
    undefined,
    { key },
  )
  return body.data.filter(({ type }) => type === 'binding.removed').map(({ data }) => data)
}

describe('“not me” after a login in which somebody else registered', () => {
  test.each(['email', 'phone'] as const)('by %s: it is nobody’s, and the WeChat stays [D2, T43]', async (kind) => {
    const { person, attacker, flow } = await walked(kind)
    await redeem(world, flow, club)
    const userId = await userOf(person)
    expect((await ownerOf(attacker, kind))?.userId).toBe(userId)
    expect(await disown(person, flow)).toBe('disowned')
    expect(await ownerOf(attacker, kind)).toBeUndefined()
    expect(await world.app.credentials.passwords.has(userId)).toBe(false)
    expect(await kindsOf(person)).not.toContain(kind)
    expect(await userOf(person)).toBe(userId)
  })

  test('takes it back though no site has redeemed it', async () => {
    const { person, attacker, flow } = await walked('email')
    expect(await disown(person, flow)).toBe('disowned')
    expect(await ownerOf(attacker, 'email')).toBeUndefined()
    expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body).toMatchObject({ state: 'cancelled' })
  })

  test('ends what they came in with here: no session is left, and none begins by that password', async () => {
    const { person, attacker, flow } = await walked('email')
    const { sessions, store, credentials } = world.app
    const userId = await userOf(person)
    const cookie = await store.write((tx) => sessions.begin(tx, { userId, browser: '{}' }))
    expect(await credentials.passwords.isRight(userId, password)).toBe(true)
    await disown(person, flow)
    expect(await sessions.find(cookie)).toBeUndefined()
    expect(await credentials.passwords.isRight(userId, password)).toBe(false)
    expect(await ownerOf(attacker, 'email')).toBeUndefined()
  })

  test('leaves whoever another site knew who they were, without the address', async () => {
    const person = await world.newPerson()
    const before = await company.enter(person, a, { kind: 'login' }, open)
    const { attacker, flow } = await walked('email', person)
    await redeem(world, flow, club)
    await disown(person, flow)
    expect(await ownerOf(attacker, 'email')).toBeUndefined()
    expect((await company.enter(person, a, { kind: 'login' }, open)).body.user?.id).toBe(before.body.user?.id)
  })

  test('of a WeChat that was known by its unionid leaves the user and both WeChats', async () => {
    const person = await world.newPerson()
    const before = await company.enter(person, a, { kind: 'login' }, open)
    const { attacker, flow } = await walked('phone', person, b)
    await redeem(world, flow, club)
    expect((await ownerOf(attacker, 'phone'))?.userId).toBe(await userOf(person))
    await disown(person, flow, b)
    expect(await kindsOf(person)).toEqual(['union', 'wechat', 'wechat'])
    const after = [await company.enter(person, a, undefined, open), await company.enter(person, b, undefined, open)]
    expect(after.map(({ body }) => body.user?.id)).toEqual([before.body.user?.id, before.body.user?.id])
  })

  test('says so in the chat, in both languages', async () => {
    const notices: string[] = []
    for (const locale of ['zh-CN', 'en']) {
      const person = await world.newPerson()
      const attacker = await newVisitor(world)
      const { flow } = await company.confirmed(person, a, { kind: 'login', locale }, club)
      await registers(attacker, flow, locale === 'en' ? 'phone' : 'email')
      await redeem(world, flow, club)
      await world.app.housekeep()
      const chat: { text?: string }[] = await world.sim('GET', `/people/${person}/chat?account=${a}`)
      const told = chat.flatMap(({ text }) => (text && /不是我|not me/.test(text) ? [text] : []))
      expect(told).toHaveLength(1)
      notices.push(...told)
    }
    expect(notices[0]).toContain('并关联了一个邮箱')
    expect(notices[1]).toContain('and a phone number was linked with it')
  })

  test('said twice, takes nothing of what the same address has registered since', async () => {
    const { person, attacker, flow } = await walked('email')
    await redeem(world, flow, club)
    await disown(person, flow)
    later()
    const again = await world.newPerson()
    const mine = await company.confirmed(again, a, { kind: 'login' }, club)
    expect((await registers(attacker, mine.flow, 'email')).status).toBe(200)
    expect(await disown(person, flow)).toBe('disowned_already')
    expect((await ownerOf(attacker, 'email'))?.userId).toBe(await userOf(again))
  })

  test('takes back what was registered in another login within the minute before', async () => {
    const person = await world.newPerson()
    const first = await company.enter(person, a, { kind: 'login' }, open)
    const { attacker, flow } = await walked('email', person)
    await redeem(world, flow, club)
    expect(await disown(person, first.flow)).toBe('disowned')
    expect(await ownerOf(attacker, 'email')).toBeUndefined()
  })

  test('at the same moment as a redeem leaves nothing, whoever is first', async () => {
    const { person, attacker, flow } = await walked('email')
    const [said] = await Promise.all([disown(person, flow), redeem(world, flow, club)])
    expect(said).toBe('disowned')
    expect(await ownerOf(attacker, 'email')).toBeUndefined()
    const rows = await look<{ disowned_at: number | null }>(
      world,
      'SELECT disowned_at FROM sign_ins WHERE flow_id = ?',
      flow.id,
    )
    expect(rows).toEqual([{ disowned_at: expect.anything() }])
  })
})

describe('“not me” after a login that led to an account which was there', () => {
  test('takes the WeChat out of it; the account keeps what it had', async () => {
    const owner = await newVisitor(world)
    const own = await company.confirmed(owner.person, b, { kind: 'login' }, club)
    await registers(owner, own.flow, 'email')
    const account = (await ownerOf(owner, 'email'))?.userId
    later()
    const person = await world.newPerson()
    const { flow } = await company.confirmed(person, a, { kind: 'login' }, club)
    expect((await registers(owner, flow, 'email', { link: true })).status).toBe(200)
    expect(await userOf(person)).toBe(account)
    await redeem(world, flow, club)
    expect(await disown(person, flow)).toBe('disowned')
    expect((await ownerOf(owner, 'email'))?.userId).toBe(account)
    expect(await world.app.credentials.passwords.has(account ?? '')).toBe(true)
    expect(await userOf(owner.person, b)).toBe(account)
    expect(await userOf(person)).not.toBe(account)
    expect(await removals(club)).toContainEqual(
      expect.objectContaining({ account: a, flow_id: flow.id, reason: 'disowned' }),
    )
    expect((await company.enter(person, a, undefined, open)).body.user?.is_new).toBe(true)
  })

  test('said of an earlier login at the same moment as the link, leaves nothing of it, whoever is first', async () => {
    const owner = await newVisitor(world)
    const own = await company.confirmed(owner.person, b, { kind: 'login' }, club)
    await registers(owner, own.flow, 'email')
    later()
    const person = await world.newPerson()
    const first = await company.enter(person, a, { kind: 'login' }, open)
    const { flow } = await company.confirmed(person, a, { kind: 'login' }, club)
    await register(world, flow, { email: owner.email, password })
    const typed = { email: owner.email, email_code: await codeOf(world, owner, 'email'), link: true }
    const [said] = await Promise.all([disown(person, first.flow), register(world, flow, typed)])
    expect(said).toBe('disowned')
    expect(await userOf(person)).not.toBe((await ownerOf(owner, 'email'))?.userId)
  })

  test('who was another site’s user by two accounts is in it by neither', async () => {
    const person = await world.newPerson()
    await company.enter(person, a, undefined, open)
    await company.enter(person, b, undefined, open)
    const owner = await newVisitor(world)
    const c = await company.addAccount(null)
    const own = await company.confirmed(owner.person, c, { kind: 'login' }, club)
    await registers(owner, own.flow, 'phone')
    const account = (await ownerOf(owner, 'phone'))?.userId
    later()
    const { flow } = await company.confirmed(person, a, { kind: 'login' }, club)
    expect((await registers(owner, flow, 'phone', { link: true })).status).toBe(200)
    expect([await userOf(person, a), await userOf(person, b)]).toEqual([account, account])
    await disown(person, flow)
    const now = await userOf(person, a)
    expect(now).not.toBe(account)
    expect(await userOf(person, b)).toBe(now)
    expect(await kindsOf(owner.person, c)).toEqual(['phone', 'wechat'])
  })
})

describe('“not me” after a login that the site registered', () => {
  async function registered(person: string, name: string) {
    const entered = await company.enter(person, a, { kind: 'login' }, shop)
    const path = `/v1/flows/${entered.flow.id}/register`
    const body = { registration_token: entered.body.registration_token, external_user_id: name }
    return { flow: entered.flow, answer: await world.api<{ user: { id: string } }>('POST', path, body, { key: shop }) }
  }

  test('takes the site’s id away, and tells the site; a new one can be given', async () => {
    const person = await world.newPerson()
    const { flow, answer } = await registered(person, 'the-attacker')
    expect(answer.status).toBe(200)
    expect(await kindsOf(person)).toContain('external')
    expect(await disown(person, flow)).toBe('disowned')
    expect(await kindsOf(person)).toEqual(expect.not.arrayContaining(['external']))
    const told = { user_id: answer.body.user.id, flow_id: flow.id, account: a, reason: 'disowned' }
    expect(await removals(shop)).toEqual([told])
    expect((await world.api('GET', `/v1/users/${answer.body.user.id}`, undefined, { key: shop })).status).toBe(404)
    const own = await registered(person, 'the-person')
    expect(own.answer).toMatchObject({ status: 200, body: { user: { external_user_id: 'the-person' } } })
    // Said once more of the first, it takes nothing of the second.
    expect(await disown(person, flow)).toBe('disowned_already')
    expect(await kindsOf(person)).toContain('external')
  })

  test('of long ago leaves what was registered anew since', async () => {
    const person = await world.newPerson()
    const old = await registered(person, 'former')
    const path = `/v1/users/${old.answer.body.user.id}/binding`
    await company.enter(person, a, undefined, open)
    expect((await world.api('DELETE', path, undefined, { key: shop })).status).toBe(204)
    later()
    const now = await registered(person, 'present')
    later()
    expect(await disown(person, old.flow)).toBe('disowned')
    const { body } = await company.enter(person, a, { kind: 'login' }, shop)
    expect(body.user).toMatchObject({ id: now.answer.body.user.id, external_user_id: 'present' })
  })

  test('keeps what the user had before', async () => {
    const person = await world.newPerson()
    await company.enter(person, a, { kind: 'bind', external_user_id: 'their-own' })
    const { flow } = await registered(person, 'the-attacker-2')
    await disown(person, flow)
    const own = await company.enter(person, a)
    expect(own.body.user).toMatchObject({ external_user_id: 'their-own' })
  })
})
