import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Batching, scattered, startBatching, usersOf } from './batching.ts'
import type { Harness, Problem } from './harness.ts'
import { look } from './wire.ts'

let batching: Batching
let world: Harness
beforeAll(async () => {
  batching = await startBatching()
  world = batching.world
})
afterAll(() => world.close())

describe('a batch', () => {
  test('reaches everybody in the list, each with values of their own; who is not known fails alone', async () => {
    const [one, two] = await batching.newUsers(2)
    if (!one || !two) throw new Error('two people')
    const { status, body } = await batching.post({
      users: [one.user, 'nobody', { user: two.user, data: { thing1: '龙井' } }],
    })
    expect(status).toBe(202)
    expect(body).toMatchObject({ state: 'running', total: 3, queued: 3, accepted: 0 })
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({
      state: 'finished',
      total: 3,
      queued: 0,
      delivered: 2,
      failed: 1,
      failures: [{ position: 1, reason: 'unknown_user' }],
    })
    expect([await batching.saidTo(one), await batching.saidTo(two)]).toEqual([['铁观音'], ['龙井']])
    expect(await batching.told('batch.finished', body.id)).toMatchObject([{ state: 'finished', total: 3, failed: 1 }])
    expect(
      (await batching.told('message.delivered', body.id)).map((event) => (event as { position?: number }).position),
    ).toEqual(expect.arrayContaining([0, 2]))
  })

  test('is refused whole where a value would be, and its place in the list is named [B58]', async () => {
    const [one] = await batching.newUsers(1)
    const refused = await batching.post<Problem & { errors: object[] }>({
      users: [one?.user, { user: one?.user, data: { thing1: '两\n行' } }],
    })
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_value' } })
    expect(refused.body.errors).toMatchObject([{ path: 'users[1].data.thing1' }])
    expect((await batching.post<Problem>({ users: [one?.user], url: 'https://evil.example/' })).body.code).toBe(
      'url_not_allowed',
    )
    expect((await batching.post<Problem>({ users: [one?.user], template: 'no_such' })).body.code).toBe('invalid_value')
    expect((await batching.post<Problem>({ users: [] })).status).toBe(422)
    await batching.settle()
    expect(one && (await batching.saidTo(one))).toEqual([])
  })

  test('is refused whole where it has fields that no template has, however many [B58]', async () => {
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, number) => [`a${number}`, '']))
    for (const body of [{ users: ['x'], data: many }, { users: [{ user: 'x', data: many }] }]) {
      const refused = await batching.post<Problem & { errors: object[] }>(body)
      expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_value' } })
      expect(refused.body.errors.length).toBeLessThanOrEqual(20)
    }
  })

  test('reaches who stands in it twice, under two names, once', async () => {
    const [one] = await batching.newUsers(1)
    if (!one) throw new Error('one person')
    await world.api('PUT', `/v1/users/${one.user}/external_user_id`, { external_user_id: `no ${one.openid}` })
    const { body } = await batching.post({ users: [one.user, `no ${one.openid}`, one.user] })
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({
      delivered: 1,
      failures: [
        { position: 1, reason: 'duplicate' },
        { position: 2, reason: 'duplicate' },
      ],
    })
    expect(await batching.saidTo(one)).toHaveLength(1)
  })

  test('is one for one key, however often it is asked for [B53]', async () => {
    const recipients = await batching.newUsers(2)
    const users = usersOf(recipients)
    const key = { 'idempotency-key': `list of ${users[0]}` }
    const answers = await Promise.all(Array.from({ length: 10 }, () => batching.post({ users }, key)))
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1)
    expect((await batching.post<Problem>({ users: users.slice(1) }, key)).body.code).toBe('idempotency_mismatch')
    await batching.settle()
    expect(await batching.timesTold(recipients)).toEqual([1, 1])
  })

  test('is seen by its own app only', async () => {
    const { body } = await batching.post({ users: ['nobody'] })
    const { apiKey } = await world.addSite()
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/pause'],
      ['POST', '/cancel'],
    ] as const)
      expect((await world.api(method, `/v1/messages/batch/${body.id}${path}`, undefined, { key: apiKey })).status).toBe(
        404,
      )
    await batching.settle()
  })
})

describe('a batch that is paused', () => {
  test('makes no messages, and goes on where it stood', async () => {
    const recipients = await batching.newUsers(2)
    const { body } = await batching.post({ users: usersOf(recipients) })
    expect((await batching.turn(body.id, 'pause')).body).toMatchObject({ state: 'paused', queued: 2 })
    expect((await batching.turn(body.id, 'pause')).status).toBe(200)
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({ state: 'paused', queued: 2 })
    expect(await batching.timesTold(recipients)).toEqual([0, 0])
    expect((await batching.turn(body.id, 'resume')).body).toMatchObject({ state: 'running' })
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', delivered: 2 })
    expect(await batching.timesTold(recipients)).toEqual([1, 1])
    expect((await batching.turn<Problem>(body.id, 'pause')).body).toMatchObject({ status: 410, code: 'batch_over' })
  })

  test('and resumed again and again has no more work done for it than once', async () => {
    const { body } = await batching.post({ users: scattered([], 600) })
    for (let round = 0; round < 8; round++)
      for (const to of ['pause', 'resume'] as const) await batching.turn(body.id, to)
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', failed: 600 })
    const jobs = await look<{ payload: string }>(world, `SELECT payload FROM jobs WHERE kind = 'batches.expand'`)
    // One for each time it was set going, and one after each of its three parts.
    expect(jobs.filter(({ payload }) => payload.includes(body.id)).length).toBeLessThanOrEqual(1 + 8 + 3)
  })

  test('holds back what is a message already, and nothing else of the same person', async () => {
    const recipients = await batching.newUsers(2)
    const [one] = recipients
    const sendAt = new Date(world.clock.now() + 3_600_000).toISOString()
    const { body } = await batching.post({ users: usersOf(recipients), send_at: sendAt })
    await batching.settle()
    await batching.turn(body.id, 'pause')
    await batching.later(3_600_000, async () => {
      await world.api('POST', '/v1/messages', { user: one?.user, template: 'in_stock', data: { thing1: '别的' } })
      await batching.settle()
      expect(one && (await batching.saidTo(one))).toEqual(['别的'])
      expect(await batching.get(body.id)).toMatchObject({ state: 'paused', queued: 2 })
      await batching.turn(body.id, 'resume')
      await batching.settle()
      expect(await batching.timesTold(recipients)).toEqual([2, 1])
      expect(await batching.get(body.id)).toMatchObject({ state: 'finished' })
    })
  })

  test('for too long is not sent any more', async () => {
    const recipients = await batching.newUsers(1)
    const notAfter = new Date(world.clock.now() + 60_000).toISOString()
    const { body } = await batching.post({ users: usersOf(recipients), not_after: notAfter })
    await batching.turn(body.id, 'pause')
    await batching.later(120_000, async () => {
      await batching.turn(body.id, 'resume')
      await batching.settle()
    })
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', expired: 1 })
    expect(await batching.timesTold(recipients)).toEqual([0])
  })
})

describe('a batch that is cancelled', () => {
  test('sends nothing more, of its list or of its messages, and says so of each message', async () => {
    const recipients = await batching.newUsers(2)
    const sendAt = new Date(world.clock.now() + 3_600_000).toISOString()
    const { body } = await batching.post({ users: scattered(recipients, 450), send_at: sendAt })
    await batching.settle()
    const listed = await batching.post({ users: usersOf(recipients) })
    for (const id of [body.id, listed.body.id]) expect((await batching.turn(id, 'cancel')).body.state).toBe('cancelled')
    await batching.settle()
    await batching.later(3_600_000, batching.settle)
    expect(await batching.get(body.id)).toMatchObject({ state: 'cancelled', suppressed: 2, failed: 448, queued: 0 })
    expect(await batching.get(listed.body.id)).toMatchObject({
      state: 'cancelled',
      suppressed: 2,
      failed: 0,
      queued: 0,
    })
    expect(await batching.told('message.suppressed', body.id)).toHaveLength(2)
    expect(await batching.told('batch.finished', listed.body.id)).toMatchObject([{ state: 'cancelled', suppressed: 2 }])
    expect(await batching.timesTold(recipients)).toEqual([0, 0])
    expect((await batching.turn<Problem>(body.id, 'resume')).body.code).toBe('batch_over')
  })
})
