import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, startCompany } from './companies.ts'
import type { Page, Problem } from './harness.ts'
import { everyRow, look } from './wire.ts'

let company: Company
let world: Company['world']
let a: string
let b: string
beforeAll(async () => {
  company = await startCompany(2, { registration: 'auto', scopes: ['conflicts'] })
  world = company.world
  const [first = '', second = ''] = company.accounts
  a = first
  b = second
})
afterAll(() => world.close())

interface Conflict {
  id: string
  state: string
  released: boolean
}

let count = 0
const newId = () => `m-${count++}`
const hourMs = 3_600_000

const bindOf = (external_user_id: string) => ({
  kind: 'bind',
  external_user_id,
  reauthenticated_at: new Date(world.clock.now()).toISOString(),
  assurance: 'code',
})
const bind = (person: string, id: string, appid = a) => company.enter(person, appid, bindOf(id))
const login = async (person: string, appid = a) => (await company.enter(person, appid)).body.user
const act = (id: string, what: string) => world.api<Conflict & Problem>('POST', `/v1/conflicts/${id}/${what}`)
const get = async (id: string) => (await world.api<Conflict>('GET', `/v1/conflicts/${id}`)).body
const open = (person: string, path: string): Promise<Page> =>
  world.sim('POST', `/people/${person}/open`, { url: world.base + path })
const press = (person: string, value: string, name = 'decision'): Promise<Page> =>
  world.sim('POST', `/people/${person}/submit`, { button: { name, value } })
const choicesOf = (page: Page) => page.forms.flatMap((form) => form.buttons.map(({ value }) => value))

async function identityOf(person: string, appid = a): Promise<{ id: string; user_id: string }> {
  const [row] = await look<{ id: string; user_id: string }>(
    world,
    `SELECT id, user_id FROM identities WHERE kind = 'wechat' AND value_index = ?`,
    await company.indexOf(person, appid),
  )
  return row ?? { id: '', user_id: '' }
}
const userOf = async (person: string, appid = a) => (await identityOf(person, appid)).user_id

async function unlink(person: string, appid = a): Promise<void> {
  const { id, user_id } = await identityOf(person, appid)
  await world.app.store.write((tx) => world.app.users.removeWechat(tx, user_id, id))
}

async function choose(person: string, path: string, value: string): Promise<Page> {
  await open(person, path)
  return press(person, value)
}

/** Time passes here and at WeChat. */
async function pass(ms: number): Promise<void> {
  world.clock.advance(ms)
  const { offset_ms } = await world.sim('GET', '/clock')
  await world.sim('POST', '/clock', { offset_ms: offset_ms + ms })
}

/** What this bind meets, and the page about it. */
async function met(person: string, id: string): Promise<{ id: string; path: string }> {
  expect((await bind(person, id)).status).toBe(409)
  const { body } = await world.api<{ data: Conflict[] }>('GET', '/v1/conflicts?limit=1')
  const conflict = body.data[0]?.id ?? ''
  return { id: conflict, path: world.app.conflicts.pathOf({ id: conflict }) }
}

/** One person who became two users: by the first account, perhaps with an id at the site, and by the second. */
async function twins(id?: string): Promise<{ person: string; path: string; first: string; second: string }> {
  const person = await world.newPerson({ follows: false })
  const first = await company.enter(person, a, id === undefined ? undefined : bindOf(id))
  await world.sim('POST', '/faults', { path: '/cgi-bin/user/info/batchget', kind: 'http_5xx' })
  const second = await company.enter(person, b)
  await world.sim('DELETE', '/faults')
  await world.app.housekeep()
  await pass(60_000)
  await world.app.housekeep()
  const path = (await world.app.conflicts.pathOfTwins(b, await company.indexOf(person, b))) ?? ''
  expect(path).not.toBe('')
  return { person, path, first: first.body.user?.id ?? '', second: second.body.user?.id ?? '' }
}

describe('“the same person” joins nobody any more', () => {
  test('once the WeChat that showed it was taken off the user [D6, T42]', async () => {
    const { person, path, second } = await twins(newId())
    const user = await userOf(person, a)
    await unlink(person)
    expect(choicesOf(await open(person, path))).toEqual([])
    expect(await userOf(person, b)).not.toBe(user)
    expect((await login(person, b))?.id).toBe(second)
  })

  test('once another person’s WeChat took its place: it does not come back by its twin [D2, D6, T42]', async () => {
    const id = newId()
    const { person: thief, path } = await twins(id)
    const user = await userOf(thief)
    expect(choicesOf(await open(thief, path))).toEqual(['ask'])
    const victim = await world.newPerson()
    const { path: sides } = await met(victim, id)
    await choose(victim, sides, 'ask')
    await choose(thief, sides, 'allow')
    expect((await bind(victim, id)).status).toBe(200)
    expect(await userOf(victim)).toBe(user)
    expect(choicesOf(await open(thief, path))).toEqual([])
    for (const appid of [a, b]) expect(await userOf(thief, appid)).not.toBe(user)
    expect((await login(victim))?.external_user_id).toBe(id)
  })

  test('where it was offered before, and asked for too late', async () => {
    const { person, path } = await twins(newId())
    const user = await userOf(person, a)
    await open(person, path)
    await unlink(person)
    expect(choicesOf(await press(person, 'ask'))).toEqual([])
    expect(await userOf(person, b)).not.toBe(user)
  })
})

test('a move takes the WeChat that was proved, and no other person’s [D1, T43]', async () => {
  const [one, two] = [await world.newPerson(), await world.newPerson({ follows: false })]
  const [former, wanted] = [newId(), newId()]
  await bind(one, former, a)
  expect((await bind(two, former, b)).status).toBe(200)
  const { id, path } = await met(one, wanted)
  await choose(one, path, 'ask')
  await act(id, 'release')
  await bind(one, wanted)
  expect(await login(one, a)).toMatchObject({ external_user_id: wanted })
  expect(await login(two, b)).toMatchObject({ external_user_id: former })
})

describe('what one holder allowed is not used against another', () => {
  test('a release of one user takes the WeChat from no other [D1, T43]', async () => {
    const person = await world.newPerson()
    const [former, valuable, wanted] = [newId(), newId(), newId()]
    await bind(person, former)
    const { id, path } = await met(person, wanted)
    await choose(person, path, 'ask')
    expect(await act(id, 'release')).toMatchObject({ status: 200, body: { released: true } })
    await unlink(person)
    expect((await bind(person, valuable)).status).toBe(200)
    expect((await bind(person, wanted)).status).toBe(409)
    expect(await login(person)).toMatchObject({ external_user_id: valuable })
    expect(await get(id)).toMatchObject({ state: 'open', released: false })
    expect(choicesOf(await open(person, path))).toEqual(['ask'])
  })

  test('a yes of one WeChat is not the yes of the one that came after it [D2, T43]', async () => {
    const [first, fresh, third] = [await world.newPerson(), await world.newPerson(), await world.newPerson()]
    const id = newId()
    await bind(first, id)
    const { id: conflict, path } = await met(fresh, id)
    await choose(fresh, path, 'ask')
    await choose(first, path, 'allow')
    await unlink(first)
    expect((await bind(third, id)).status).toBe(200)
    expect((await bind(fresh, id)).status).toBe(409)
    expect(await login(third)).toMatchObject({ external_user_id: id })
    expect(await get(conflict)).toMatchObject({ state: 'open', released: false })
    // Nor may the one that went say anything more about it.
    expect((await open(first, path)).status).toBe(403)
    await choose(fresh, path, 'ask')
    expect(choicesOf(await open(third, path))).toEqual(['allow', 'refuse'])
  })
})

test('a flow that never carried the six digits moves nothing, whatever came up after the yes [T18, T19]', async () => {
  const [old, fresh] = [await world.newPerson(), await world.newPerson()]
  const id = newId()
  await bind(old, id)
  const { path } = await met(fresh, id)
  await choose(fresh, path, 'ask')
  await choose(old, path, 'allow')
  const user = await userOf(old)
  await unlink(old)
  const { assurance: _, ...byTap } = bindOf(id)
  const { flow, code, page } = await company.confirmed(fresh, a, byTap)
  expect(page.outputs.code).toBeUndefined()
  await bind(old, id)
  expect((await company.redeem(flow, code)).status).toBe(409)
  expect(await userOf(old)).toBe(user)
  expect(await userOf(fresh)).not.toBe(user)
})

describe('a move that was undone, or cannot be', () => {
  test('an undone one is not settled a day later', async () => {
    const { person, path, first, second } = await twins()
    await choose(person, path, 'ask')
    await choose(person, path, 'undo')
    const index = await company.indexOf(person, b)
    const user = await userOf(person, b)
    await world.app.store.write((tx) => world.app.users.eraseWechats(tx, b, [{ index, isClosed: true }]))
    await pass(25 * hourMs)
    await world.app.housekeep()
    const merged = await look<{ data: string }>(world, `SELECT data FROM events WHERE type = 'user.merged'`)
    expect(merged.filter(({ data }) => data.includes(second))).toEqual([])
    const signIns = await look<{ user_id: string }>(world, 'SELECT user_id FROM sign_ins WHERE user_id = ?', user)
    expect(signIns).toEqual([])
    expect((await login(person))?.id).toBe(first)
  })

  test('one whose former place is taken says so, to the person and to the site', async () => {
    const [person, other] = [await world.newPerson(), await world.newPerson()]
    const [former, wanted] = [newId(), newId()]
    await bind(person, former)
    const { id, path } = await met(person, wanted)
    await choose(person, path, 'ask')
    await act(id, 'release')
    await bind(person, wanted)
    expect(choicesOf(await open(person, path))).toEqual(['undo'])
    expect((await bind(other, former)).status).toBe(200)
    expect(await act(id, 'undo')).toMatchObject({ status: 409, body: { code: 'move_final' } })
    const page = await press(person, 'undo')
    expect([page.status, choicesOf(page)]).toEqual([200, []])
    expect(await login(person)).toMatchObject({ external_user_id: wanted })
    expect(await login(other)).toMatchObject({ external_user_id: former })
  })
})

test('who is erased within a day of a merge leaves no emptied user behind [R24]', async () => {
  const { person, path } = await twins()
  const users = [await userOf(person, a), await userOf(person, b)]
  const indexes = [await company.indexOf(person, a), await company.indexOf(person, b)]
  await choose(person, path, 'ask')
  const user = await userOf(person)
  await world.app.store.write((tx) => world.app.users.erase(tx, user))
  const rows = (await everyRow(world)).split('\n')
  for (const trace of [...users, ...indexes]) {
    const left = rows.filter((row) => row.includes(trace) && !/^(inbox|oauth_states) /.test(row))
    expect(left, trace).toEqual([])
  }
})

test('an app that parts from a person keeps nothing of what they wrote, and may not go on writing [I11]', async () => {
  for (const [what, after] of [
    ['', 204],
    ['/binding', 204],
  ] as const) {
    const { apiKey: key, app } = await world.addSite({ registration: 'auto' })
    const person = await world.newPerson()
    await company.enter(person, a)
    const { user } = (await company.enter(person, a, bindOf(newId()), key)).body
    await world.sim('POST', `/people/${person}/say`, { account: a, text: 'something private' })
    const sql = 'SELECT id FROM incoming_messages WHERE app_id = ?'
    const [message] = await look<{ id: string }>(world, sql, app.id)
    const answer = `/v1/messages/${message?.id}/reply`
    expect((await world.api('POST', answer, { text: 'first' }, { key })).status).toBe(202)
    expect((await world.api('DELETE', `/v1/users/${user?.id}${what}`, undefined, { key })).status).toBe(after)
    expect(await look(world, sql, app.id)).toEqual([])
    expect(await look(world, 'SELECT id FROM messages WHERE app_id = ?', app.id)).toEqual([])
    expect((await world.api('POST', answer, { text: 'second' }, { key })).status).toBe(404)
  }
})

test('a login that waits behind a link goes with the person [R24]', async () => {
  await world.app.apps.change(world.site.id, { linkUrl: 'https://shop.example.com/from-wechat' })
  const person = await world.newPerson()
  await company.enter(person, a)
  const index = await company.indexOf(person, a)
  const account = world.app.accounts.get(a)
  await world.app.store.write(async (tx) => world.app.links.issue(tx, { account, openidIndex: index }))
  const [link] = await look<{ id: string }>(world, 'SELECT id FROM links WHERE openid_index = ?', index)
  expect((await world.api('POST', `/v1/links/${link?.id}/login`, {})).status).toBe(201)
  const user = await userOf(person)
  await world.app.store.write((tx) => world.app.users.erase(tx, user))
  expect(await look(world, 'SELECT id FROM flows WHERE scanner_index = ?', index)).toEqual([])
})

test('a site that unlinks while the same person’s bind is redeemed: neither waits for the other for ever', async () => {
  for (let n = 0; n < 4; n++) {
    const person = await world.newPerson()
    const id = newId()
    const { user } = (await bind(person, id)).body
    const { flow, code } = await company.confirmed(person, a, bindOf(id))
    const [unlinked, redeemed] = await Promise.all([
      world.api('DELETE', `/v1/users/${user?.id}/binding`),
      company.redeem(flow, code),
    ])
    expect([unlinked.status, redeemed.status].every((status) => status < 500)).toBe(true)
  }
})

test('whoever asks for QR codes at /login gets ten a minute', async () => {
  const start = async () =>
    (
      await fetch(`${world.base}/login/start`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"renew":true}',
      })
    ).status
  const statuses: number[] = []
  for (let n = 0; n < 12; n++) statuses.push(await start())
  expect(statuses).toEqual([...Array(10).fill(200), 429, 429])
})
