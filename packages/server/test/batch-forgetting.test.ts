import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Batching, scattered, startBatching } from './batching.ts'
import type { Harness } from './harness.ts'
import { look } from './wire.ts'

let batching: Batching
let world: Harness
beforeAll(async () => {
  batching = await startBatching()
  world = batching.world
})
afterAll(() => world.close())
afterEach(() => void vi.restoreAllMocks())

describe('somebody who is erased', () => {
  test('is in no list any more, and is told nothing', async () => {
    const [gone, stays] = await batching.newUsers(2)
    if (!gone || !stays) throw new Error('two people')
    await world.api('PUT', `/v1/users/${gone.user}/external_user_id`, { external_user_id: `no ${gone.openid}` })
    const { body } = await batching.post({ users: [gone.user, `no ${gone.openid}`, stays.user] })
    await batching.turn(body.id, 'pause')
    const exported = await world.api<{ batches: object[] }>('GET', `/v1/users/${gone.user}/export`)
    expect(exported.body.batches).toHaveLength(2)
    expect((await world.api('DELETE', `/v1/users/${gone.user}`)).status).toBeLessThan(300)
    await batching.turn(body.id, 'resume')
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', delivered: 1, forgotten: 2, failures: [] })
    expect(await batching.timesTold([gone, stays])).toEqual([0, 1])
  })

  test('as a person of no site any more stands in no list', async () => {
    const [one] = await batching.newUsers(1)
    if (!one) throw new Error('one person')
    await world.api('PUT', `/v1/users/${one.user}/external_user_id`, { external_user_id: `no ${one.openid}` })
    expect((await world.api('DELETE', `/v1/users/${one.user}/binding`)).status).toBe(204)
  })

  test('while their part of the list is being read is not written down again', async () => {
    const [gone, stays] = await batching.newUsers(2)
    if (!gone || !stays) throw new Error('two people')
    const { body } = await batching.post({ users: [stays.user, gone.user] })
    const { messages } = world.app
    const prepare = messages.prepare.bind(messages)
    let read = 0
    vi.spyOn(messages, 'prepare').mockImplementation(async (...input) => {
      const prepared = await prepare(...input)
      if (++read === 2) await world.api('DELETE', `/v1/users/${gone.user}`)
      return prepared
    })
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', delivered: 1, forgotten: 1 })
    expect(await batching.timesTold([gone, stays])).toEqual([0, 1])
  })

  test('or parted from the site while their part of the list is being read, is told nothing', async () => {
    const [gone, stays] = await batching.newUsers(2)
    if (!gone || !stays) throw new Error('two people')
    await world.api('PUT', `/v1/users/${gone.user}/external_user_id`, { external_user_id: `no ${gone.openid}` })
    await batching.joinAnotherSite(gone)
    const { body } = await batching.post({ users: [stays.user, gone.user] })
    const { messages } = world.app
    const prepare = messages.prepare.bind(messages)
    let read = 0
    vi.spyOn(messages, 'prepare').mockImplementation(async (...input) => {
      const prepared = await prepare(...input)
      if (++read === 2) await world.api('DELETE', `/v1/users/${gone.user}/binding`)
      return prepared
    })
    await batching.settle()
    expect(await batching.get(body.id)).toMatchObject({ state: 'finished', delivered: 1, failed: 1 })
    expect(await batching.timesTold([gone, stays])).toEqual([0, 1])
  })

  test('leaves nothing of a list behind once it has become messages', async () => {
    const { body } = await batching.post({ users: ['nobody'] })
    await batching.settle()
    expect(await look(world, `SELECT first FROM batch_parts`)).toEqual([])
    expect(await look(world, `SELECT said_sealed FROM batches WHERE id = '${body.id}'`)).toEqual([
      { said_sealed: null },
    ])
  })
})

test('a batch is forgotten after a month', async () => {
  const { body } = await batching.post({ users: ['nobody'] })
  await batching.settle()
  await batching.later(31 * 24 * 3_600_000, () => world.app.housekeep())
  expect((await world.api('GET', `/v1/messages/batch/${body.id}`)).status).toBe(404)
})

test('a batch of thousands is forgotten in pieces, so that nobody waits for one of them', async () => {
  const { body } = await batching.post({ users: scattered([], 1_201) })
  await batching.settle()
  expect((await batching.get(body.id)).failures).toHaveLength(1_201)
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
  await batching.later(31 * 24 * 3_600_000, () =>
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
