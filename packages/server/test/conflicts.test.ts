import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { maskName } from '../src/text.ts'
import { type Conflict, type Conflicting, hourMs, startConflicts } from './conflicting.ts'
import type { NewFlow } from './harness.ts'
import { everyRow, look } from './wire.ts'

let here: Conflicting
let world: Conflicting['world']
beforeAll(async () => {
  here = await startConflicts()
  world = here.world
})
afterAll(() => world.close())

describe('a WeChat that belongs to another user of the site', () => {
  test('is refused, written down with both sides, explained on the phone, and nothing moves [B34, T43, D1]', async () => {
    const person = await world.newPerson()
    const id = here.newId()
    const former = await here.bind(person, id)
    const refused = await here.bind(person, here.newId())
    expect(refused).toMatchObject({ status: 409, body: { code: 'wechat_already_bound' } })
    expect(refused.page.status).toBe(409)
    const conflict = await here.newest()
    expect(conflict).toMatchObject({
      reason: 'wechat_already_bound',
      state: 'open',
      user_id: former.body.user?.id,
      seen: 1,
    })
    expect(conflict).toMatchObject({ display_name: expect.stringContaining('•••'), flow_id: refused.flow.id })
    expect((await here.events('binding.conflict')).at(-1)).toEqual({
      conflict_id: conflict.id,
      flow_id: refused.flow.id,
      reason: 'wechat_already_bound',
      user_id: former.body.user?.id,
    })
    const page = await here.open(person, here.sides(conflict.id))
    expect(page.status).toBe(200)
    expect(page.text).toContain('示例商店')
    expect(page.text).toContain('•••')
    expect(page.text).not.toContain(id)
    // Whose it is now, for the WeChat that it belongs to.
    expect(page.text).toContain(`该账号\n${maskName(id)}`)
    expect(here.choicesOf(page)).toEqual(['ask'])
    expect((await here.login(person))?.id).toBe(former.body.user?.id)
  })

  test('tells the chat of the user who wanted it, by another account, too [B34, T43]', async () => {
    const { person } = await here.taken()
    const [other, id] = [await world.newPerson({ follows: false }), here.newId()]
    await here.bind(other, id, here.b)
    expect(await here.bind(person, id)).toMatchObject({ status: 409, body: { code: 'wechat_already_bound' } })
    const told = (await here.heard(other, here.b)).filter((text) => text.includes('另一个微信'))
    expect(told).toEqual([expect.stringContaining('示例商店')])
    expect(told[0]).not.toContain('/conflicts/')
  })

  test('is one conflict however often it is tried, and no detail of it is in the flow [B34]', async () => {
    const { person, wanted, conflict } = await here.taken()
    const again = await here.bind(person, wanted)
    expect((await world.browser('GET', `/v1/flows/${again.flow.id}`, again.flow.secret)).body).toMatchObject({
      state: 'failed',
      reason: 'wechat_already_bound',
    })
    expect(await here.newest()).toMatchObject({ id: conflict.id, seen: 2 })
  })

  test('moves when its person asks, the site releases its former user, and the six digits come back to the PC [D1]', async () => {
    const { person, former, wanted, conflict, path } = await here.taken()
    await here.open(person, path)
    const asked = await here.press(person, 'ask')
    expect(here.choicesOf(asked)).toEqual([])
    expect((await here.events('binding.move_asked')).at(-1)).toMatchObject({
      conflict_id: conflict.id,
      user_id: former.body.user?.id,
    })
    // The site has not answered.
    expect((await here.bind(person, wanted)).status).toBe(409)
    expect(await here.act(conflict.id, 'release')).toMatchObject({
      status: 200,
      body: { released: true, state: 'asked' },
    })
    const moved = await here.bind(person, wanted)
    expect(moved).toMatchObject({ status: 200, body: { user: { external_user_id: wanted }, assurance: 'code' } })
    expect(await here.login(person)).toMatchObject({ external_user_id: wanted })
    expect((await world.api('GET', `/v1/users/${former.body.user?.id}`)).body).toMatchObject({ accounts: [] })
    const told = (await here.events('binding.moved')).filter(({ conflict_id }) => conflict_id === conflict.id)
    expect(told.map(({ user_id }) => user_id).sort()).toEqual([former.body.user?.id, moved.body.user?.id].sort())
  })

  test('is asked for on the phone and released, and still nothing moves while the PC has not typed the digits [T18, T19]', async () => {
    const { person, former, wanted, conflict, path } = await here.taken()
    await here.open(person, path)
    await here.press(person, 'ask')
    await here.act(conflict.id, 'release')
    const { flow } = await here.company.confirmed(person, here.a, here.bindOf(wanted), world.apiKey, false)
    expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body).toMatchObject({
      state: 'scanned',
      next: 'enter_code',
      assurance: 'code',
    })
    expect((await here.company.redeem(flow, 'cc_x')).status).toBe(409)
    expect((await here.login(person))?.id).toBe(former.body.user?.id)
  })

  test.each([
    [
      'by its person, on the phone',
      async (person: string, path: string) => {
        expect(here.choicesOf(await here.open(person, path))).toEqual(['undo'])
        return void (await here.press(person, 'undo'))
      },
    ],
    ['by the site', async (_: string, __: string, id: string) => void (await here.act(id, 'undo'))],
  ] as const)('goes back within a day, %s', async (_, undo) => {
    const { person, former, wanted, conflict, path } = await here.taken()
    await here.open(person, path)
    await here.press(person, 'ask')
    await here.act(conflict.id, 'release')
    const before = await look(
      world,
      `SELECT user_id, kind, namespace FROM identities WHERE value_index = ?`,
      await here.company.indexOf(person, here.a),
    )
    await here.bind(person, wanted)
    await here.pass(23 * hourMs)
    await undo(person, path, conflict.id)
    expect(
      await look(
        world,
        `SELECT user_id, kind, namespace FROM identities WHERE value_index = ?`,
        await here.company.indexOf(person, here.a),
      ),
    ).toEqual(before)
    expect((await here.login(person))?.id).toBe(former.body.user?.id)
    expect((await world.api<Conflict>('GET', `/v1/conflicts/${conflict.id}`)).body.state).toBe('undone')
    expect(
      (await here.events('binding.move_undone')).filter(({ conflict_id }) => conflict_id === conflict.id),
    ).toHaveLength(2)
    expect(await here.act(conflict.id, 'undo')).toMatchObject({ status: 409, body: { code: 'move_final' } })
  })

  test('stays where it was moved after a day', async () => {
    const { person, wanted, conflict, path } = await here.taken()
    await here.open(person, path)
    await here.press(person, 'ask')
    await here.act(conflict.id, 'release')
    await here.bind(person, wanted)
    await here.pass(24 * hourMs + 1)
    expect(await here.act(conflict.id, 'undo')).toMatchObject({ status: 409, body: { code: 'move_final' } })
    await world.app.housekeep()
    expect(here.choicesOf(await here.open(person, path))).toEqual([])
    expect(await here.login(person)).toMatchObject({ external_user_id: wanted })
  })

  test('which another site knows by an id of its own does not move, and the page says so', async () => {
    const { apiKey } = await world.addSite({ bindAssurance: 'tap' })
    const { person, conflict, path } = await here.taken()
    await here.company.enter(person, here.a, { kind: 'bind', external_user_id: 'theirs' }, apiKey)
    expect(here.choicesOf(await here.open(person, path))).toEqual([])
    await here.act(conflict.id, 'release')
    expect((await here.newest()).state).toBe('open')
  })

  test('met from the site’s own page inside WeChat, says nothing of scanning or a computer', async () => {
    const { person } = await here.taken()
    const { body } = await world.api<NewFlow>('POST', '/v1/flows', { ...here.bindOf(here.newId()), account: here.a })
    await world.sim('POST', `/people/${person}/open`, { url: body.wechat_url })
    const page = await here.press(person, 'confirm')
    expect(page).toMatchObject({ status: 409, title: '这个微信已绑定其他账号' })
    expect(page.text).not.toMatch(/扫|二维码|电脑/)
  })

  test('the page names the account that holds it only to the WeChat that it belongs to now [D1]', async () => {
    const { person, former, path } = await here.taken()
    expect((await here.open(person, path)).text).toContain('该账号')
    await world.api('DELETE', `/v1/users/${former.body.user?.id}/binding`)
    expect((await here.open(person, path)).text).not.toContain('该账号')
  })

  test('the page is for the WeChat concerned: nobody else sees or decides [T24, T25, G6]', async () => {
    const { person, path, conflict } = await here.taken()
    const stranger = await world.newPerson()
    const page = await here.open(stranger, path)
    expect(page).toMatchObject({ status: 403 })
    expect(page.text).not.toContain('示例商店')
    expect((await here.open(person, `${path.slice(0, -1)}${path.endsWith('a') ? 'b' : 'a'}`)).status).toBe(404)
    // GET changes nothing, and a post without the form's token does not either.
    for (let n = 0; n < 3; n++) await here.open(person, path)
    const forged = await fetch(world.base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'decision=ask',
    })
    expect(forged.status).toBe(403)
    expect((await world.api<Conflict>('GET', `/v1/conflicts/${conflict.id}`)).body.state).toBe('open')
  })
})

test('conflicts are for apps that may see them, and each sees its own [B44]', async () => {
  const { conflict } = await here.taken()
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
  const { person, former, wanted, conflict, path } = await here.taken()
  await here.open(person, path)
  await here.press(person, 'ask')
  await here.act(conflict.id, 'release')
  const moved = await here.bind(person, wanted)
  const index = await here.company.indexOf(person, here.a)
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
