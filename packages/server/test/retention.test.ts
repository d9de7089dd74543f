import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Harness, startHarness } from './harness.ts'
import { look } from './wire.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

const forgotten = ['idempotency_keys', 'oauth_states', 'quarantine'] as const
const many = Array.from({ length: 1_201 }, (_, n) => String(n))

test('what has piled up is forgotten in pieces: no transaction deletes more than 500 rows of a table', async () => {
  const { store } = world.app
  await store.write(async (tx) => {
    const key = { app_id: world.site.id, request_hash: '', object_id: '', created_at: 1 }
    await tx
      .insertInto('idempotency_keys')
      .values(many.map((n) => ({ ...key, key: n })))
      .execute()
    const state = { appid: '', flow_id: '', path: '', cookie_hash: '', used_at: null, expires_at: 1 }
    await tx
      .insertInto('oauth_states')
      .values(many.map((n) => ({ ...state, state_hash: n })))
      .execute()
    const push = { appid: '', reason: '', document_sealed: new Uint8Array([0]), received_at: 1 }
    await tx
      .insertInto('quarantine')
      .values(many.map(() => push))
      .execute()
    await tx
      .insertInto('idempotency_keys')
      .values({ ...key, key: 'new', created_at: world.clock.now() })
      .execute()
  })
  const columns = forgotten.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`)
  async function count(): Promise<number[]> {
    const [row] = await look<Record<string, number>>(world, `SELECT ${columns.join(', ')}`)
    return forgotten.map((table) => Number(row?.[table]))
  }
  const seen = [await count()]
  const write = store.write.bind(store)
  vi.spyOn(store, 'write').mockImplementation(async (fn) => {
    const result = await write(fn)
    seen.push(await count())
    return result
  })
  await world.app.housekeep()
  const most = forgotten.map((_, table) =>
    Math.max(...seen.slice(1).map((now, n) => (seen[n]?.[table] ?? 0) - (now[table] ?? 0))),
  )
  expect(await count()).toEqual([1, 0, 0])
  expect(most).toEqual([500, 500, 500])
})
