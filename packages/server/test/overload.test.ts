import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore, type Store, StoreUnavailable } from '../src/store/store.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import { type Harness, startHarness } from './harness.ts'
import { eventXml, newOpenid, push, wireOf } from './wire.ts'

describe('a database that stands still', () => {
  let folder: string
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hufu-overload-'))
    database = await createDatabase()
    store = await openStore({
      sqlitePath: join(folder, 'a.sqlite'),
      databaseUrl: database.config.databaseUrl?.reveal(),
    })
  })
  afterAll(async () => {
    await store.close()
    await database.drop()
    rmSync(folder, { recursive: true })
  })

  test('lets so many wait and no more: the next is told at once', async () => {
    const held = Promise.withResolvers<void>()
    const holders = Array.from({ length: 20 }, () => store.write(() => held.promise).catch(() => {}))
    const waiting = Array.from({ length: 20_100 }, () => store.write(async () => 'done').catch((error) => error))
    // Told while everybody else still waits.
    expect(await waiting.at(-1)).toBeInstanceOf(StoreUnavailable)
    held.resolve()
    await Promise.all(holders)
    const ends = await Promise.all(waiting)
    expect(ends.filter((end) => end === 'done').length).toBeGreaterThan(0)
  })
})

describe('what cannot be stored', () => {
  let world: Harness
  const lines: string[] = []
  beforeAll(async () => {
    world = await startHarness({ logTo: { write: (line) => void lines.push(line) } })
  })
  const reasons = () => lines.flatMap((line) => (line.includes('answered 503') ? JSON.parse(line).reason : []))
  afterAll(() => world.close())

  test('pushes are all told within their time to come again, and are stored when they do', async () => {
    const wire = wireOf(world)
    const documents = Array.from({ length: 200 }, () =>
      eventXml(wire, {
        openid: newOpenid(),
        at: Math.floor(world.clock.now() / 1000),
        fields: { Event: 'subscribe', EventKey: '' },
      }),
    )
    const release = await world.occupy()
    const refused = await Promise.all(documents.map((document) => push(world, wire, document)))
    await release()
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]))
    // Why, once for each reason.
    expect(reasons().length).toBeGreaterThan(0)
    expect(new Set(reasons()).size).toBe(reasons().length)
    const again = await Promise.all(documents.map((document) => push(world, wire, document)))
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([200]))
  })

  test('nor can a site’s call: it hears so, and the log why', async () => {
    lines.length = 0
    const release = await world.occupy('flows')
    const answer = await world.api<{ code: string }>('POST', '/v1/flows', { kind: 'login' })
    await release()
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(reasons()).toHaveLength(1)
  })
})
