import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCodeSecrets } from '../src/codes/secrets.ts'
import type { DomainError } from '../src/errors.ts'
import type { CodeRow } from '../src/store/tables.ts'
import { onDatabase } from './database.ts'
import { type Harness, type NewFlow, startHarness } from './harness.ts'
import { codeOf, countRows, eventXml, look, newOpenid, push, type Wire, wireOf } from './wire.ts'

/** Three nodes on one database, in one process. */
let world: Harness
let wire: Wire
let second: string
let third: string

beforeAll(async () => {
  world = await startHarness()
  wire = wireOf(world)
  second = await world.addNode()
  third = await world.addNode()
})
afterAll(() => world.close())

const elsewhere = (base: string): Harness => ({ ...world, base })

async function wait(base: string, flow: NewFlow, seen: string): Promise<{ state: string; ms: number }> {
  const began = performance.now()
  const response = await fetch(`${base}/v1/flows/${flow.id}?wait=20&seen=${seen}`, {
    headers: { authorization: `Bearer ${flow.secret}` },
  })
  const { state } = (await response.json()) as { state: string }
  return { state, ms: performance.now() - began }
}

async function scanOf(flow: NewFlow): Promise<string> {
  const { scene, ticket } = await codeOf(world, flow.qr.content)
  const fields = { Event: 'SCAN', EventKey: scene, Ticket: ticket }
  return eventXml(wire, { openid: newOpenid(), at: Math.floor(world.clock.now() / 1000), fields })
}

test('a page at one node hears of the push that reached another', async () => {
  const flow = await world.createFlow()
  const page = wait(third, flow, 'waiting:scan')
  // The page is waiting once its node has asked the database.
  await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  expect((await push(elsewhere(second), wire, await scanOf(flow))).status).toBe(200)
  expect(await page).toMatchObject({ state: 'scanned' })
  expect((await page).ms).toBeLessThan(5_000)
})

test('a page whose node has lost its listening connection hears of what happened meanwhile', async () => {
  const flow = await world.createFlow()
  const page = wait(third, flow, 'waiting:scan')
  const document = await scanOf(flow)
  await onDatabase(
    world.databaseUrl,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hufu listen' AND datname = current_database()`,
  )
  expect((await push(elsewhere(second), wire, document)).status).toBe(200)
  expect(await page).toMatchObject({ state: 'scanned' })
  expect((await page).ms).toBeLessThan(5_000)
})

test('one push at three nodes at once is one row, one effect and one reply [B10, I1]', async () => {
  for (let round = 0; round < 20; round++) {
    const flow = await world.createFlow()
    const document = await scanOf(flow)
    const before = await countRows(world)
    const answers = await Promise.all([world.base, second, third].map((base) => push(elsewhere(base), wire, document)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await countRows(world)).toMatchObject({ inbox: before.inbox + 1, events: before.events + 1 })
  }
})

test('ten people at one code over three nodes: one has it', async () => {
  const flow = await world.createFlow()
  const documents = await Promise.all(Array.from({ length: 10 }, () => scanOf(flow)))
  const bases = [world.base, second, third]
  const answers = await Promise.all(
    documents.map((document, at) => push(elsewhere(bases[at % 3] ?? ''), wire, document)),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  expect(body).toMatchObject({ state: 'scanned', assurance: 'code' })
})

test('fifty redeems over three nodes are one answer [B27, T20, I2]', async () => {
  const flow = await world.createFlow()
  const person = await world.newPerson()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const bases = [world.base, second, third]
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      fetch(`${bases[at % 3]}/v1/flows/${flow.id}/redeem`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ completion_code: body.completion_code }),
      }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status === 410)).toHaveLength(49)
})

test('a node that is killed by the database’s own hand goes on: every connection is replaced', async () => {
  await onDatabase(
    world.databaseUrl,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  const flow = await world.createFlow()
  expect((await push(elsewhere(third), wire, await scanOf(flow))).status).toBe(200)
  expect((await wait(second, flow, 'waiting:scan')).state).toBe('scanned')
})

test('50 right tries at three nodes are one success: a verification code is good once [T33]', async () => {
  const { body } = await world.api<{ id: string }>('POST', '/v1/codes', { user: 'somebody', purpose: '登录' })
  const [row] = await look<CodeRow>(world, 'SELECT * FROM codes WHERE id = ?', body.id)
  if (!row) throw new Error('the code is there')
  const code = createCodeSecrets(world.app.vault).digits(row)
  const bases = [world.base, second, third]
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      fetch(`${bases[at % 3]}/v1/codes/${body.id}/check`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ code, purpose: '登录' }),
      }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  // Over, or too many at once to be looked at.
  expect(statuses.filter((status) => status === 401 || status === 429)).toHaveLength(49)
})

/** A code of somebody, and the lock that every try at it takes. */
async function lockedCode(user: string): Promise<{ lock: Lock; attempt: () => Promise<number> }> {
  const { body } = await world.api<{ id: string }>('POST', '/v1/codes', { user, purpose: '登录' })
  const [row] = await look<CodeRow>(world, 'SELECT * FROM codes WHERE id = ?', body.id)
  const name = `codes ${row?.app_id} ${row?.user_key}`
  const said = { code: 'wrong', purpose: '登录' }
  return {
    lock: ['SELECT pg_advisory_xact_lock($1, hashtext($2))', [0x68756e6d, name]],
    attempt: async () => (await world.api('POST', `/v1/codes/${body.id}/check`, said)).status,
  }
}

test('tries that wait for each other leave connections for everybody else [T33]', async () => {
  const { lock, attempt } = await lockedCode('a third')
  expect(await crowd([lock], attempt)).toBe(55)
})

test('so do tries at the codes of several users at once: each has one connection [T33]', async () => {
  const codes = await Promise.all(Array.from({ length: 6 }, (_, at) => lockedCode(`of several, ${at}`)))
  let turn = 0
  const next = async () => codes[turn++ % codes.length]?.attempt() ?? 0
  const locks = codes.map(({ lock }) => lock)
  expect(await crowd(locks, next)).toBe(60 - 6 * 5)
})

type Lock = [text: string, values: unknown[]]

/** While somebody else holds what these tries wait for: whether there are connections for others, and how many of sixty were turned away. */
async function crowd(locks: Lock[], attempt: () => Promise<number>): Promise<number> {
  const holder = new pg.Client({ connectionString: world.databaseUrl })
  await holder.connect()
  await holder.query('BEGIN')
  for (const lock of locks) await holder.query(...lock)
  const tries = Array.from({ length: 60 }, attempt)
  const other = await world.api('GET', '/v1/users/us_nobody')
  const flow = await world.api('POST', '/v1/flows', { kind: 'login' })
  await holder.query('ROLLBACK')
  await holder.end()
  expect([other.status, flow.status]).toEqual([404, 201])
  return (await Promise.all(tries)).filter((status) => status === 429).length
}

test('nor do tries at the code of a registration, or of a new password, keep anybody else out [T33]', async () => {
  const { apiKey } = await world.addSite({ registration: ['email'] })
  const { body: flow } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
  const email = 'somebody@example.com'
  const register = () =>
    world.browser('POST', `/v1/flows/${flow.id}/registration`, flow.secret, { email, email_code: '1' })
  const ofFlow: Lock = ['SELECT id FROM flows WHERE id = $1 FOR UPDATE', [flow.id]]
  expect(await crowd([ofFlow], async () => (await register()).status)).toBe(55)
  const { index } = world.app.users.credentialKey('email', email)
  const ofAddress: Lock = ['SELECT pg_advisory_xact_lock($1, hashtext($2))', [0x68756e6d, `proofs ${index}`]]
  const said = { browser: 'browser', code: '1', password: 'correct horse battery', locale: 'en' }
  const reset = () =>
    world.app.resets.finish(email, said).then(
      () => 200,
      (error: DomainError) => error.code,
    )
  expect(await crowd([ofAddress], async () => ((await reset()) === 'rate_limited' ? 429 : 401))).toBe(55)
})

test('60 wrong tries at three nodes are five that are looked at [T33]', async () => {
  const { body } = await world.api<{ id: string }>('POST', '/v1/codes', { user: 'somebody else', purpose: '登录' })
  const bases = [world.base, second, third]
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, at) =>
      fetch(`${bases[at % 3]}/v1/codes/${body.id}/check`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ code: 'wrong', purpose: '登录' }),
      }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 401)).toHaveLength(5)
  expect(statuses.filter((status) => status === 429)).toHaveLength(55)
})

test('one code asked for at three nodes at once is one code, and the others are told to wait [T34]', async () => {
  const answers = await Promise.all(
    [world.base, second, third, world.base, second, third].map((base) =>
      fetch(`${base}/v1/codes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ user: 'impatient', purpose: '登录' }),
      }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 429, 429, 429, 429, 429])
})
