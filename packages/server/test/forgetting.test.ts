import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { type Harness, type Problem, startHarness } from './harness.ts'
import { everyRow, look } from './wire.ts'

interface Redeemed {
  user: { id: string; external_user_id?: string; is_new: boolean }
}

let world: Harness
let other: { apiKey: string }
beforeAll(async () => {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 10_000, flowsPerApp: 10_000, flowsPerAddress: 10_000 }
  world = await startHarness({ app: { registration: 'auto', bindAssurance: 'tap' }, config: { limits } })
  other = await world.addSite({ registration: 'auto' })
})
afterAll(() => world.close())

async function enter(person: string, body: object, key = world.apiKey): Promise<Redeemed['user'] & { flowId: string }> {
  const flow = (
    await world.api<{ id: string; secret: string; qr: { content: string } }>('POST', '/v1/flows', body, { key })
  ).body
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { completion_code } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const answer = await world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code }, { key })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return { ...answer.body.user, flowId: flow.id }
}

const openidOf = async (person: string): Promise<string> =>
  (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
const act = (what: string, person: string, more: object = {}) =>
  world.sim('POST', `/people/${person}/${what}`, { account: world.account.appid, ...more })

/** Somebody with traces in every table that can hold one. @returns all that could name them */
async function somebody(n: number): Promise<{ id: string; person: string; traces: string[] }> {
  const external = `planted-external-${n}`
  const name = `planted-name-${n}`
  const { id: person } = await world.sim('POST', '/people', { name })
  await act('follow', person)
  const bound = await enter(person, {
    kind: 'bind',
    external_user_id: external,
    display_name: `planted-display-${n}`,
    metadata: { note: `planted-note-${n}` },
  })
  await enter(person, { kind: 'login', metadata: { note: `planted-second-note-${n}` } })
  // Flows that never came to an end: one scanned, one only made.
  const open = await world.createFlow({ kind: 'login', metadata: { note: `planted-open-${n}` } })
  await world.scan(person, open.qr.content)
  await world.createFlow({ kind: 'bind', external_user_id: external, metadata: { note: `planted-unscanned-${n}` } })
  await act('say', person, { text: `planted-words-${n}` })
  const openid = await openidOf(person)
  const index = world.app.users.wechatIndex(world.account.appid, openid)
  const rows = await look<{ value_index: string; user_id: string }>(
    world,
    `SELECT value_index, user_id FROM identities WHERE user_id = (SELECT user_id FROM identities WHERE value_index = ?)`,
    index,
  )
  const traces = [
    `planted-`,
    openid,
    name,
    bound.flowId,
    open.id,
    ...rows.flatMap((row) => [row.value_index, row.user_id]),
  ]
  return { id: bound.id, person, traces }
}

test('whoever is deleted leaves no trace in any table, and the site is told [D4, R24]', async () => {
  const { id, traces } = await somebody(1)
  const before = await everyRow(world)
  for (const trace of traces.slice(3)) expect(before, trace).toContain(trace)
  expect((await world.api('DELETE', `/v1/users/${id}`)).status).toBe(204)
  expect(await world.api('DELETE', `/v1/users/${id}`)).toMatchObject({ status: 404 })
  expect(await world.api('GET', `/v1/users/${id}`)).toMatchObject({ status: 404 })
  // The states of web authorisation, which name flows, live ten minutes.
  world.clock.advance(11 * 60_000)
  await world.app.housekeep()
  const after = (await everyRow(world)).split('\n')
  for (const trace of traces) {
    const found = after.filter((line) => line.includes(trace))
    // That there was a flow is the site's own history; nobody's name is in it.
    expect(
      found.filter((line) => !(trace.startsWith('fl_') && line.startsWith('events '))),
      trace,
    ).toEqual([])
  }
  const [told] = after.filter((line) => line.includes(id))
  expect(told).toContain('user.deleted')
  expect(after.filter((line) => line.includes(id))).toHaveLength(1)
})

test('a site deletes its own part; what another site has, stays [I11]', async () => {
  const { id, person } = await somebody(3)
  const theirs = await enter(person, { kind: 'login', metadata: { note: 'planted-elsewhere' } }, other.apiKey)
  expect((await world.api('DELETE', `/v1/users/${id}`)).status).toBe(204)
  const after = await everyRow(world)
  for (const what of ['note-3', 'second-note-3', 'open-3', 'unscanned-3', 'display-3'])
    expect(after).not.toContain(`planted-${what}`)
  expect(after).toContain('planted-elsewhere')
  expect(await enter(person, { kind: 'login' }, other.apiKey)).toMatchObject({ id: theirs.id, is_new: false })
  expect((await world.api('DELETE', `/v1/users/${theirs.id}`, undefined, { key: other.apiKey })).status).toBe(204)
  expect(await everyRow(world)).not.toContain('planted-elsewhere')
})

test('whoever was erased and comes back is a new user', async () => {
  const person = await world.newPerson()
  const first = await enter(person, { kind: 'login' })
  await world.api('DELETE', `/v1/users/${first.id}`)
  const again = await enter(person, { kind: 'login' })
  expect(again).toMatchObject({ is_new: true })
  expect(again.id).not.toBe(first.id)
})

test('an export has the site’s own part, in clear, and nothing of another’s [B44]', async () => {
  const { id, person } = await somebody(4)
  await enter(person, { kind: 'login', metadata: { note: 'planted-elsewhere' } }, other.apiKey)
  const { status, body, headers } = await world.api<Record<string, unknown> & Problem>('GET', `/v1/users/${id}/export`)
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body).toMatchObject({ id, external_user_id: 'planted-external-4' })
  const text = JSON.stringify(body)
  for (const what of ['note-4', 'second-note-4', 'open-4', 'unscanned-4']) expect(text).toContain(`planted-${what}`)
  expect(text).toContain('binding.created')
  expect(text).toContain(world.account.appid)
  expect(text).not.toContain('elsewhere')
  expect(text).not.toContain(await openidOf(person))
  for (const [method, path] of [
    ['GET', '/export'],
    ['DELETE', ''],
  ] as const)
    expect(await world.api(method, `/v1/users/${id}${path}`, undefined, { key: other.apiKey })).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    })
})
