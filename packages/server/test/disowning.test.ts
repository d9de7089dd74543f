import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, startTwoAccounts } from './companies.ts'
import type { NewFlow, Page } from './harness.ts'
import { look } from './wire.ts'

let company: Company
let a: string
let b: string
beforeAll(async () => {
  ;({ company, a, b } = await startTwoAccounts())
})
afterAll(() => company.world.close())

const somebody = () => company.world.newPerson({ follows: false })
const open = (person: string, path: string): Promise<Page> =>
  company.world.sim('POST', `/people/${person}/open`, { url: company.world.base + path })
const press = (person: string, action: string): Promise<Page> =>
  company.world.sim('POST', `/people/${person}/submit`, { button: { name: 'do', value: action }, fields: {} })
const bind = (person: string, appid: string, externalUserId: string, key?: string) =>
  company.enter(person, appid, { kind: 'bind', external_user_id: externalUserId }, key)

/** From the notice in the chat. */
async function disown(person: string, flow: NewFlow): Promise<Page> {
  const [row] = await look<{ id: string }>(company.world, 'SELECT id FROM sign_ins WHERE flow_id = ?', flow.id)
  await open(person, `/not-me/${company.world.app.signIns.token(row?.id ?? '')}`)
  return press(person, 'disown')
}

async function removals(key?: string): Promise<Record<string, unknown>[]> {
  const { body } = await company.world.api<{ data: { type: string; data: Record<string, unknown> }[] }>(
    'GET',
    '/v1/events?limit=1000',
    undefined,
    key ? { key } : {},
  )
  return body.data.filter(({ type }) => type === 'binding.removed').map(({ data }) => data)
}

async function identityOf(person: string, appid: string): Promise<string> {
  const index = await company.indexOf(person, appid)
  const [row] = await look<{ id: string }>(company.world, 'SELECT id FROM identities WHERE value_index = ?', index)
  return row?.id ?? ''
}

describe('“not me” after a link, by a person of two accounts', () => {
  test('sets the person free at both, and both ask for six digits [T25]', async () => {
    const { world } = company
    const other = await world.addSite({ bindAssurance: 'tap', registration: 'auto' })
    const person = await somebody()
    await company.enter(person, a, undefined, other.apiKey)
    await company.enter(person, b)
    const bound = await bind(person, a, 'theirs-1')
    expect((await disown(person, bound.flow)).text).toContain('谢谢告知')

    const again = [await company.enter(person, a), await company.enter(person, b)]
    for (const { body, page } of again) {
      expect(page.outputs.code).toMatch(/^\d{6}$/)
      expect(body.user?.id).not.toBe(bound.body.user?.id)
      expect(body.user?.external_user_id).toBeUndefined()
    }
    expect(again[0]?.body.user?.id).toBe(again[1]?.body.user?.id)
    const left = await world.api('GET', `/v1/users/${bound.body.user?.id}`)
    expect(left.body).toMatchObject({ external_user_id: 'theirs-1', accounts: [] })
    const told = { user_id: bound.body.user?.id, flow_id: bound.flow.id, account: a, reason: 'disowned' }
    expect((await removals()).filter(({ reason }) => reason === 'disowned')).toEqual([told])
    expect(await removals(other.apiKey)).toEqual([
      { user_id: expect.stringMatching(/^us_/), account: a, reason: 'disowned' },
    ])
  })

  test('leaves the other’s own WeChat of the same open platform where it is', async () => {
    const [owner, person] = [await somebody(), await somebody()]
    const own = await bind(owner, b, 'theirs-2')
    const bound = await bind(person, a, 'theirs-2')
    expect(bound.body.user?.id).toBe(own.body.user?.id)
    await disown(person, bound.flow)
    expect((await company.enter(owner, b)).body.user).toMatchObject({ external_user_id: 'theirs-2' })
    for (const appid of [b, a]) {
      const { body } = await company.enter(person, appid)
      expect(body.user?.id).not.toBe(own.body.user?.id)
    }
  })

  test('takes a WeChat along that nobody can tell from theirs', async () => {
    const { world } = company
    const person = await somebody()
    await company.enter(person, a)
    await company.enter(person, b)
    const bound = await bind(person, a, 'theirs-3')
    const index = await company.indexOf(person, b)
    await world.app.store.write(async (tx) => {
      await tx.updateTable('followers').set({ unionid_index: null }).where('openid_index', '=', index).execute()
    })
    await disown(person, bound.flow)
    const again = await company.enter(person, b)
    expect(again.page.outputs.code).toMatch(/^\d{6}$/)
    expect(again.body.user?.id).not.toBe(bound.body.user?.id)
  })

  test('said of an old link, takes nothing apart that was linked since, at nobody’s word', async () => {
    const { world } = company
    const person = await somebody()
    const old = await bind(person, a, 'former-5')
    const [{ user_id = '' } = {}] = await look<{ user_id: string }>(
      world,
      'SELECT user_id FROM sign_ins WHERE flow_id = ?',
      old.flow.id,
    )
    await world.app.store.write(async (tx) => world.app.users.removeWechat(tx, user_id, await identityOf(person, a)))
    const now = await bind(person, a, 'present-5')
    const [{ id = '' } = {}] = await look<{ id: string }>(
      world,
      'SELECT id FROM sign_ins WHERE flow_id = ?',
      old.flow.id,
    )
    expect(await world.app.signIns.disown(id, { userId: user_id })).toBe('disowned')
    const kept = await company.enter(person, a)
    expect(kept.body.user).toMatchObject({ id: now.body.user?.id, external_user_id: 'present-5' })
    // Nor has the former user put a guard on somebody else’s WeChat.
    expect(kept.page.outputs.code).toBeUndefined()
  })

  test('said of the first of two links of one user, leaves the second', async () => {
    const { world } = company
    const other = await world.addSite({ bindAssurance: 'tap', registration: 'auto' })
    const person = await somebody()
    await company.enter(person, a, undefined, other.apiKey)
    const first = await bind(person, a, 'first-6')
    expect((await world.api('DELETE', `/v1/users/${first.body.user?.id}/binding`)).status).toBe(204)
    world.clock.advance(1_000)
    const second = await bind(person, a, 'second-6')
    await disown(person, first.flow)
    const { body } = await world.api<{ data: { id: string; accounts: string[] }[] }>(
      'GET',
      '/v1/users?external_user_id=second-6',
    )
    expect(body.data).toMatchObject([{ id: second.body.user?.id, accounts: [a] }])
  })

  test('guards for a week, and nothing of the guard is kept after it', async () => {
    const { world } = company
    const person = await somebody()
    const bound = await bind(person, a, 'theirs-4')
    await disown(person, bound.flow)
    expect((await company.enter(person, a)).page.outputs.code).toMatch(/^\d{6}$/)
    world.clock.advance(8 * 24 * 3_600_000)
    expect((await company.enter(person, a)).page.outputs.code).toBeUndefined()
    await world.app.housekeep()
    expect(await look(world, 'SELECT * FROM guards')).toEqual([])
  })

  test('a guard survives that the WeChat becomes another user’s, and goes when the person is erased', async () => {
    const { world } = company
    const person = await somebody()
    const { flow } = await company.enter(person, a)
    await disown(person, flow)
    await bind(await somebody(), b, 'theirs-5')
    const joined = await bind(person, a, 'theirs-5')
    expect(joined.status).toBe(200)
    expect((await company.enter(person, a)).page.outputs.code).toMatch(/^\d{6}$/)
    const index = await company.indexOf(person, a)
    const guards = () => look(world, 'SELECT * FROM guards WHERE openid_index = ?', index)
    expect(await guards()).toHaveLength(1)
    const userId = await world.app.users.findOfWechat(world.app.store.db, a, index)
    await world.app.store.write((tx) => world.app.users.erase(tx, userId ?? ''))
    expect(await guards()).toEqual([])
  })
})

describe('a person removes a WeChat of two that are one', () => {
  test('and both go, as the question says; no unionid brings them back', async () => {
    const { world } = company
    const person = await somebody()
    await company.enter(person, a)
    await company.enter(person, b)
    const bound = await bind(person, a, 'theirs-6')
    await open(person, `/me?account=${a}`)
    const question = await open(person, `/me/ask?do=unlink&id=${await identityOf(person, a)}`)
    expect(question.text).toContain('这是同一个微信')
    expect(question.text).toContain('第2服务号')
    expect((await press(person, 'unlink')).text).toContain('已移除')
    for (const appid of [a, b]) {
      expect((await company.enter(person, appid)).body.user?.id).not.toBe(bound.body.user?.id)
    }
    expect((await world.api('GET', `/v1/users/${bound.body.user?.id}`)).body).toMatchObject({ accounts: [] })
  })

  test('but not where nothing else would be left [T44]', async () => {
    const person = await somebody()
    const first = await company.enter(person, a)
    await company.enter(person, b)
    await open(person, `/me?account=${a}`)
    await open(person, `/me/ask?do=unlink&id=${await identityOf(person, a)}`)
    expect((await press(person, 'unlink')).status).toBe(409)
    expect((await company.enter(person, b)).body.user?.id).toBe(first.body.user?.id)
  })
})

test('two users who become one: whoever was in as one of them is signed out', async () => {
  const { world } = company
  const person = await somebody()
  await company.enter(person, a)
  const index = await company.indexOf(person, a)
  const userId = await world.app.users.findOfWechat(world.app.store.db, a, index)
  await world.app.store.write(async (tx) => {
    const row = { id: 'se_absorbed', user_id: userId ?? '', token_hash: 'absorbed', browser: '{}', ended_at: null }
    const now = world.clock.now()
    await tx
      .insertInto('sessions')
      .values({ ...row, created_at: now, authenticated_at: now, seen_at: now })
      .execute()
  })
  await bind(await somebody(), b, 'theirs-7')
  expect((await bind(person, a, 'theirs-7')).status).toBe(200)
  expect(await look(world, `SELECT * FROM sessions WHERE id = 'se_absorbed'`)).toEqual([])
})
