import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { forPostgres, type Migration, migrationsTable, missingMigrations } from '../src/store/migrate.ts'
import { openStore, type StoreLocation } from '../src/store/store.ts'
import { tablesInOrder } from '../src/store/transfer.ts'
import { createDatabase, type TestDatabase } from './database.ts'

const all = missingMigrations([])
let folder: string
let database: TestDatabase
let location: StoreLocation

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hufu-migrations-'))
  database = await createDatabase()
  location = { sqlitePath: join(folder, 'data/hufu.sqlite'), databaseUrl: database.config.databaseUrl?.reveal() }
})
afterEach(async () => {
  await database.drop()
  rmSync(folder, { recursive: true })
})

/** The database as a former version left it, with a user in it. */
async function asLeftBy(migrations: Migration[]): Promise<void> {
  const statements = [
    migrationsTable,
    ...migrations.map(({ sql }) => sql),
    ...migrations.map(({ name }) => `INSERT INTO migrations VALUES ('${name}', 1)`),
    `INSERT INTO users (id, created_at) VALUES ('pe_old', 1)`,
    `INSERT INTO events (app_id, type, data, created_at) VALUES (NULL, 'push.unknown', '{}', 1)`,
  ]
  if (location.databaseUrl) {
    const client = new pg.Client({ connectionString: location.databaseUrl })
    await client.connect()
    for (const statement of statements) await client.query(forPostgres(statement))
    await client.end()
    return
  }
  mkdirSync(join(folder, 'data'))
  const file = new DatabaseSync(location.sqlitePath)
  for (const statement of statements) file.exec(statement)
  file.close()
}

describe('the schema', () => {
  test.each(all.map((migration, position) => [migration.name, position + 1] as const))(
    'of version %s is brought up to date with what is in it',
    async (_name, count) => {
      await asLeftBy(all.slice(0, count))
      const store = await openStore(location)
      expect((await sql<{ name: string }>`SELECT name FROM migrations ORDER BY name`.execute(store.db)).rows).toEqual(
        all.map(({ name }) => ({ name })),
      )
      expect(await store.db.selectFrom('users').selectAll().execute()).toMatchObject([{ id: 'pe_old', created_at: 1 }])
      await store.write((tx) => tx.deleteFrom('events').execute())
      await store.close()
    },
  )

  test('of a newer version is not touched', async () => {
    await asLeftBy([...all, { name: '9999-future', sql: 'CREATE TABLE future (id TEXT)' }])
    await expect(openStore(location)).rejects.toThrow('newer Hufu (migration 9999-future')
  })

  test('is made once, however many nodes start at once', async () => {
    const stores = []
    // SQLite belongs to one server; the commands beside it open it one after the other.
    if (location.databaseUrl) stores.push(...(await Promise.all(Array.from({ length: 10 }, () => openStore(location)))))
    else for (let n = 0; n < 10; n++) stores.push(await openStore(location))
    const [first] = stores
    if (!first) throw new Error('ten stores have a first')
    const { rows } = await sql<{ name: string }>`SELECT name FROM migrations`.execute(first.db)
    expect(rows.map(({ name }) => name).toSorted()).toEqual(all.map(({ name }) => name))
    for (const store of stores) await store.close()
  })

  test('has no table that a move to PostgreSQL would forget', async () => {
    const store = await openStore(location)
    const query =
      store.engine === 'postgres'
        ? sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`
        : sql<{ name: string }>`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
    const names = (await query.execute(store.db)).rows.map(({ name }) => name)
    expect(names.filter((name) => name !== 'migrations').toSorted()).toEqual([...tablesInOrder].toSorted())
    await store.close()
  })
})
