import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../src/store/store.ts'
import { createDatabase, type TestDatabase } from './database.ts'

/** A store whose line to the database can die without a word: everything stays open, nothing arrives, nobody says goodbye. */
let database: TestDatabase
let line: Server
let store: Store
let isDead: boolean
const near = new Set<Socket>()
const far = new Set<Socket>()

beforeEach(async () => {
  database = await createDatabase()
  const url = new URL(database.config.databaseUrl?.reveal() ?? '')
  const { hostname, port } = url
  isDead = false
  line = createServer({ allowHalfOpen: true }, (here) => {
    const there = connect(Number(port), hostname)
    near.add(here.on('error', () => {}).on('close', () => near.delete(here)))
    far.add(there.on('error', () => {}))
    here.on('data', (data) => isDead || there.write(data))
    there.on('data', (data) => isDead || here.write(data))
    there.on('close', () => isDead || here.destroy())
    here.on('end', () => isDead || there.end())
  }).listen(0, '127.0.0.1')
  await once(line, 'listening')
  url.port = String((line.address() as AddressInfo).port)
  store = await openStore({ databaseUrl: url.href, sqlitePath: '' })
})

afterEach(async () => {
  for (const socket of [...near, ...far]) socket.destroy()
  line.close()
  await database.drop()
})

async function closingMs(): Promise<number> {
  const began = performance.now()
  await store.close()
  return performance.now() - began
}

test('a store whose database answers is closed at once', async () => {
  await store.time()
  expect(await closingMs()).toBeLessThan(900)
})

test('a store whose line is dead is closed after a second', async () => {
  await store.time()
  isDead = true
  expect(await closingMs()).toBeLessThan(2_000)
})

test('so is one that waits for answers, and who waits is told', async () => {
  await store.time()
  isDead = true
  const asked = [store.time(), store.write(async () => {}), store.batch(async () => {}, 20_000)].map((work) =>
    work.then(
      () => 'done',
      () => 'told',
    ),
  )
  expect(await closingMs()).toBeLessThan(2_000)
  expect(await Promise.all(asked)).toEqual(['told', 'told', 'told'])
})

test('nothing of it stays open', async () => {
  await store.time()
  isDead = true
  await store.close()
  // Only a socket that is gone refuses what is still sent to it.
  for (const socket of near) {
    while (!socket.destroyed) await new Promise((resolve) => socket.write('x', resolve))
  }
})
