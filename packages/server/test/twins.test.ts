import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { platform } from './companies.ts'
import { type Conflicting, hourMs, startConflicts } from './conflicting.ts'
import { look } from './wire.ts'

let here: Conflicting
let world: Conflicting['world']
beforeAll(async () => {
  here = await startConflicts()
  world = here.world
})
afterAll(() => world.close())

describe('two users who turn out to be one person', () => {
  test('are never joined by themselves; both sites’ feeds and the operator hear of it [D6]', async () => {
    const { person, first, second, key } = await here.twins(['conflicts'])
    expect(first).not.toBe(second)
    const told = (await here.events('binding.conflict')).filter(({ reason }) => reason === 'same_person')
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
    expect((await here.company.enter(person, here.b, { kind: 'login' }, key)).body.user?.id).toBe(second)
  })

  test('hear of it in the chats of both WeChats [D6, T42]', async () => {
    const { person } = await here.twins()
    const path = (await world.app.conflicts.pathOfTwins(here.b, await here.company.indexOf(person, here.b))) ?? ''
    for (const account of [here.a, here.b]) {
      const told = (await here.heard(person, account)).filter((text) => text.includes(world.base + path))
      expect(told, account).toEqual([expect.stringContaining('两个账号')])
    }
  })

  test('become one when the person says so on the phone, and two again within a day', async () => {
    const { person, first, second, key } = await here.twins()
    const { page } = await here.company.enter(person, here.b, { kind: 'login' }, key)
    const index = await here.company.indexOf(person, here.b)
    const path = (await world.app.conflicts.pathOfTwins(here.b, index)) ?? ''
    expect(path).not.toBe('')
    expect(page.text).toContain('把两个账号合并')
    expect(here.choicesOf(await here.open(person, path))).toEqual(['ask'])
    expect(here.choicesOf(await here.press(person, 'ask'))).toEqual(['undo'])
    expect((await here.company.enter(person, here.b, { kind: 'login' }, key)).body.user?.id).toBe(first)
    await here.open(person, path)
    await here.press(person, 'undo')
    expect((await here.company.enter(person, here.b, { kind: 'login' }, key)).body.user?.id).toBe(second)
    expect((await here.company.enter(person, here.a, { kind: 'login' }, key)).body.user?.id).toBe(first)
  })

  test('are one for good after that day: the site hears which id is no more', async () => {
    const { person, first, second, key } = await here.twins()
    const path = (await world.app.conflicts.pathOfTwins(here.b, await here.company.indexOf(person, here.b))) ?? ''
    await here.open(person, path)
    await here.press(person, 'ask')
    await here.pass(25 * hourMs)
    await world.app.housekeep()
    expect(await here.events('user.merged')).toContainEqual({ user_id: first, merged_user_id: second })
    expect((await world.api('GET', `/v1/users/${second}`, undefined, { key })).status).toBe(404)
    expect((await here.company.enter(person, here.b, { kind: 'login' }, key)).body.user?.id).toBe(first)
  })

  test('are not joined by a unionid that was left behind beside another person’s WeChat [D6, T42]', async () => {
    const { person } = await here.twins()
    const [other, id] = [await world.newPerson({ follows: false }), here.newId()]
    const third = await here.company.addAccount(platform)
    expect((await here.bind(person, id)).status).toBe(200)
    expect((await here.bind(other, id, third)).status).toBe(200)
    const path = (await world.app.conflicts.pathOfTwins(here.b, await here.company.indexOf(person, here.b))) ?? ''
    const index = await here.company.indexOf(person, here.a)
    await world.app.store.write((tx) => world.app.users.eraseWechats(tx, here.a, [{ index, isClosed: true }]))
    const left = await look(
      world,
      `SELECT id FROM identities WHERE kind = 'union' AND user_id = (SELECT user_id FROM identities WHERE value_index = ?)`,
      world.app.users.externalKey(world.site.id, id).index,
    )
    expect(left.length).toBeGreaterThan(1)
    expect(here.choicesOf(await here.open(person, path))).toEqual([])
  })

  test('who each have an id at a site are not joined, even when asked [D6]', async () => {
    const person = await world.newPerson({ follows: false })
    await here.bind(person, here.newId())
    await world.sim('POST', '/faults', { path: '/cgi-bin/user/info/batchget', kind: 'http_5xx' })
    await here.bind(person, here.newId(), here.b)
    await world.sim('DELETE', '/faults')
    await world.app.housekeep()
    const path = (await world.app.conflicts.pathOfTwins(here.b, await here.company.indexOf(person, here.b))) ?? ''
    expect(path).not.toBe('')
    expect(here.choicesOf(await here.open(person, path))).toEqual([])
  })
})
