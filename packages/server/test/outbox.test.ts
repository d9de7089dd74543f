import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLive } from '../src/live/live.ts'
import { createOutbox, type Job, LeaseLost, type Outbox } from '../src/outbox/outbox.ts'
import { systemClock } from '../src/store/clock.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { createDatabase, type TestDatabase } from './database.ts'

/** Two nodes on one database: two outboxes that know nothing of each other, and a clock that can be moved. */
let folder: string
let database: TestDatabase
let store: Store
let advanced = 0
const system = systemClock()
const clock = { now: () => system.now() + advanced }
const silent = { error() {} }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hufu-outbox-'))
  database = await createDatabase()
  store = await openStore({ sqlitePath: join(folder, 'a.sqlite'), databaseUrl: database.config.databaseUrl?.reveal() })
})
afterEach(async () => {
  await store.close()
  await database.drop()
  rmSync(folder, { recursive: true })
})

function node(): Outbox {
  return createOutbox({ store, clock, live: createLive(store), log: silent })
}

async function enqueue(outbox: Outbox, job: Parameters<Outbox['enqueue']>[1]): Promise<void> {
  await store.write((tx) => outbox.enqueue(tx, job))
}

const states = () =>
  store.db.selectFrom('jobs').select(['state', 'attempts', 'last_error']).where('every_ms', 'is', null).execute()

test('a job enqueued in a transaction that fails never was', async () => {
  const outbox = node()
  outbox.handle('greet', 'platform', async () => {})
  const failing = store.write(async (tx) => {
    await outbox.enqueue(tx, { kind: 'greet', payload: 1 })
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await states()).toEqual([])
})

test('of a kind there is one job with a key', async () => {
  const outbox = node()
  outbox.handle('greet', 'platform', async () => {})
  await enqueue(outbox, { kind: 'greet', key: 'a', payload: 1 })
  await enqueue(outbox, { kind: 'greet', key: 'a', payload: 2 })
  await enqueue(outbox, { kind: 'greet', key: 'b', payload: 3 })
  expect(await states()).toHaveLength(2)
})

test('fifty jobs and three nodes: each is done once', async () => {
  const done: unknown[] = []
  const nodes = [node(), node(), node()]
  for (const one of nodes) one.handle('count', 'platform', async ({ payload }) => void done.push(payload))
  for (let n = 0; n < 50; n++) await enqueue(nodes[0] as Outbox, { kind: 'count', payload: n })
  await Promise.all(nodes.map((one) => one.runAll()))
  expect(done.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 50 }, (_, n) => n))
  expect((await states()).every(({ state }) => state === 'done')).toBe(true)
})

test('a node whose lease ran out can neither write nor end what another has taken over [F14]', async () => {
  const [zombie, heir] = [node(), node()]
  const written: string[] = []
  const asleep = Promise.withResolvers<Job>()
  const awake = Promise.withResolvers<void>()
  zombie.handle('send', 'platform', async (job) => {
    asleep.resolve(job)
    await awake.promise
    await job.write(async () => void written.push('zombie'))
  })
  heir.handle('send', 'platform', (job) => job.write(async () => void written.push('heir')))
  await enqueue(zombie, { kind: 'send', payload: 1 })
  const stalled = zombie.runAll()
  stalled.catch(() => {})
  await asleep.promise
  await heir.runAll()
  expect(written).toEqual([])
  advanced += 31_000
  await heir.runAll()
  expect(written).toEqual(['heir'])
  awake.resolve()
  await expect(stalled).rejects.toThrow(LeaseLost)
  expect(written).toEqual(['heir'])
  expect(await states()).toMatchObject([{ state: 'done', attempts: 2 }])
})

test('who looks while others are at what is due writes nothing', async () => {
  const [busy, idle] = [node(), node()]
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  for (const one of [busy, idle]) {
    one.handle('slow', 'platform', async () => {
      begun.resolve()
      await finish.promise
    })
    await one.runAll()
  }
  const write = vi.spyOn(store, 'write')
  async function writesOf(look: () => Promise<void>): Promise<number> {
    const before = write.mock.calls.length
    await look()
    return write.mock.calls.length - before
  }
  const alone = await writesOf(idle.runAll)
  await enqueue(busy, { kind: 'slow', payload: null })
  const running = busy.runAll()
  await begun.promise
  expect(await writesOf(idle.runAll)).toBe(alone)
  finish.resolve()
  await running
  expect(await states()).toMatchObject([{ state: 'done', attempts: 1 }])
})

test('a job that always fails comes back later and later, is given up after eight tries, and holds up no other [F19]', async () => {
  const outbox = node()
  let tries = 0
  const done: unknown[] = []
  outbox.handle('poison', 'platform', async () => {
    tries++
    throw new TypeError('never')
  })
  outbox.handle('fine', 'platform', async ({ payload }) => void done.push(payload))
  await enqueue(outbox, { kind: 'poison', payload: 0 })
  for (let n = 1; n <= 12; n++) {
    await enqueue(outbox, { kind: 'fine', payload: n })
    await outbox.runAll().catch(() => {})
    await outbox.runAll()
    advanced += 40 * 60_000
  }
  expect(tries).toBe(8)
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  const poison = (await states()).find(({ state }) => state === 'failed')
  expect(poison).toMatchObject({ attempts: 8, last_error: 'TypeError' })
})

test('what comes too late is not done', async () => {
  const outbox = node()
  let done = 0
  outbox.handle('code', 'platform', async () => void done++)
  await enqueue(outbox, { kind: 'code', payload: 1, notAfter: clock.now() + 300_000 })
  advanced += 301_000
  await outbox.runAll()
  expect(done).toBe(0)
  await enqueue(outbox, { kind: 'code', payload: 2 })
  await outbox.runAll()
  expect((await states()).map(({ state }) => state).toSorted()).toEqual(['done', 'expired'])
})

test('while dispatch is paused nothing goes out, on any node, and nothing is lost', async () => {
  const [outbox, other] = [node(), node()]
  const done: string[] = []
  for (const one of [outbox, other]) {
    one.handle('send', 'platform', async () => void done.push('sent'))
    one.every('sweep', 60_000, 'upkeep', async () => void done.push('swept'))
  }
  await outbox.pause()
  await enqueue(outbox, { kind: 'send', payload: 1 })
  await other.runAll()
  expect([await other.isPaused(), done]).toEqual([true, ['swept']])
  await outbox.resume()
  await other.runAll()
  expect(done.filter((what) => what === 'sent')).toHaveLength(1)
})

test('a job that repeats runs once for the fleet, hands on what it knows, and after a long night once', async () => {
  const seen: unknown[] = []
  const nodes = [node(), node()]
  for (const one of nodes) {
    one.every('nightly', 60_000, 'upkeep', async ({ payload }) => {
      seen.push(payload)
      return seen.length
    })
    one.start()
  }
  const runs = () => seen.length
  await nodes[0]?.hasten('nightly')
  await expect.poll(runs, { timeout: 20_000 }).toBe(1)
  advanced += 10 * 60_000
  await expect.poll(runs, { timeout: 20_000 }).toBe(2)
  await Promise.all(nodes.map((one) => one.stop()))
  expect(seen).toEqual([null, 1])
})

test('a node that stops leases nothing more, and finishes what it began', async () => {
  const outbox = node()
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  let done = 0
  outbox.handle('slow', 'platform', async () => {
    begun.resolve()
    await finish.promise
    done++
  })
  outbox.start()
  await enqueue(outbox, { kind: 'slow', payload: 1 })
  await begun.promise
  const stopped = outbox.stop()
  await enqueue(outbox, { kind: 'slow', payload: 2 })
  finish.resolve()
  await stopped
  expect(done).toBe(1)
  expect((await states()).map(({ state }) => state).toSorted()).toEqual(['done', 'ready'])
})

test('a node that is stopped while it looks begins nothing', async () => {
  const outbox = node()
  outbox.handle('quick', 'platform', async () => {})
  await enqueue(outbox, { kind: 'quick', payload: 1 })
  await outbox.runAll()
  for (let one = 0; one < 20; one++) await enqueue(outbox, { kind: 'quick', payload: one })
  outbox.start()
  await outbox.stop()
  const all = await states()
  expect(all.filter(({ state }) => state === 'done')).toHaveLength(1)
  expect(all.filter(({ state, attempts }) => state === 'ready' && attempts === 0)).toHaveLength(20)
})

test('a job that takes long holds up no other: what is enqueued meanwhile begins', async () => {
  const outbox = node()
  let arrived = () => {}
  const other = new Promise<void>((resolve) => {
    arrived = resolve
  })
  outbox.handle('quick', 'codes', async () => arrived())
  // It is over when the other one was done, and enqueues that one itself: nobody else wakes anybody.
  outbox.handle('slow', 'upkeep', async () => {
    await enqueue(outbox, { kind: 'quick', payload: null })
    await other
  })
  await enqueue(outbox, { kind: 'slow', payload: null })
  outbox.start()
  await other
  await outbox.stop()
  expect((await states()).map(({ state }) => state)).toEqual(['done', 'done'])
})

test('a job that ends in its last transaction is over with it, or is done again', async () => {
  const outbox = node()
  let runs = 0
  outbox.handle('greet', 'platform', ({ write, finish }) =>
    write(async (tx) => {
      await finish(tx)
      if (runs++ === 0) throw new Error('no')
    }),
  )
  await enqueue(outbox, { kind: 'greet', payload: 1 })
  await expect(outbox.runAll()).rejects.toThrow('no')
  expect(await states()).toEqual([{ state: 'ready', attempts: 1, last_error: 'Error' }])
  advanced += 2_000
  await outbox.runAll()
  expect(await states()).toEqual([{ state: 'done', attempts: 2, last_error: null }])
  expect(runs).toBe(2)
})

test('what came too late fills no lane: what is timely is done at once', async () => {
  const outbox = node()
  const done: unknown[] = []
  outbox.handle('code', 'codes', async ({ payload }) => void done.push(payload))
  for (let n = 0; n < 20; n++) await enqueue(outbox, { kind: 'code', payload: n, notAfter: clock.now() + 60_000 })
  advanced += 60_000
  await enqueue(outbox, { kind: 'code', payload: 'timely', notAfter: clock.now() + 60_000 })
  await outbox.runAll()
  expect(done).toEqual(['timely'])
  expect((await states()).map(({ state }) => state).toSorted()).toEqual(['done', ...Array(20).fill('expired')])
})
