import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, platform, type Redeemed, startCompany } from './companies.ts'
import type { Answer, Page, Problem } from './harness.ts'
import { everyRow, look } from './wire.ts'

/** What was said to whom in the chat, and whether WeChat lets it be said. */
const told: { openidIndex: string; text: string }[] = []
let reachable = true

let company: Company
let world: Company['world']
let a: string
let b: string
beforeAll(async () => {
  company = await startCompany(2, { registration: 'site', scopes: ['conflicts'] }, async (_, who, text) => {
    told.push({ ...who, text })
    return reachable
  })
  world = company.world
  const [first = '', second = ''] = company.accounts
  a = first
  b = second
})
afterAll(() => world.close())

interface Conflict {
  id: string
  reason: string
  state: string
  user_id?: string
  other_user_id?: string
  released: boolean
  seen: number
}

let count = 0
const newId = () => `c-${count++}`
const hourMs = 3_600_000

const bind = (person: string, external_user_id: string, appid = a) =>
  company.enter(person, appid, bindOf(external_user_id))
/** Where the site's policy asks for it, it says that it has just authenticated its user. */
const bindOf = (external_user_id: string) => ({
  kind: 'bind',
  external_user_id,
  display_name: `${external_user_id}@example.com`,
  reauthenticated_at: new Date(world.clock.now()).toISOString(),
})
const login = async (person: string, appid = a) => (await company.enter(person, appid)).body.user
const newest = async (): Promise<Conflict> => {
  const { body } = await world.api<{ data: Conflict[] }>('GET', '/v1/conflicts?limit=1')
  const [row] = body.data
  if (!row) throw new Error('there is no conflict')
  return row
}
const events = async (type: string): Promise<Record<string, string>[]> =>
  (await look<{ data: string }>(world, 'SELECT data FROM events WHERE type = ? ORDER BY seq', type)).map(({ data }) =>
    JSON.parse(data),
  )
const act = (id: string, what: string) => world.api<Conflict & Problem>('POST', `/v1/conflicts/${id}/${what}`)
const open = (person: string, path: string): Promise<Page> =>
  world.sim('POST', `/people/${person}/open`, { url: world.base + path })
const press = (person: string, value: string): Promise<Page> =>
  world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value } })
const choicesOf = (page: Page) => page.forms.flatMap((form) => form.buttons.map(({ value }) => value))

/** The page that explains, as the refused page links to it. */
async function sides(id: string): Promise<string> {
  return world.app.conflicts.pathOf({ id })
}

/** Time passes here and at WeChat. */
async function pass(ms: number): Promise<void> {
  world.clock.advance(ms)
  const { offset_ms } = await world.sim('GET', '/clock')
  await world.sim('POST', '/clock', { offset_ms: offset_ms + ms })
}

/** A WeChat that belongs to `former`, wanted for `wanted`. */
async function taken(): Promise<{
  person: string
  former: Answer<Redeemed & Problem>
  wanted: string
  conflict: Conflict
  path: string
}> {
  const person = await world.newPerson()
  const former = await bind(person, newId())
  const wanted = newId()
  expect(await bind(person, wanted)).toMatchObject({ status: 409, body: { code: 'wechat_already_bound' } })
  const conflict = await newest()
  return { person, former, wanted, conflict, path: await sides(conflict.id) }
}

describe('a WeChat that belongs to another user of the site', () => {
  test('is refused, written down with both sides, explained on the phone, and nothing moves [B34, T43, D1]', async () => {
    const person = await world.newPerson()
    const id = newId()
    const former = await bind(person, id)
    const refused = await bind(person, newId())
    expect(refused).toMatchObject({ status: 409, body: { code: 'wechat_already_bound' } })
    expect(refused.page.status).toBe(409)
    const conflict = await newest()
    expect(conflict).toMatchObject({
      reason: 'wechat_already_bound',
      state: 'open',
      user_id: former.body.user?.id,
      seen: 1,
    })
    expect(conflict).toMatchObject({ display_name: expect.stringContaining('•••'), flow_id: refused.flow.id })
    expect((await events('binding.conflict')).at(-1)).toEqual({
      conflict_id: conflict.id,
      flow_id: refused.flow.id,
      reason: 'wechat_already_bound',
      user_id: former.body.user?.id,
    })
    const page = await open(person, await sides(conflict.id))
    expect(page.status).toBe(200)
    expect(page.text).toContain('示例商店')
    expect(page.text).toContain('•••')
    expect(page.text).not.toContain(id)
    expect(choicesOf(page)).toEqual(['ask'])
    expect((await login(person))?.id).toBe(former.body.user?.id)
  })

  test('is one conflict however often it is tried, and no detail of it is in the flow [B34]', async () => {
    const { person, wanted, conflict } = await taken()
    const again = await bind(person, wanted)
    expect((await world.browser('GET', `/v1/flows/${again.flow.id}`, again.flow.secret)).body).toMatchObject({
      state: 'failed',
      reason: 'wechat_already_bound',
    })
    expect(await newest()).toMatchObject({ id: conflict.id, seen: 2 })
  })

  test('moves when its person asks, the site releases its former user, and the six digits come back to the PC [D1]', async () => {
    const { person, former, wanted, conflict, path } = await taken()
    await open(person, path)
    const asked = await press(person, 'ask')
    expect(choicesOf(asked)).toEqual([])
    expect((await events('binding.move_asked')).at(-1)).toMatchObject({
      conflict_id: conflict.id,
      user_id: former.body.user?.id,
    })
    // The site has not answered.
    expect((await bind(person, wanted)).status).toBe(409)
    expect(await act(conflict.id, 'release')).toMatchObject({ status: 200, body: { released: true, state: 'asked' } })
    const moved = await bind(person, wanted)
    expect(moved).toMatchObject({ status: 200, body: { user: { external_user_id: wanted }, assurance: 'code' } })
    expect(await login(person)).toMatchObject({ external_user_id: wanted })
    expect((await world.api('GET', `/v1/users/${former.body.user?.id}`)).body).toMatchObject({ accounts: [] })
    const told = (await events('binding.moved')).filter(({ conflict_id }) => conflict_id === conflict.id)
    expect(told.map(({ user_id }) => user_id).sort()).toEqual([former.body.user?.id, moved.body.user?.id].sort())
  })

  test('is asked for on the phone and released, and still nothing moves while the PC has not typed the digits [T18, T19]', async () => {
    const { person, former, wanted, conflict, path } = await taken()
    await open(person, path)
    await press(person, 'ask')
    await act(conflict.id, 'release')
    const { flow } = await company.confirmed(person, a, bindOf(wanted), world.apiKey, false)
    expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body).toMatchObject({
      state: 'scanned',
      next: 'enter_code',
      assurance: 'code',
    })
    expect((await company.redeem(flow, 'cc_x')).status).toBe(409)
    expect((await login(person))?.id).toBe(former.body.user?.id)
  })

  test.each([
    [
      'by its person, on the phone',
      async (person: string, path: string) => {
        expect(choicesOf(await open(person, path))).toEqual(['undo'])
        return void (await press(person, 'undo'))
      },
    ],
    ['by the site', async (_: string, __: string, id: string) => void (await act(id, 'undo'))],
  ] as const)('goes back within a day, %s', async (_, undo) => {
    const { person, former, wanted, conflict, path } = await taken()
    await open(person, path)
    await press(person, 'ask')
    await act(conflict.id, 'release')
    const before = await look(
      world,
      `SELECT user_id, kind, namespace FROM identities WHERE value_index = ?`,
      await company.indexOf(person, a),
    )
    await bind(person, wanted)
    await pass(23 * hourMs)
    await undo(person, path, conflict.id)
    expect(
      await look(
        world,
        `SELECT user_id, kind, namespace FROM identities WHERE value_index = ?`,
        await company.indexOf(person, a),
      ),
    ).toEqual(before)
    expect((await login(person))?.id).toBe(former.body.user?.id)
    expect((await world.api<Conflict>('GET', `/v1/conflicts/${conflict.id}`)).body.state).toBe('undone')
    expect((await events('binding.move_undone')).filter(({ conflict_id }) => conflict_id === conflict.id)).toHaveLength(
      2,
    )
    expect(await act(conflict.id, 'undo')).toMatchObject({ status: 409, body: { code: 'move_final' } })
  })

  test('stays where it was moved after a day', async () => {
    const { person, wanted, conflict, path } = await taken()
    await open(person, path)
    await press(person, 'ask')
    await act(conflict.id, 'release')
    await bind(person, wanted)
    await pass(24 * hourMs + 1)
    expect(await act(conflict.id, 'undo')).toMatchObject({ status: 409, body: { code: 'move_final' } })
    await world.app.housekeep()
    expect(choicesOf(await open(person, path))).toEqual([])
    expect(await login(person)).toMatchObject({ external_user_id: wanted })
  })

  test('which another site knows by an id of its own does not move, and the page says so', async () => {
    const { apiKey } = await world.addSite({ bindAssurance: 'tap' })
    const { person, conflict, path } = await taken()
    await company.enter(person, a, { kind: 'bind', external_user_id: 'theirs' }, apiKey)
    expect(choicesOf(await open(person, path))).toEqual([])
    await act(conflict.id, 'release')
    expect((await newest()).state).toBe('open')
  })

  test('the page is for the WeChat concerned: nobody else sees or decides [T24, T25, G6]', async () => {
    const { person, path, conflict } = await taken()
    const stranger = await world.newPerson()
    const page = await open(stranger, path)
    expect(page).toMatchObject({ status: 403 })
    expect(page.text).not.toContain('示例商店')
    expect((await open(person, `${path.slice(0, -1)}${path.endsWith('a') ? 'b' : 'a'}`)).status).toBe(404)
    // GET changes nothing, and a post without the form's token does not either.
    for (let n = 0; n < 3; n++) await open(person, path)
    const forged = await fetch(world.base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'decision=ask',
    })
    expect(forged.status).toBe(403)
    expect((await world.api<Conflict>('GET', `/v1/conflicts/${conflict.id}`)).body.state).toBe('open')
  })
})

/** A user with a WeChat, and another WeChat that wants to take its place. */
async function replaced(): Promise<{
  old: string
  fresh: string
  id: string
  user: string | undefined
  conflict: Conflict
  path: string
}> {
  const [old, fresh] = [await world.newPerson(), await world.newPerson()]
  const id = newId()
  const first = await bind(old, id)
  expect(await bind(fresh, id)).toMatchObject({ status: 409, body: { code: 'user_already_bound' } })
  const conflict = await newest()
  return { old, fresh, id, user: first.body.user?.id, conflict, path: await sides(conflict.id) }
}

describe('a user who has another WeChat', () => {
  test('keeps it; both WeChats can see why [B35]', async () => {
    const { old, fresh, user, conflict, path } = await replaced()
    expect(conflict).toMatchObject({ reason: 'user_already_bound', user_id: user })
    expect(choicesOf(await open(fresh, path))).toEqual(['ask'])
    expect((await open(old, path)).status).toBe(200)
    expect((await login(old))?.id).toBe(user)
  })

  test('gets the new one when the old one allows it [D2]', async () => {
    const { old, fresh, id, user, conflict, path } = await replaced()
    await open(fresh, path)
    await press(fresh, 'ask')
    expect((await bind(fresh, id)).status).toBe(409)
    expect(choicesOf(await open(old, path))).toEqual(['allow', 'refuse'])
    await press(old, 'allow')
    expect(await bind(fresh, id)).toMatchObject({ status: 200, body: { user: { id: user, is_new: false } } })
    expect((await login(fresh))?.id).toBe(user)
    expect(await login(old)).toBeNull()
    expect((await events('binding.moved')).at(-1)).toMatchObject({ conflict_id: conflict.id, user_id: user })
    // The one that went can take it back, alone, for a day.
    expect(choicesOf(await open(old, path))).toEqual(['undo'])
    await press(old, 'undo')
    expect((await login(old))?.id).toBe(user)
    expect(await login(fresh)).toBeNull()
  })

  test('does not when the old one refuses, whatever time passes [D2]', async () => {
    const { old, fresh, id, path } = await replaced()
    await open(fresh, path)
    await press(fresh, 'ask')
    await open(old, path)
    await press(old, 'refuse')
    await pass(30 * hourMs)
    expect((await bind(fresh, id)).status).toBe(409)
    expect(choicesOf(await open(fresh, path))).toEqual([])
  })

  test('does not get it by waiting at a site that does not authenticate its user anew [D2]', async () => {
    const { fresh, id, path } = await replaced()
    await open(fresh, path)
    await press(fresh, 'ask')
    await pass(30 * hourMs)
    expect((await bind(fresh, id)).status).toBe(409)
  })

  test('does not get it by waiting when the old one could not be told [D2]', async () => {
    const { fresh, id, path } = await replaced()
    await world.app.apps.change(world.site.id, { reauthenticateWithin: 600 })
    reachable = false
    await open(fresh, path)
    await press(fresh, 'ask')
    reachable = true
    await pass(30 * hourMs)
    expect((await bind(fresh, id)).status).toBe(409)
  })

  test('gets it a day later when the old one says nothing, and the PC’s digits again [D2]', async () => {
    const { old, fresh, id, user, path } = await replaced()
    await open(fresh, path)
    await press(fresh, 'ask')
    expect(told.at(-1)).toEqual({
      appid: a,
      openidIndex: await company.indexOf(old, a),
      text: expect.stringContaining(path),
    })
    await pass(23 * hourMs)
    expect((await bind(fresh, id)).status).toBe(409)
    await pass(2 * hourMs)
    expect((await bind(fresh, id)).status).toBe(200)
    expect((await login(fresh))?.id).toBe(user)
    expect(await login(old)).toBeNull()
    // When it is final, nothing is left over but the two people.
    await pass(25 * hourMs)
    await world.app.housekeep()
    const empty = await look(
      world,
      `SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM identities) AND id NOT IN (SELECT user_id FROM app_users)`,
    )
    expect(empty).toEqual([])
  })

  test('a request that nobody followed up for two days has to be made anew', async () => {
    const { fresh, id, path } = await replaced()
    await open(fresh, path)
    await press(fresh, 'ask')
    await pass(49 * hourMs)
    expect((await bind(fresh, id)).status).toBe(409)
    expect(choicesOf(await open(fresh, path))).toEqual(['ask'])
  })

  test('two who finish the same allowed move at once: it happens once', async () => {
    const { old, fresh, id, path } = await replaced()
    await open(fresh, path)
    await press(fresh, 'ask')
    await open(old, path)
    await press(old, 'allow')
    const flows = [await company.confirmed(fresh, a, bindOf(id)), await company.confirmed(fresh, a, bindOf(id))]
    const answers = await Promise.all(flows.map(({ flow, code }) => company.redeem(flow, code)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map(({ body }) => body.user?.id)).size).toBe(1)
    const moved = (await events('binding.moved')).filter(
      ({ conflict_id }) => path === world.app.conflicts.pathOf({ id: conflict_id ?? '' }),
    )
    expect(moved).toHaveLength(1)
  })
})

/** One person who became two users, because WeChat told no unionid at the time. */
async function twins(
  scopes: 'conflicts'[] = [],
): Promise<{ person: string; first: string; second: string; key: string }> {
  const { apiKey: key } = await world.addSite({ registration: 'auto', scopes })
  const person = await world.newPerson({ follows: false })
  const first = await company.enter(person, a, { kind: 'login' }, key)
  await world.sim('POST', '/faults', { path: '/cgi-bin/user/info/batchget', kind: 'http_5xx' })
  const second = await company.enter(person, b, { kind: 'login' }, key)
  await world.sim('DELETE', '/faults')
  await world.app.housekeep()
  return { person, first: first.body.user?.id ?? '', second: second.body.user?.id ?? '', key }
}

describe('two users who turn out to be one person', () => {
  test('are never joined by themselves; both sites’ feeds and the operator hear of it [D6]', async () => {
    const { person, first, second, key } = await twins(['conflicts'])
    expect(first).not.toBe(second)
    const told = (await events('binding.conflict')).filter(({ reason }) => reason === 'same_person')
    expect(told.map(({ user_id }) => user_id)).toEqual(expect.arrayContaining([first, second]))
    const path = `/v1/conflicts/${told.at(-1)?.conflict_id}`
    expect((await world.api('GET', path, undefined, { key })).body).toMatchObject({
      user_id: first,
      other_user_id: second,
    })
    expect((await world.api('GET', path)).status).toBe(404)
    const rows = await world.app.conflicts.list({ states: ['open'], limit: 5 })
    expect(rows[0]).toMatchObject({
      reason: 'same_person',
      app_id: null,
      user_id: expect.stringMatching(/^pe_/),
      other_user_id: expect.stringMatching(/^pe_/),
    })
    expect((await company.enter(person, b, { kind: 'login' }, key)).body.user?.id).toBe(second)
  })

  test('become one when the person says so on the phone, and two again within a day', async () => {
    const { person, first, second, key } = await twins()
    const { page } = await company.enter(person, b, { kind: 'login' }, key)
    const index = await company.indexOf(person, b)
    const path = (await world.app.conflicts.pathOfTwins(b, index)) ?? ''
    expect(path).not.toBe('')
    expect(page.text).toContain('把两个账号合并')
    expect(choicesOf(await open(person, path))).toEqual(['ask'])
    expect(choicesOf(await press(person, 'ask'))).toEqual(['undo'])
    expect((await company.enter(person, b, { kind: 'login' }, key)).body.user?.id).toBe(first)
    await open(person, path)
    await press(person, 'undo')
    expect((await company.enter(person, b, { kind: 'login' }, key)).body.user?.id).toBe(second)
    expect((await company.enter(person, a, { kind: 'login' }, key)).body.user?.id).toBe(first)
  })

  test('are one for good after that day: the site hears which id is no more', async () => {
    const { person, first, second, key } = await twins()
    const path = (await world.app.conflicts.pathOfTwins(b, await company.indexOf(person, b))) ?? ''
    await open(person, path)
    await press(person, 'ask')
    await pass(25 * hourMs)
    await world.app.housekeep()
    expect(await events('user.merged')).toContainEqual({ user_id: first, merged_user_id: second })
    expect((await world.api('GET', `/v1/users/${second}`, undefined, { key })).status).toBe(404)
    expect((await company.enter(person, b, { kind: 'login' }, key)).body.user?.id).toBe(first)
  })

  test('who each have an id at a site are not joined, even when asked [D6]', async () => {
    const person = await world.newPerson({ follows: false })
    await bind(person, newId())
    await world.sim('POST', '/faults', { path: '/cgi-bin/user/info/batchget', kind: 'http_5xx' })
    await bind(person, newId(), b)
    await world.sim('DELETE', '/faults')
    await world.app.housekeep()
    const path = (await world.app.conflicts.pathOfTwins(b, await company.indexOf(person, b))) ?? ''
    expect(path).not.toBe('')
    expect(choicesOf(await open(person, path))).toEqual([])
  })
})

test('conflicts are for apps that may see them, and each sees its own [B44]', async () => {
  const { conflict } = await taken()
  const { apiKey: without } = await world.addSite()
  const { apiKey: foreign } = await world.addSite({ scopes: ['conflicts'] })
  expect(await world.api('GET', '/v1/conflicts', undefined, { key: without })).toMatchObject({
    status: 403,
    body: { code: 'scope_missing' },
  })
  expect((await world.api('GET', '/v1/conflicts', undefined, { key: foreign })).body).toEqual({
    data: [],
    next_cursor: null,
  })
  for (const [method, path] of [
    ['GET', ''],
    ['POST', '/release'],
    ['POST', '/undo'],
  ] as const)
    expect(await world.api(method, `/v1/conflicts/${conflict.id}${path}`, undefined, { key: foreign })).toMatchObject({
      status: 404,
    })
  const page = await world.api<{ data: Conflict[]; next_cursor: string }>('GET', '/v1/conflicts?limit=2')
  const next = await world.api<{ data: Conflict[] }>('GET', `/v1/conflicts?limit=2&cursor=${page.body.next_cursor}`)
  expect(new Set([...page.body.data, ...next.body.data].map(({ id }) => id)).size).toBe(4)
})

test('who is erased is in no conflict, no move and no step of one [R24]', async () => {
  const { person, former, wanted, conflict, path } = await taken()
  await open(person, path)
  await press(person, 'ask')
  await act(conflict.id, 'release')
  const moved = await bind(person, wanted)
  const index = await company.indexOf(person, a)
  const users = await look<{ user_id: string }>(world, 'SELECT user_id FROM identities WHERE value_index = ?', index)
  for (const id of [moved.body.user?.id, former.body.user?.id]) {
    expect((await world.api('DELETE', `/v1/users/${id}`)).status).toBe(204)
  }
  const after = (await everyRow(world)).split('\n')
  for (const trace of [index, wanted, conflict.id, users[0]?.user_id ?? '']) {
    const found = after.filter(
      (line) => line.includes(trace) && !line.startsWith('inbox ') && !line.startsWith('oauth_states '),
    )
    expect(found, trace).toEqual([])
  }
})

test('the company’s other accounts are named where nobody follows them yet', async () => {
  const person = await world.newPerson({ follows: false })
  const { page } = await company.confirmed(person, a)
  const names = world.app.accounts.list().filter(({ appid, openPlatform }) => appid !== a && openPlatform === platform)
  expect(page.text).toContain(names[0]?.name)
})
