import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Batching, scattered, startBatching } from './batching.ts'
import type { Harness } from './harness.ts'

let batching: Batching
let world: Harness
beforeAll(async () => {
  batching = await startBatching()
  world = batching.world
})
afterAll(() => world.close())
afterEach(() => void vi.restoreAllMocks())

describe('whatever happens between, nobody is told twice and nobody is left out', () => {
  test.each(['before', 'after'] as const)('a node that dies %s a piece of the list is kept', async (moment) => {
    const recipients = await batching.newUsers(3)
    const { body } = await batching.post({ users: scattered(recipients, 600) })
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
    expect(await batching.get(body.id)).toMatchObject({ state: 'running', queued: expect.any(Number) })
    await batching.later(10_000, batching.settle)
    expect(deaths).toBe(1)
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', delivered: 3, failed: 597 })
    expect(await batching.timesTold(recipients)).toEqual([1, 1, 1])
    expect(await batching.told('batch.finished', body.id)).toHaveLength(1)
  })

  test('it is paused and resumed while it is expanded and sent', async () => {
    const recipients = await batching.newUsers(4)
    const { body } = await batching.post({ users: scattered(recipients, 800) })
    const waver = async () => {
      for (let round = 0; round < 10; round++)
        for (const to of ['pause', 'resume'] as const) await batching.turn(body.id, to)
    }
    await Promise.all([batching.settle(), waver(), batching.settle()])
    await batching.turn(body.id, 'resume')
    await batching.later(10_000, batching.settle)
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', delivered: 4, failed: 796 })
    expect(await batching.timesTold(recipients)).toEqual([1, 1, 1, 1])
    expect(await batching.told('batch.finished', body.id)).toHaveLength(1)
  })

  test('it is cancelled while it is expanded and sent, and every user is counted', async () => {
    const recipients = await batching.newUsers(4)
    const { body } = await batching.post({ users: scattered(recipients, 800) })
    await Promise.all([batching.settle(), batching.turn(body.id, 'cancel')])
    await batching.later(10_000, batching.settle)
    const { total, suppressed, delivered, failed, forgotten, state } = await batching.get(body.id)
    expect({ total, state, forgotten }).toEqual({ total: 800, state: 'cancelled', forgotten: 0 })
    expect(Number(suppressed) + Number(delivered) + Number(failed)).toBe(800)
    const times = await batching.timesTold(recipients)
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
    const recipients = await batching.newUsers(2)
    const { body } = await batching.post({ users: scattered(recipients, 210) })
    await failEightTimes()
    const stuck = { state: 'paused', reason: 'internal', total: 210, queued: 210 }
    expect(await batching.get(body.id)).toMatchObject(stuck)
    expect(await batching.told('batch.paused', body.id)).toMatchObject([stuck])
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject(stuck)
    const resumed = await batching.turn(body.id, 'resume')
    expect(resumed.body.state).toBe('running')
    expect(resumed.body).not.toHaveProperty('reason')
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', delivered: 2, failed: 208 })
    expect(await batching.timesTold(recipients)).toEqual([1, 1])
  })

  test('can be cancelled instead', async () => {
    const { body } = await batching.post({ users: ['nobody'] })
    await failEightTimes()
    expect((await batching.turn(body.id, 'cancel')).body).toMatchObject({ state: 'cancelled', suppressed: 1 })
    await batching.settle()
    expect(await batching.told('batch.finished', body.id)).toMatchObject([{ state: 'cancelled', suppressed: 1 }])
    expect(await batching.get(body.id)).not.toHaveProperty('reason')
  })
})
