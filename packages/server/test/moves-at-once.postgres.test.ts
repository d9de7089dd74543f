import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { platform } from './companies.ts'
import { type Conflicting, startConflicts } from './conflicting.ts'
import { onDatabase } from './database.ts'
import { openPc } from './pc.ts'
import { look } from './wire.ts'

/** What changes people, at the moment at which somebody else does. */
let all: Conflicting
beforeAll(async () => {
  all = await startConflicts()
})
afterAll(() => all.world.close())

async function waiting(): Promise<number> {
  const rows = await onDatabase(
    all.world.databaseUrl,
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  )
  return rows.length
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

async function ownerOf(person: string, appid: string): Promise<{ index: string; userId: string }> {
  const { users, store } = all.world.app
  const index = await all.company.indexOf(person, appid)
  return { index, userId: (await users.findOfWechat(store.db, appid, index)) ?? '' }
}

test('who is erased while their two users become one leaves no emptied user behind [R24]', async () => {
  const { conflicts, me } = all.world.app
  const { person } = await all.twins(['conflicts'])
  const [first, second] = [await ownerOf(person, all.a), await ownerOf(person, all.b)]
  const [row] = await look<{ id: string }>(all.world, "SELECT id FROM conflicts WHERE reason = 'same_person'")
  const other = new pg.Client({ connectionString: all.world.databaseUrl })
  await other.connect()
  await other.query(`BEGIN; SELECT 1 FROM users WHERE id = '${first.userId}' FOR UPDATE`)
  const merging = conflicts.choose(row?.id ?? '', second.index, 'ask')
  await until(async () => (await waiting()) === 1)
  const erasing = me.erase(first.userId)
  await until(async () => (await waiting()) === 2)
  await other.query('ROLLBACK')
  await other.end()
  expect(await merging).toBe(true)
  await erasing
  expect(await look(all.world, `SELECT id FROM users WHERE id IN ('${first.userId}', '${second.userId}')`)).toEqual([])
})

test('a unionid that the platform tells while its WeChat is set free is not left with whom it was taken from [D6, T42]', async () => {
  const { users, store, followers } = all.world.app
  const person = await all.world.newPerson()
  await all.bind(person, all.newId())
  const { index, userId } = await ownerOf(person, all.a)
  const follower = await followers.find(store.db, all.a, index)
  const told = { openidIndex: index, unionidIndex: follower?.unionid_index ?? 'told', former: null }
  await onDatabase(all.world.databaseUrl, `DELETE FROM identities WHERE kind = 'union' AND user_id = '${userId}'`)
  await onDatabase(all.world.databaseUrl, `UPDATE followers SET unionid_index = NULL WHERE openid_index = '${index}'`)
  let uniting: Promise<void> | undefined
  let isOver = false
  await store.write(async (tx) => {
    expect((await users.release(tx, all.a, index))?.from).toBe(userId)
    uniting ??= store
      .write((one) => users.unite(one, { appid: all.a, openPlatform: platform }, [told]))
      .finally(() => {
        isOver = true
      })
    await until(async () => isOver || (await waiting()) > 0)
  })
  await uniting
  expect(await look(all.world, `SELECT kind FROM identities WHERE user_id = '${userId}'`)).toEqual([
    { kind: 'external' },
  ])
})

test('who waited for a person who is erased meanwhile finds nobody, and that is no failure [R24]', async () => {
  const { users, store } = all.world.app
  const person = await all.world.newPerson()
  await all.bind(person, all.newId())
  const { index, userId } = await ownerOf(person, all.a)
  let releasing: Promise<unknown> | undefined
  await store.write(async (tx) => {
    await users.erase(tx, userId)
    releasing ??= store.write((one) => users.release(one, all.a, index)).catch((error) => error)
    await until(async () => (await waiting()) > 0)
  })
  expect(await releasing).toBe(undefined)
})

test('a login that waits while its WeChat is removed opens no session [T44]', async () => {
  const { login, sessions, store, users } = all.world.app
  const person = await all.world.newPerson()
  await all.bind(person, all.newId())
  const { index, userId } = await ownerOf(person, all.a)
  const pc = openPc(all.world)
  await pc.go('/login/plain', { do: 'begin' })
  const flow = await pc.flow()
  await all.world.scan(person, flow?.qr_content ?? '')
  const { outputs } = await all.world.decide(person, 'confirm')
  await login.enterCode(flow?.id ?? '', outputs.code ?? '')
  const code = (await login.find(flow?.id ?? ''))?.flow.completion_code ?? ''
  const identity = (await users.findPerson(userId))?.identities.find(({ kind }) => kind === 'wechat')
  let finishing: Promise<unknown> | undefined
  await store.write(async (tx) => {
    await users.removeWechat(tx, userId, identity?.id ?? '')
    await sessions.endAll(tx, userId)
    finishing ??= login.finish(flow?.id ?? '', code)
    await until(async () => (await waiting()) > 0)
  })
  expect(await finishing).toBe('unknown')
  expect(await users.findOfWechat(store.db, all.a, index)).toBe(undefined)
  expect(await sessions.list(userId)).toEqual([])
})

test('an id that a site gives while its user becomes another is the other’s [D6]', async () => {
  const { conflicts, store, users } = all.world.app
  const { apiKey: key } = await all.world.addSite({ registration: 'auto' })
  const { person } = await all.twins(['conflicts'])
  const [first, second] = [await ownerOf(person, all.a), await ownerOf(person, all.b)]
  // Known to this site by the second of the two alone.
  const { user } = (await all.company.enter(person, all.b, { kind: 'login' }, key)).body
  const [row] = await conflicts.list({ states: ['open'], limit: 1 })
  if (row?.other_user_id !== second.userId) throw new Error('the newest conflict is of these two')
  let putting: Promise<number> | undefined
  await store.write(async (tx) => {
    expect(await users.merge(tx, row)).toHaveLength(1)
    const path = `/v1/users/${user?.id}/external_user_id`
    putting ??= all.world.api('PUT', path, { external_user_id: 'late' }, { key }).then(({ status }) => status)
    await until(async () => (await waiting()) > 0)
  })
  expect(await putting).toBe(200)
  const appId = all.world.app.apps.byApiKey(key)?.id ?? ''
  expect((await users.findByExternal(appId, 'late'))?.id).toBe(user?.id)
  expect(await users.findPublicId(store.db, appId, first.userId)).toBe(user?.id)
})
