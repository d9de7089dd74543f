import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Company, startCompany } from './companies.ts'
import { onDatabase } from './database.ts'
import type { NewFlow } from './harness.ts'

/** Departures, followers, flows, conflicts, users, sessions: whoever takes some of them takes them so, and nobody waits in a circle. */
let company: Company
let world: Company['world']
let appid: string
let gallery: string
/** How often transactions were begun: a victim of another begins anew. */
let runs = 0
beforeAll(async () => {
  company = await startCompany(1)
  world = company.world
  appid = company.accounts[0] ?? ''
  gallery = (await world.addSite({ entry: 'page', registration: 'auto', asksProfile: true })).apiKey
  const { store } = world.app
  const { write } = store
  store.write = (fn) =>
    write((tx) => {
      runs += 1
      return fn(tx)
    })
})
beforeEach(() => {
  runs = 0
})
afterAll(() => world.close())

async function somebodyWaits(): Promise<void> {
  for (;;) {
    const rows = await onDatabase(
      world.databaseUrl,
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    if (rows.length > 0) return
  }
}

let count = 0

/** Somebody who linked an account, and is in at Hufu's own pages. */
async function arrange() {
  const { users, sessions, signIns, store } = world.app
  const person = await world.newPerson()
  const name = `member-${count++}`
  const { flow, body } = await company.enter(person, appid, { kind: 'bind', external_user_id: name })
  expect(body.user?.external_user_id).toBe(name)
  const index = await company.indexOf(person, appid)
  const userId = (await users.findOfWechat(store.db, appid, index)) ?? ''
  await store.write((tx) => sessions.begin(tx, { userId, browser: '{}' }))
  const [signIn] = await signIns.list(userId)
  runs = 0
  return { person, name, flow, index, userId, signInId: signIn?.id ?? '' }
}

test('who confirms where WeChat told more than the name waits for the follower, and then for the flow', async () => {
  const { store, followers, flows } = world.app
  const person = await world.newPerson()
  const index = await company.indexOf(person, appid)
  const { body: shown } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: gallery })
  await world.sim('POST', `/people/${person}/open`, { url: shown.qr.content })
  await world.sim('POST', `/people/${person}/open`, { url: `${shown.qr.content}/profile`, grant: true })
  runs = 0
  let confirming: Promise<{ status: number }> | undefined
  await store.write(async (tx) => {
    await followers.hold(tx, appid, index)
    confirming ??= world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: 'confirm' } })
    await somebodyWaits()
    await flows.steps.hold(tx, shown.id)
  })
  expect((await confirming)?.status).toBe(200)
  expect(runs).toBe(2)
})

test('an erasing waits for the follower, and then for the flows', async () => {
  const { store, followers, flows, users } = world.app
  const { flow, index, userId } = await arrange()
  let erasing: Promise<void> | undefined
  await store.write(async (tx) => {
    await followers.hold(tx, appid, index)
    erasing ??= store.write((other) => users.erase(other, userId))
    await somebodyWaits()
    await flows.steps.hold(tx, flow.id)
  })
  await erasing
  expect(runs).toBe(2)
  expect(await users.findPerson(userId)).toBeUndefined()
})

test('a site’s erasing of somebody whom nobody else knows waits for the follower, and then for the flows', async () => {
  const { store, followers, flows, users } = world.app
  const { flow, index, userId } = await arrange()
  const publicId = (await users.findPublicId(store.db, world.site.id, userId)) ?? ''
  let deleting: Promise<void> | undefined
  await store.write(async (tx) => {
    await followers.hold(tx, appid, index)
    deleting ??= users.delete(world.site.id, publicId)
    await somebodyWaits()
    await flows.steps.hold(tx, flow.id)
  })
  await deleting
  expect(runs).toBe(2)
  expect(await users.findPerson(userId)).toBeUndefined()
})

test('an erasing waits for the user, and then for their sessions', async () => {
  const { store, sessions, users } = world.app
  const { index, userId } = await arrange()
  let erasing: Promise<void> | undefined
  await store.write(async (tx) => {
    await users.holdUserOf(tx, [[appid, index]])
    erasing ??= store.write((other) => users.erase(other, userId))
    await somebodyWaits()
    await sessions.endAll(tx, userId)
  })
  await erasing
  expect(runs).toBe(2)
})

test('“not me” of a link waits for the user, and then for their sessions', async () => {
  const { store, sessions, signIns, users } = world.app
  const { index, userId, signInId } = await arrange()
  let saying: Promise<string> | undefined
  await store.write(async (tx) => {
    await users.holdUserOf(tx, [[appid, index]])
    saying ??= signIns.disown(signInId, { userId })
    await somebodyWaits()
    await sessions.endAll(tx, userId)
  })
  expect(await saying).toBe('disowned')
  expect(runs).toBe(2)
  expect(await users.findOfWechat(store.db, appid, index)).toBeUndefined()
})

test('two users who become one wait for what is decided about them, and then for each other', async () => {
  const { store, users } = world.app
  const { userId: known, name } = await arrange()
  const person = await world.newPerson()
  await company.enter(person, appid)
  const index = await company.indexOf(person, appid)
  const lone = (await users.findOfWechat(store.db, appid, index)) ?? ''
  // Somebody known only by their site's id, whom the join below gives this WeChat.
  await store.write(async (tx) => {
    const [wechat] = await tx
      .selectFrom('identities')
      .select('id')
      .where('user_id', '=', known)
      .where('kind', '=', 'wechat')
      .execute()
    await tx
      .deleteFrom('identities')
      .where('id', '=', wechat?.id ?? '')
      .execute()
    await tx.deleteFrom('identities').where('user_id', '=', known).where('kind', '=', 'union').execute()
  })
  const id = `cf_${'a'.repeat(26)}`
  await onDatabase(
    world.databaseUrl,
    `INSERT INTO conflicts (id, reason, state, user_id, other_user_id, appid, wechat_index, locale, created_at, updated_at)
     VALUES ('${id}', 'same_person', 'open', '${known}', '${lone}', '${appid}', '${index}', 'en', 1, 1)`,
  )
  const external = users.externalKey(world.site.id, name)
  const wechat = { kind: 'wechat', namespace: appid, index, sealed: null } as const
  runs = 0
  let joining: Promise<{ outcome: string }> | undefined
  await store.write(async (tx) => {
    await tx.selectFrom('conflicts').select('id').where('id', '=', id).forUpdate().execute()
    joining ??= store.write((other) => users.join(other, world.site.id, external, wechat))
    await somebodyWaits()
    await tx.selectFrom('users').select('id').where('id', 'in', [known, lone]).orderBy('id').forUpdate().execute()
  })
  expect((await joining)?.outcome).toBe('absorb')
  expect(runs).toBe(2)
})
