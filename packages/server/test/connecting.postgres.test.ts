import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../src/config.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { createDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let url: string
beforeAll(async () => {
  database = await createDatabase()
  url = database.config.databaseUrl?.reveal() ?? ''
})
afterAll(() => database.drop())

async function withStore<T>(parameters: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ databaseUrl: url + parameters, sqlitePath: '' })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Of the connections that read, and of the one that writes arrivals. */
async function settingsOf(store: Store, ...names: string[]): Promise<Record<string, string>[]> {
  const select = `SELECT ${names.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}`
  const { rows } = await store.db.executeQuery<Record<string, string>>(CompiledQuery.raw(select))
  const arrivals = { sqlite: '', postgres: `${select}, key FROM unnest($1::text[]) AS key` }
  const found = await store.batch((batch) => batch.find<Record<string, string>>(arrivals, [['x']]), 2_000)
  return [...rows, ...found]
}

describe('an address with options of its own', () => {
  const encoded = (options: string) => `?options=${encodeURIComponent(options)}`

  test.each([
    '',
    encoded('-c work_mem=5MB'),
    encoded('-c default_transaction_read_only=off -c enable_seqscan=on'),
    '?application_name=x&%6fptions=-c%20default_transaction_read_only%3Doff',
    `${encoded('-c work_mem=5MB')}&options=--default_transaction_read_only=off`,
    '?opt\nions=-cdefault_transaction_read_only=off',
  ])('%j changes nothing of ours: who forgot a transaction writes nothing', async (parameters) => {
    await withStore(parameters, async (store) => {
      const write = store.db.insertInto('switches').values({ name: 'x', since: 1 }).execute()
      await expect(write).rejects.toThrow(/read-only|unavailable|25006/)
      const [reads, arrivals] = await settingsOf(store, 'default_transaction_read_only', 'enable_seqscan')
      expect(reads).toMatchObject({ default_transaction_read_only: 'on', enable_seqscan: 'on' })
      expect(arrivals).toMatchObject({ default_transaction_read_only: 'on', enable_seqscan: 'off' })
    })
  })

  test('has them beside ours, and its own name', async () => {
    const options = encodeURIComponent('-c work_mem=5MB -c statement_timeout=0 -c search_path=public,pg_catalog')
    await withStore(`?application_name=mine&options=${options}`, async (store) => {
      for (const settings of await settingsOf(
        store,
        'work_mem',
        'search_path',
        'statement_timeout',
        'application_name',
      )) {
        expect(settings).toMatchObject({
          work_mem: '5MB',
          search_path: 'public,pg_catalog',
          statement_timeout: '3s',
          application_name: 'mine',
        })
      }
    })
  })
})

test.each(['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'query_timeout'])(
  'an address that sets %s is refused, and not repeated',
  (name) => {
    const start = () =>
      loadConfig({ HUFU_DATABASE_URL: `postgres://hufu:CANARY@localhost/hufu?sslmode=disable&${name}=0` })
    expect(start).toThrow(ConfigError)
    expect(start).toThrow(`HUFU_DATABASE_URL sets ${name}`)
    expect(start).not.toThrow(/CANARY/)
  },
)

test('an address with a name and TLS is taken', () => {
  const address =
    'postgres://hufu:p%40ss@localhost/hufu?application_name=x&sslmode=verify-full&options=-c%20work_mem%3D5MB'
  expect(loadConfig({ HUFU_DATABASE_URL: address }).databaseUrl?.reveal()).toBe(address)
})
