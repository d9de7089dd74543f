import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { type Harness, type NewFlow, type Problem, startHarness } from './harness.ts'
import { look } from './wire.ts'

let world: Harness
let template: string
const data = { thing1: '铁观音' }

beforeAll(async () => {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 10_000, flowsPerAddress: 10_000 }
  world = await startHarness({ app: { registration: 'auto', signInNotices: false }, config: { limits } })
  await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: true })
  const { appid } = world.account
  const added = await world.sim('POST', `/accounts/${appid}/templates`, {
    title: '到货通知',
    content: '商品：{{thing1.DATA}}',
  })
  template = added.template_id
  await world.app.templates.sync(appid)
  await world.app.templates.change(appid, template, { name: 'in_stock' })
})
afterAll(() => world.close())
afterEach(() => void vi.restoreAllMocks())

interface Batch {
  id: string
  state: string
  total: number
  failures: { position: number; reason: string }[]
  [count: string]: unknown
}
interface Recipient {
  person: string
  user: string
  openid: string
}

async function newUser(): Promise<Recipient> {
  const person = await world.newPerson()
  const flow = await world.createFlow()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, {
    completion_code: body.completion_code,
  })
  const { openids } = await world.sim('GET', `/people/${person}`)
  return { person, user: redeemed.body.user.id, openid: openids[world.account.appid] }
}

/** Hufu goes on knowing them, whatever this site does. */
async function joinAnotherSite({ person }: Recipient): Promise<void> {
  const { apiKey } = await world.addSite({ registration: 'auto', signInNotices: false })
  const { body: flow } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const { completion_code } = body
  await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code }, { key: apiKey })
}

async function newUsers(count: number): Promise<Recipient[]> {
  const all: Recipient[] = []
  for (let one = 0; one < count; one++) all.push(await newUser())
  return all
}

const post = <T = Batch>(body: object, headers: Record<string, string> = {}) =>
  world.api<T>('POST', '/v1/messages/batch', { template: 'in_stock', data, ...body }, { headers })
const get = async (id: string) => (await world.api<Batch>('GET', `/v1/messages/batch/${id}`)).body
const turn = <T = Batch>(id: string, to: 'pause' | 'resume' | 'cancel') =>
  world.api<T>('POST', `/v1/messages/batch/${id}/${to}`)
const usersOf = (recipients: Recipient[]) => recipients.map(({ user }) => user)
const saidTo = async ({ openid }: Recipient): Promise<string[]> =>
  ((await world.sim('GET', `/sends?touser=${openid}`)) as { data: { thing1: { value: string } } }[]).map(
    (send) => send.data.thing1.value,
  )
const timesTold = (recipients: Recipient[]) =>
  Promise.all(recipients.map(async (recipient) => (await saidTo(recipient)).length))
/** Sent, joined with its receipts, and looked at once more. */
async function settle() {
  for (let round = 0; round < 3; round++) await world.app.housekeep()
}
async function told(type: string, batch: string) {
  const { body } = await world.api<{ data: { type: string; data: { batch_id?: string } }[] }>(
    'GET',
    '/v1/events?limit=1000',
  )
  return body.data.filter((event) => event.type === type && event.data.batch_id === batch).map((event) => event.data)
}
/** What is later stays so until the clock goes back. */
async function later(ms: number, work: () => Promise<void>) {
  world.clock.advance(ms)
  try {
    await work()
  } finally {
    world.clock.advance(-ms)
  }
}
/** In pieces of 200: known users far apart in a list of strangers. */
function scattered(recipients: Recipient[], total: number): string[] {
  const list = Array.from({ length: total }, (_, position) => `stranger ${position}`)
  for (const [n, { user }] of recipients.entries()) list[Math.floor((n * total) / recipients.length)] = user
  return list
}

describe('a batch', () => {
  test('reaches everybody in the list, each with values of their own; who is not known fails alone', async () => {
    const [one, two] = await newUsers(2)
    if (!one || !two) throw new Error('two people')
    const { status, body } = await post({ users: [one.user, 'nobody', { user: two.user, data: { thing1: '龙井' } }] })
    expect(status).toBe(202)
    expect(body).toMatchObject({ state: 'running', total: 3, queued: 3, accepted: 0 })
    await settle()
    expect(await get(body.id)).toMatchObject({
      state: 'finished',
      total: 3,
      queued: 0,
      delivered: 2,
      failed: 1,
      failures: [{ position: 1, reason: 'unknown_user' }],
    })
    expect([await saidTo(one), await saidTo(two)]).toEqual([['铁观音'], ['龙井']])
    expect(await told('batch.finished', body.id)).toMatchObject([{ state: 'finished', total: 3, failed: 1 }])
    expect(
      (await told('message.delivered', body.id)).map((event) => (event as { position?: number }).position),
    ).toEqual(expect.arrayContaining([0, 2]))
  })

  test('is refused whole where a value would be, and its place in the list is named [B58]', async () => {
    const [one] = await newUsers(1)
    const refused = await post<Problem & { errors: object[] }>({
      users: [one?.user, { user: one?.user, data: { thing1: '两\n行' } }],
    })
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_value' } })
    expect(refused.body.errors).toMatchObject([{ path: 'users[1].data.thing1' }])
    expect((await post<Problem>({ users: [one?.user], url: 'https://evil.example/' })).body.code).toBe(
      'url_not_allowed',
    )
    expect((await post<Problem>({ users: [one?.user], template: 'no_such' })).body.code).toBe('invalid_value')
    expect((await post<Problem>({ users: [] })).status).toBe(422)
    await settle()
    expect(one && (await saidTo(one))).toEqual([])
  })

  test('is refused whole where it has fields that no template has, however many [B58]', async () => {
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, number) => [`a${number}`, '']))
    for (const body of [{ users: ['x'], data: many }, { users: [{ user: 'x', data: many }] }]) {
      const refused = await post<Problem & { errors: object[] }>(body)
      expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_value' } })
      expect(refused.body.errors.length).toBeLessThanOrEqual(20)
    }
  })

  test('reaches who stands in it twice, under two names, once', async () => {
    const [one] = await newUsers(1)
    if (!one) throw new Error('one person')
    await world.api('PUT', `/v1/users/${one.user}/external_user_id`, { external_user_id: `no ${one.openid}` })
    const { body } = await post({ users: [one.user, `no ${one.openid}`, one.user] })
    await settle()
    expect(await get(body.id)).toMatchObject({
      delivered: 1,
      failures: [
        { position: 1, reason: 'duplicate' },
        { position: 2, reason: 'duplicate' },
      ],
    })
    expect(await saidTo(one)).toHaveLength(1)
  })

  test('is one for one key, however often it is asked for [B53]', async () => {
    const recipients = await newUsers(2)
    const users = usersOf(recipients)
    const key = { 'idempotency-key': `list of ${users[0]}` }
    const answers = await Promise.all(Array.from({ length: 10 }, () => post({ users }, key)))
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1)
    expect((await post<Problem>({ users: users.slice(1) }, key)).body.code).toBe('idempotency_mismatch')
    await settle()
    expect(await timesTold(recipients)).toEqual([1, 1])
  })

  test('is seen by its own app only', async () => {
    const { body } = await post({ users: ['nobody'] })
    const { apiKey } = await world.addSite()
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/pause'],
      ['POST', '/cancel'],
    ] as const)
      expect((await world.api(method, `/v1/messages/batch/${body.id}${path}`, undefined, { key: apiKey })).status).toBe(
        404,
      )
    await settle()
  })
})

describe('a batch that is paused', () => {
  test('makes no messages, and goes on where it stood', async () => {
    const recipients = await newUsers(2)
    const { body } = await post({ users: usersOf(recipients) })
    expect((await turn(body.id, 'pause')).body).toMatchObject({ state: 'paused', queued: 2 })
    expect((await turn(body.id, 'pause')).status).toBe(200)
    await settle()
    expect(await get(body.id)).toMatchObject({ state: 'paused', queued: 2 })
    expect(await timesTold(recipients)).toEqual([0, 0])
    expect((await turn(body.id, 'resume')).body).toMatchObject({ state: 'running' })
    await settle()
    expect(await get(body.id)).toMatchObject({ state: 'finished', delivered: 2 })
    expect(await timesTold(recipients)).toEqual([1, 1])
    expect((await turn<Problem>(body.id, 'pause')).body).toMatchObject({ status: 410, code: 'batch_over' })
  })

  test('and resumed again and again has no more work done for it than once', async () => {
    const { body } = await post({ users: scattered([], 600) })
    for (let round = 0; round < 8; round++) for (const to of ['pause', 'resume'] as const) await turn(body.id, to)
    await settle()
    expect(await get(body.id)).toMatchObject({ state: 'finished', failed: 600 })
    const jobs = await look<{ payload: string }>(world, `SELECT payload FROM jobs WHERE kind = 'batches.expand'`)
    // One for each time it was set going, and one after each of its three parts.
    expect(jobs.filter(({ payload }) => payload.includes(body.id)).length).toBeLessThanOrEqual(1 + 8 + 3)
  })

  test('holds back what is a message already, and nothing else of the same person', async () => {
    const recipients = await newUsers(2)
    const [one] = recipients
    const sendAt = new Date(world.clock.now() + 3_600_000).toISOString()
    const { body } = await post({ users: usersOf(recipients), send_at: sendAt })
    await settle()
    await turn(body.id, 'pause')
    await later(3_600_000, async () => {
      await world.api('POST', '/v1/messages', { user: one?.user, template: 'in_stock', data: { thing1: '别的' } })
      await settle()
      expect(one && (await saidTo(one))).toEqual(['别的'])
      expect(await get(body.id)).toMatchObject({ state: 'paused', queued: 2 })
      await turn(body.id, 'resume')
      await settle()
      expect(await timesTold(recipients)).toEqual([2, 1])
      expect(await get(body.id)).toMatchObject({ state: 'finished' })
    })
  })

  test('for too long is not sent any more', async () => {
    const recipients = await newUsers(1)
    const notAfter = new Date(world.clock.now() + 60_000).toISOString()
    const { body } = await post({ users: usersOf(recipients), not_after: notAfter })
    await turn(body.id, 'pause')
    await later(120_000, async () => {
      await turn(body.id, 'resume')
      await settle()
    })
    expect(await get(body.id)).toMatchObject({ state: 'finished', expired: 1 })
    expect(await timesTold(recipients)).toEqual([0])
  })
})

describe('a batch that is cancelled', () => {
  test('sends nothing more, of its list or of its messages, and says so of each message', async () => {
    const recipients = await newUsers(2)
    const sendAt = new Date(world.clock.now() + 3_600_000).toISOString()
    const { body } = await post({ users: scattered(recipients, 450), send_at: sendAt })
    await settle()
    const listed = await post({ users: usersOf(recipients) })
    for (const id of [body.id, listed.body.id]) expect((await turn(id, 'cancel')).body.state).toBe('cancelled')
    await settle()
    await later(3_600_000, settle)
    expect(await get(body.id)).toMatchObject({ state: 'cancelled', suppressed: 2, failed: 448, queued: 0 })
    expect(await get(listed.body.id)).toMatchObject({ state: 'cancelled', suppressed: 2, failed: 0, queued: 0 })
    expect(await told('message.suppressed', body.id)).toHaveLength(2)
    expect(await told('batch.finished', listed.body.id)).toMatchObject([{ state: 'cancelled', suppressed: 2 }])
    expect(await timesTold(recipients)).toEqual([0, 0])
    expect((await turn<Problem>(body.id, 'resume')).body.code).toBe('batch_over')
  })
})

describe('whatever happens between, nobody is told twice and nobody is left out', () => {
  test.each(['before', 'after'] as const)('a node that dies %s a piece of the list is kept', async (moment) => {
    const recipients = await newUsers(3)
    const { body } = await post({ users: scattered(recipients, 600) })
    const { store, messages } = world.app
    const prepare = messages.prepare.bind(messages)
    const write = store.write.bind(store)
    let prepared = 0
    let deaths = 0
    vi.spyOn(messages, 'prepare').mockImplementation((...input) => {
      prepared++
      return prepare(...input)
    })
    vi.spyOn(store, 'write').mockImplementation(async (fn) => {
      const dies = prepared >= 400 && deaths === 0
      if (dies) deaths++
      if (dies && moment === 'before') throw new Error('dead')
      const result = await write(fn)
      if (dies) throw new Error('dead')
      return result
    })
    await expect(world.app.housekeep()).rejects.toThrow('dead')
    expect(await get(body.id)).toMatchObject({ state: 'running', queued: expect.any(Number) })
    await later(10_000, settle)
    expect(deaths).toBe(1)
    expect(await get(body.id)).toMatchObject({ state: 'finished', delivered: 3, failed: 597 })
    expect(await timesTold(recipients)).toEqual([1, 1, 1])
    expect(await told('batch.finished', body.id)).toHaveLength(1)
  })

  test('it is paused and resumed while it is expanded and sent', async () => {
    const recipients = await newUsers(4)
    const { body } = await post({ users: scattered(recipients, 800) })
    const waver = async () => {
      for (let round = 0; round < 10; round++) for (const to of ['pause', 'resume'] as const) await turn(body.id, to)
    }
    await Promise.all([settle(), waver(), settle()])
    await turn(body.id, 'resume')
    await later(10_000, settle)
    expect(await get(body.id)).toMatchObject({ state: 'finished', delivered: 4, failed: 796 })
    expect(await timesTold(recipients)).toEqual([1, 1, 1, 1])
    expect(await told('batch.finished', body.id)).toHaveLength(1)
  })

  test('it is cancelled while it is expanded and sent, and every user is counted', async () => {
    const recipients = await newUsers(4)
    const { body } = await post({ users: scattered(recipients, 800) })
    await Promise.all([settle(), turn(body.id, 'cancel')])
    await later(10_000, settle)
    const { total, suppressed, delivered, failed, forgotten, state } = await get(body.id)
    expect({ total, state, forgotten }).toEqual({ total: 800, state: 'cancelled', forgotten: 0 })
    expect(Number(suppressed) + Number(delivered) + Number(failed)).toBe(800)
    const times = await timesTold(recipients)
    expect(times.reduce((sum, one) => sum + one, 0)).toBe(delivered)
    expect(Math.max(...times)).toBeLessThanOrEqual(1)
  })
})

describe('a batch that Hufu cannot go on with', () => {
  /** Eight tries, each after the rest that follows the one before. */
  async function failEightTimes(): Promise<void> {
    vi.spyOn(world.app.messages, 'prepare').mockRejectedValue(new TypeError('a bug'))
    for (let tries = 0; tries < 8; tries++) {
      await world.app.housekeep().catch(() => {})
      world.clock.advance(40 * 60_000)
    }
    vi.restoreAllMocks()
    world.clock.advance(-8 * 40 * 60_000)
  }

  test('is paused, says why, tells its site, and goes on when it is resumed', async () => {
    const recipients = await newUsers(2)
    const { body } = await post({ users: scattered(recipients, 210) })
    await failEightTimes()
    const stuck = { state: 'paused', reason: 'internal', total: 210, queued: 210 }
    expect(await get(body.id)).toMatchObject(stuck)
    expect(await told('batch.paused', body.id)).toMatchObject([stuck])
    await settle()
    expect(await get(body.id)).toMatchObject(stuck)
    const resumed = await turn(body.id, 'resume')
    expect(resumed.body.state).toBe('running')
    expect(resumed.body).not.toHaveProperty('reason')
    await settle()
    expect(await get(body.id)).toMatchObject({ state: 'finished', delivered: 2, failed: 208 })
    expect(await timesTold(recipients)).toEqual([1, 1])
  })

  test('can be cancelled instead', async () => {
    const { body } = await post({ users: ['nobody'] })
    await failEightTimes()
    expect((await turn(body.id, 'cancel')).body).toMatchObject({ state: 'cancelled', suppressed: 1 })
    await settle()
    expect(await told('batch.finished', body.id)).toMatchObject([{ state: 'cancelled', suppressed: 1 }])
    expect(await get(body.id)).not.toHaveProperty('reason')
  })
})

describe('somebody who is erased', () => {
  test('is in no list any more, and is told nothing', async () => {
    const [gone, stays] = await newUsers(2)
    if (!gone || !stays) throw new Error('two people')
    await world.api('PUT', `/v1/users/${gone.user}/external_user_id`, { external_user_id: `no ${gone.openid}` })
    const { body } = await post({ users: [gone.user, `no ${gone.openid}`, stays.user] })
    await turn(body.id, 'pause')
    const exported = await world.api<{ batches: object[] }>('GET', `/v1/users/${gone.user}/export`)
    expect(exported.body.batches).toHaveLength(2)
    expect((await world.api('DELETE', `/v1/users/${gone.user}`)).status).toBeLessThan(300)
    await turn(body.id, 'resume')
    await settle()
    expect(await get(body.id)).toMatchObject({ state: 'finished', delivered: 1, forgotten: 2, failures: [] })
    expect(await timesTold([gone, stays])).toEqual([0, 1])
  })

  test('as a person of no site any more stands in no list', async () => {
    const [one] = await newUsers(1)
    if (!one) throw new Error('one person')
    await world.api('PUT', `/v1/users/${one.user}/external_user_id`, { external_user_id: `no ${one.openid}` })
    expect((await world.api('DELETE', `/v1/users/${one.user}/binding`)).status).toBe(204)
  })

  test('while their part of the list is being read is not written down again', async () => {
    const [gone, stays] = await newUsers(2)
    if (!gone || !stays) throw new Error('two people')
    const { body } = await post({ users: [stays.user, gone.user] })
    const { messages } = world.app
    const prepare = messages.prepare.bind(messages)
    let read = 0
    vi.spyOn(messages, 'prepare').mockImplementation(async (...input) => {
      const prepared = await prepare(...input)
      if (++read === 2) await world.api('DELETE', `/v1/users/${gone.user}`)
      return prepared
    })
    await settle()
    expect(await get(body.id)).toMatchObject({ state: 'finished', delivered: 1, forgotten: 1 })
    expect(await timesTold([gone, stays])).toEqual([0, 1])
  })

  test('or parted from the site while their part of the list is being read, is told nothing', async () => {
    const [gone, stays] = await newUsers(2)
    if (!gone || !stays) throw new Error('two people')
    await world.api('PUT', `/v1/users/${gone.user}/external_user_id`, { external_user_id: `no ${gone.openid}` })
    await joinAnotherSite(gone)
    const { body } = await post({ users: [stays.user, gone.user] })
    const { messages } = world.app
    const prepare = messages.prepare.bind(messages)
    let read = 0
    vi.spyOn(messages, 'prepare').mockImplementation(async (...input) => {
      const prepared = await prepare(...input)
      if (++read === 2) await world.api('DELETE', `/v1/users/${gone.user}/binding`)
      return prepared
    })
    await settle()
    expect(await get(body.id)).toMatchObject({ state: 'finished', delivered: 1, failed: 1 })
    expect(await timesTold([gone, stays])).toEqual([0, 1])
  })

  test('leaves nothing of a list behind once it has become messages', async () => {
    const { body } = await post({ users: ['nobody'] })
    await settle()
    expect(await look(world, `SELECT first FROM batch_parts`)).toEqual([])
    expect(await look(world, `SELECT said_sealed FROM batches WHERE id = '${body.id}'`)).toEqual([
      { said_sealed: null },
    ])
  })
})

test('a batch is forgotten after a month', async () => {
  const { body } = await post({ users: ['nobody'] })
  await settle()
  await later(31 * 24 * 3_600_000, () => world.app.housekeep())
  expect((await world.api('GET', `/v1/messages/batch/${body.id}`)).status).toBe(404)
})

test('a batch of thousands is forgotten in pieces, so that nobody waits for one of them', async () => {
  const { body } = await post({ users: scattered([], 1_201) })
  await settle()
  expect((await get(body.id)).failures).toHaveLength(1_201)
  const { batches, store } = world.app
  const left = async () =>
    (await look(world, `SELECT position FROM batch_failures WHERE batch_id = '${body.id}'`)).length
  const pieces: number[] = []
  const write: typeof store.write = async (fn) => {
    const before = await left()
    const result = await store.write(fn)
    pieces.push(before - (await left()))
    return result
  }
  await later(31 * 24 * 3_600_000, () =>
    batches.forget({
      payload: null,
      signal: new AbortController().signal,
      write,
      finish: async () => {},
      postpone: async () => {},
    }),
  )
  expect(pieces.filter((size) => size > 0)).toEqual([500, 500, 201])
  expect((await world.api('GET', `/v1/messages/batch/${body.id}`)).status).toBe(404)
})
