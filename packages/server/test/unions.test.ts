import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, platform, startTwoAccounts } from './companies.ts'
import { countRows, look } from './wire.ts'

let company: Company
let a: string
let b: string
beforeAll(async () => {
  ;({ company, a, b } = await startTwoAccounts())
})
afterAll(() => company.world.close())

const somebody = (follows = false) => company.world.newPerson({ follows })
const identities = (userOf: string) =>
  look<{ kind: string; namespace: string }>(
    company.world,
    `SELECT kind, namespace FROM identities WHERE user_id = (SELECT user_id FROM identities WHERE value_index = ?) ORDER BY kind, created_at`,
    userOf,
  )

describe('a person of two accounts', () => {
  test('is one user, from the first login at the second on', async () => {
    const person = await somebody()
    const first = await company.enter(person, a)
    const before = await countRows(company.world)
    const second = await company.enter(person, b)
    expect(second.body.user).toEqual({ id: first.body.user?.id, is_new: false })
    expect((await countRows(company.world)).users).toBe(before.users)
    expect((await company.world.api('GET', `/v1/users/${first.body.user?.id}`)).body).toMatchObject({
      accounts: [a, b],
    })
    expect(await identities(await company.indexOf(person, b))).toEqual([
      { kind: 'union', namespace: platform },
      { kind: 'wechat', namespace: a },
      { kind: 'wechat', namespace: b },
    ])
    const told = await look<{ data: string }>(
      company.world,
      `SELECT data FROM events WHERE type = 'binding.created' AND data LIKE ?`,
      `%${b}%`,
    )
    expect(told.filter(({ data }) => data.includes(first.body.user?.id ?? '?'))).toHaveLength(1)
  })

  test('who is the site’s by the first account is the site’s by the second', async () => {
    const { world } = company
    const { apiKey } = await world.addSite({ bindAssurance: 'tap' })
    const person = await somebody()
    await company.enter(person, a, { kind: 'bind', external_user_id: 'u-1' }, apiKey)
    expect((await company.enter(person, b, { kind: 'login' }, apiKey)).body.user).toMatchObject({
      external_user_id: 'u-1',
    })
  })

  test('a bind by the second account joins the user of the first', async () => {
    const person = await somebody()
    const first = await company.enter(person, a)
    const bound = await company.enter(person, b, { kind: 'bind', external_user_id: 'u-2' })
    expect(bound.body.user).toEqual({ id: first.body.user?.id, is_new: false, external_user_id: 'u-2' })
  })

  test('and another site’s id of that app is refused, as with one account [T43]', async () => {
    const person = await somebody()
    await company.enter(person, a, { kind: 'bind', external_user_id: 'u-3' })
    expect(await company.enter(person, b, { kind: 'bind', external_user_id: 'u-4' })).toMatchObject({
      status: 409,
      body: { code: 'wechat_already_bound' },
    })
  })

  test('logs in while WeChat tells no unionid: as two, who are found out to be one later, and never made one [D6]', async () => {
    const { world } = company
    const person = await somebody()
    const first = await company.enter(person, a)
    await world.sim('POST', '/faults', { path: '/cgi-bin/user/info/batchget', kind: 'http_5xx' })
    const second = await company.enter(person, b)
    await world.sim('DELETE', '/faults')
    expect(second.body.user?.is_new).toBe(true)
    await world.app.housekeep()
    expect((await company.enter(person, b)).body.user).toEqual({ id: second.body.user?.id, is_new: false })
    expect((await company.enter(person, a)).body.user).toEqual({ id: first.body.user?.id, is_new: false })
  })

  test('of accounts of two open platforms is two users', async () => {
    const person = await somebody()
    const elsewhere = await company.addAccount('another-company')
    const first = await company.enter(person, a)
    const second = await company.enter(person, elsewhere)
    expect(second.body.user?.is_new).toBe(true)
    expect(second.body.user?.id).not.toBe(first.body.user?.id)
  })

  test('whose WeChat is erased after leaving is not recognised by the unionid alone any more', async () => {
    const { world } = company
    const person = await somebody()
    await company.enter(person, a, { kind: 'bind', external_user_id: 'u-5' })
    const index = await company.indexOf(person, a)
    await world.app.store.write((tx) => world.app.users.eraseWechats(tx, a, [{ index, isClosed: false }]))
    expect(
      await look(
        world,
        `SELECT * FROM identities WHERE kind = 'union' AND user_id = (SELECT user_id FROM identities WHERE kind = 'external' AND value_index = ?)`,
        world.app.users.externalKey(world.site.id, 'u-5').index,
      ),
    ).toEqual([])
  })
})

describe('an account that joins an open platform later', () => {
  test('keeps every user as they are, and recognises them by the unionid from then on [T42, D7]', async () => {
    const { world } = company
    const late = await company.addAccount(null)
    const person = await somebody()
    const before = await company.enter(person, late)
    await world.app.housekeep()
    expect(await identities(await company.indexOf(person, late))).toEqual([{ kind: 'wechat', namespace: late }])
    await world.sim('PATCH', `/accounts/${late}`, { open_platform: platform })
    await world.app.accounts.change(late, { openPlatform: platform })
    await world.app.housekeep()
    expect(await identities(await company.indexOf(person, late))).toEqual([
      { kind: 'union', namespace: platform },
      { kind: 'wechat', namespace: late },
    ])
    expect((await company.enter(person, late)).body.user).toEqual({ id: before.body.user?.id, is_new: false })
    // And whoever comes by another account of the company is the same user.
    expect((await company.enter(person, b)).body.user).toEqual({ id: before.body.user?.id, is_new: false })
  })

  test('does so for all of hundreds, once, and is done', async () => {
    const { world } = company
    const late = await company.addAccount(null)
    const { users, store } = world.app
    await store.write(async (tx) => {
      for (let n = 0; n < 450; n++) {
        const [openidIndex, unionid] = [`late-${n}`, `union-${n}`]
        await tx
          .insertInto('users')
          .values({ id: `pe_late_${n}`, created_at: 1 })
          .execute()
        const identity = { id: `id_late_${n}`, user_id: `pe_late_${n}`, kind: 'wechat' as const, namespace: late }
        await tx
          .insertInto('identities')
          .values({ ...identity, value_index: openidIndex, value_sealed: null, created_at: 1 })
          .execute()
        const row = {
          appid: late,
          openid_index: openidIndex,
          openid_sealed: null,
          unionid_sealed: null,
          followed_at: 1,
          unfollowed_at: null,
        }
        await tx
          .insertInto('followers')
          .values({ ...row, unionid_index: unionid, event_at: 1, lookup_due_at: null })
          .execute()
      }
    })
    await world.app.accounts.change(late, { openPlatform: platform })
    expect(await users.listWechats(store.db, late, '', 1_000)).toHaveLength(450)
    await world.app.housekeep()
    const united = async () =>
      (await look(world, `SELECT * FROM identities WHERE kind = 'union' AND user_id LIKE 'pe_late_%'`)).length
    expect(await united()).toBe(450)
    expect(await world.app.accounts.listBackFills()).toEqual([])
    await world.app.housekeep()
    expect(await united()).toBe(450)
  })
})

describe('at the same moment', () => {
  test('two first logins with one unionid, at two accounts: one user', async () => {
    for (let round = 0; round < 5; round++) {
      const person = await somebody()
      const one = await company.confirmed(person, a)
      const other = await company.confirmed(person, b)
      const before = await countRows(company.world)
      const answers = await Promise.all([one, other].map(({ flow, code }) => company.redeem(flow, code)))
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(new Set(answers.map(({ body }) => body.user?.id)).size).toBe(1)
      expect(answers.map(({ body }) => body.user?.is_new).sort()).toEqual([false, true])
      expect((await countRows(company.world)).users).toBe(before.users + 1)
    }
  })

  test('two people who finish the same bind: one winner, and the other is told why', async () => {
    for (let round = 0; round < 5; round++) {
      const body = { kind: 'bind', external_user_id: `race-${round}` }
      const flows = await Promise.all(
        [await somebody(), await somebody()].map((person) => company.confirmed(person, a, body)),
      )
      const answers = await Promise.all(flows.map(({ flow, code }) => company.redeem(flow, code)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe('user_already_bound')
    }
  })

  test('one person who finishes the binds of two site users: one winner', async () => {
    for (let round = 0; round < 5; round++) {
      const person = await somebody()
      const one = await company.confirmed(person, a, { kind: 'bind', external_user_id: `left-${round}` })
      const other = await company.confirmed(person, b, { kind: 'bind', external_user_id: `right-${round}` })
      const answers = await Promise.all([one, other].map(({ flow, code }) => company.redeem(flow, code)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe('wechat_already_bound')
    }
  })

  test('a first login while the back-fill learns the same unionid: one user keeps it', async () => {
    const { world } = company
    const person = await somebody()
    const late = await company.addAccount(null)
    await company.enter(person, late)
    await world.sim('PATCH', `/accounts/${late}`, { open_platform: platform })
    const { flow, code } = await company.confirmed(person, b)
    await world.app.accounts.change(late, { openPlatform: platform })
    const [answer] = await Promise.all([company.redeem(flow, code), world.app.housekeep()])
    expect(answer.status).toBe(200)
    await world.app.housekeep()
    const owners = await look<{ user_id: string }>(
      world,
      `SELECT DISTINCT user_id FROM identities WHERE kind = 'union' AND user_id IN (SELECT user_id FROM identities WHERE value_index IN (?, ?))`,
      await company.indexOf(person, late),
      await company.indexOf(person, b),
    )
    expect(owners).toHaveLength(1)
  })
})
