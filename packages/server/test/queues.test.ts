import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLive } from '../src/live/live.ts'
import { createOutbox, type Outbox } from '../src/outbox/outbox.ts'
import { systemClock } from '../src/store/clock.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { createDatabase, type TestDatabase } from './database.ts'

let folder: string
let database: TestDatabase
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hufu-queues-'))
  database = await createDatabase()
  store = await openStore({ sqlitePath: join(folder, 'a.sqlite'), databaseUrl: database.config.databaseUrl?.reveal() })
})
afterEach(async () => {
  await store.close()
  await database.drop()
  rmSync(folder, { recursive: true })
})

function node(): Outbox {
  return createOutbox({ store, clock: systemClock(), live: createLive(store), log: { error() {} } })
}

async function enqueue(outbox: Outbox, queue: string, count: number): Promise<void> {
  await store.write(async (tx) => {
    for (let one = 0; one < count; one++) await outbox.enqueue(tx, { kind: 'send', queue, payload: queue })
  })
}

test('whoever comes last is not behind another account’s thousand, nor behind the account’s own list', async () => {
  const outbox = node()
  const sent: unknown[] = []
  outbox.handle('send', 'messages', async ({ payload }) => void sent.push(payload))
  await enqueue(outbox, 'wx1 mb_1', 1_000)
  await enqueue(outbox, 'wx1', 1)
  await enqueue(outbox, 'wx2', 1)
  await outbox.runAll()
  expect(sent).toHaveLength(1_002)
  expect(sent.indexOf('wx1')).toBeLessThan(50)
  expect(sent.indexOf('wx2')).toBeLessThan(50)
})

test('an account that WeChat answers slowly leaves places for the others', async () => {
  const outbox = node()
  const [isFull, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const sent: unknown[] = []
  let waiting = 0
  outbox.handle('send', 'messages', async ({ payload }) => {
    if (payload === 'wx1') {
      if (++waiting === 16) isFull.resolve()
      await answered.promise
    }
    sent.push(payload)
  })
  await enqueue(outbox, 'wx1', 40)
  outbox.start()
  await isFull.promise
  await enqueue(outbox, 'wx2', 30)
  await expect.poll(() => sent.length).toBe(30)
  expect(new Set(sent)).toEqual(new Set(['wx2']))
  expect(waiting).toBe(16)
  answered.resolve()
  await expect.poll(() => sent.length).toBe(70)
  await outbox.stop()
})

test('three nodes and five queues: each job is done once', async () => {
  const nodes = [node(), node(), node()]
  const sent: unknown[] = []
  for (const one of nodes) one.handle('send', 'messages', async ({ payload }) => void sent.push(payload))
  for (const queue of ['', 'wx1', 'wx1 mb_1', 'wx2', 'wx3 mb_2']) await enqueue(nodes[0] as Outbox, queue, 20)
  await Promise.all(nodes.map((one) => one.runAll()))
  expect(sent).toHaveLength(100)
})
