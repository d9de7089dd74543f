import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreUnavailable } from '../src/store/errors.ts'
import { forPostgres, migrationsTable, missingMigrations } from '../src/store/migrate.ts'
import { migratePostgres, type Patience } from '../src/store/postgres-migrate.ts'
import { createDatabase, type TestDatabase } from './database.ts'

const all = missingMigrations([])
/** The last that touches a table which former versions use. */
const indexing = all.findIndex(({ name }) => name === '0005-quarantine-age')
const push = `INSERT INTO quarantine (appid, reason, document_sealed, received_at) VALUES ('', '', '', 1)`

let database: TestDatabase
let url: string
let clients: pg.Client[]

beforeEach(async () => {
  database = await createDatabase()
  url = database.config.databaseUrl?.reveal() ?? ''
  clients = []
  const node = await connect()
  for (const { name, sql } of [{ name: '', sql: migrationsTable }, ...all.slice(0, indexing)]) {
    await node.query(forPostgres(sql))
    if (name) await node.query('INSERT INTO migrations VALUES ($1, 1)', [name])
  }
})
afterEach(async () => {
  for (const client of clients) await client.end()
  await database.drop()
})

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'somebody' })
  await client.connect()
  clients.push(client)
  return client
}

/** Migrates until it says that it waits. */
async function startWaiting(patience: Patience): Promise<{ said: string; done: Promise<void> }> {
  let done: Promise<void> | undefined
  const said = await new Promise<string>((resolve, reject) => {
    done = migratePostgres(url, { ...patience, say: resolve })
    done.catch(reject)
  })
  if (!done) throw new Error('it was started')
  return { said, done }
}

async function applied(): Promise<string[]> {
  const { rows } = await (await connect()).query('SELECT name FROM migrations ORDER BY name')
  return rows.map(({ name }) => name)
}

test('a transaction that stands still on a table keeps the migration waiting, and not what others write', async () => {
  const idle = await connect()
  await idle.query('BEGIN')
  await idle.query(push)
  const { said, done } = await startWaiting({ lockMs: 100 })
  expect(said).toContain('0005-quarantine-age waits for a table')
  const node = await connect()
  await node.query('SET statement_timeout = 3000')
  for (let n = 0; n < 5; n++) await node.query(push)
  await idle.query('COMMIT')
  await done
  expect(await applied()).toEqual(all.map(({ name }) => name))
})

test('a migration that waited too long gives up, changes nothing, and names who is in its way', async () => {
  const idle = await connect()
  await idle.query('BEGIN')
  await idle.query(push)
  const failed = await migratePostgres(url, { lockMs: 50, tablesMs: 100, say() {} }).catch((error) => error)
  expect(failed).toBeInstanceOf(StoreUnavailable)
  expect(failed.message).toMatch(
    /0005-quarantine-age was not done.*somebody, idle in transaction.*pg_terminate_backend/,
  )
  await idle.query('ROLLBACK')
  expect(await applied()).toEqual(all.slice(0, indexing).map(({ name }) => name))
})

test('a node that waits for another one to migrate says so, and not for ever', async () => {
  const other = await connect()
  await other.query('SELECT pg_advisory_lock($1)', [0x68756667])
  const { said, done } = await startWaiting({ lockMs: 50 })
  expect(said).toContain('Another node')
  await expect(migratePostgres(url, { lockMs: 50, othersMs: 100, say() {} })).rejects.toThrow('Another node has been')
  await other.query('SELECT pg_advisory_unlock($1)', [0x68756667])
  await done
  expect(await applied()).toEqual(all.map(({ name }) => name))
})
