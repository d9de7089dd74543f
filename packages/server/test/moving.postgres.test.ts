import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { migrationsTable, missingMigrations } from '../src/store/migrate.ts'
import { TransferRefused, transfer } from '../src/store/transfer.ts'
import { createDatabase, type TestDatabase } from './database.ts'

const log = pino({ level: 'silent' })
let folder: string
let database: TestDatabase
let onSqlite: Config

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hufu-moving-'))
  database = await createDatabase()
  onSqlite = loadConfig({
    HUFU_PORT: '0',
    HUFU_DATA_DIR: join(folder, 'data'),
    HUFU_SECRET_KEY_FILE: join(folder, 'key'),
  })
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true })
})

const account = {
  appid: 'wx1234567890abcdef',
  originalId: 'gh_0123456789ab',
  name: 'real',
  kind: 'service',
  verified: true,
  mode: 'safe',
  secret: 'a'.repeat(32),
  token: 'b'.repeat(24),
  encodingAesKey: 'c'.repeat(43),
} as const

test('an installation moves whole: accounts, sealed values, keys, counters', async () => {
  const before = await createApp(onSqlite, { log })
  await before.accounts.add(account)
  const { app, apiKey } = await before.apps.add({ name: 'Tea', allowedOrigins: [], appid: account.appid })
  const person = {
    appid: account.appid,
    openid_index: 'i',
    openid_sealed: new Uint8Array([0, 255, 34, 92]),
    unionid_index: null,
  }
  await before.store.write(async (tx) => {
    const row = {
      ...person,
      unionid_sealed: null,
      followed_at: 1,
      unfollowed_at: null,
      event_at: 2,
      lookup_due_at: null,
    }
    await tx.insertInto('followers').values(row).execute()
    for (const type of ['a', 'b'])
      await tx.insertInto('events').values({ app_id: app.id, type, data: '"“\\"', created_at: 3 }).execute()
  })
  await before.close()

  const progress: string[] = []
  const moved = await transfer(
    join(onSqlite.dataDir, 'hufu.sqlite'),
    database.config.databaseUrl?.reveal() ?? '',
    (done) => progress.push(`${done.table} ${done.rows}/${done.of}`),
  )
  expect(moved.find(({ table }) => table === 'followers')).toEqual({ table: 'followers', rows: 1 })
  expect(progress).toContain('events 2/2')

  const after = await createApp({ ...onSqlite, ...database.config }, { log })
  expect(after.apps.byApiKey(apiKey)?.id).toBe(app.id)
  expect(after.accounts.revealToken(account.appid)).toBe(account.token)
  const [follower] = await after.store.db.selectFrom('followers').selectAll().execute()
  expect([...(follower?.openid_sealed ?? [])]).toEqual([0, 255, 34, 92])
  await after.store.write(async (tx) => {
    after.store.append(
      tx,
      {
        sqlite: '',
        postgres: `INSERT INTO events (app_id, type, data, created_at) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])`,
      },
      [app.id, 'c', '{}', 4],
    )
  })
  const events = await after.store.db.selectFrom('events').select(['seq', 'data']).orderBy('seq').execute()
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3])
  expect(events[0]?.data).toBe('"“\\"')
  await after.close()
})

test('a file of an earlier version moves whole, and stays what it was for the way back', async () => {
  const sqlitePath = join(folder, 'earlier', 'hufu.sqlite')
  mkdirSync(join(folder, 'earlier'))
  const [first] = missingMigrations([])
  const file = new DatabaseSync(sqlitePath)
  file.exec(`PRAGMA journal_mode = WAL; ${migrationsTable}; ${first?.sql}`)
  file.exec(
    `INSERT INTO migrations VALUES ('${first?.name}', 1); INSERT INTO users (id, created_at) VALUES ('pe_old', 1)`,
  )
  file.close()
  const target = await createDatabase()
  const moved = await transfer(sqlitePath, target.config.databaseUrl?.reveal() ?? '', () => {})
  await target.drop()
  expect(moved.find(({ table }) => table === 'users')).toEqual({ table: 'users', rows: 1 })
  const afterwards = new DatabaseSync(sqlitePath)
  expect(afterwards.prepare('SELECT name FROM migrations').all()).toEqual([{ name: first?.name }])
  afterwards.close()
  expect(readdirSync(join(folder, 'earlier')).filter((name) => name.includes('moving'))).toEqual([])
})

test('a database that is not empty is left alone', async () => {
  const again = transfer(join(onSqlite.dataDir, 'hufu.sqlite'), database.config.databaseUrl?.reveal() ?? '', () => {})
  await expect(again).rejects.toThrow(TransferRefused)
  new DatabaseSync(join(folder, 'other.sqlite')).close()
  await expect(transfer(join(folder, 'other.sqlite'), '', () => {})).rejects.toThrow('no database of Hufu')
  await expect(transfer(join(folder, 'nothing.sqlite'), '', () => {})).rejects.toThrow('does not exist')
})
