import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { inject } from 'vitest'
import type { Config } from '../src/config.ts'
import { Secret } from '../src/vault/secret.ts'

export interface TestDatabase {
  config: Pick<Config, 'databaseUrl'>
  occupy(dataDir: string, tables?: string): Promise<() => Promise<void>>
  drop(): Promise<void>
}

let databases = 0

/** On PostgreSQL every world has a database of its own; on SQLite its folder is that. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = inject('postgres')
  if (!server) return { config: { databaseUrl: undefined }, occupy: occupySqlite, async drop() {} }
  const name = `hufu_${process.pid}_${++databases}`
  const url = `${server}/${name}`
  const run = (text: string) => withClient(`${server}/postgres`, (client) => client.query(text))
  await run(`CREATE DATABASE ${name}`)
  return {
    config: { databaseUrl: new Secret(url) },
    async occupy(_dataDir, tables = 'inbox, quarantine') {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(`BEGIN; LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`)
      return async () => {
        await client.query('ROLLBACK')
        await client.end()
      }
    },
    drop: async () => void (await run(`DROP DATABASE ${name} WITH (FORCE)`)),
  }
}

/** As somebody else at the database. */
export async function onDatabase(url: string | undefined, text: string): Promise<object[]> {
  return withClient(url ?? '', async (client) => (await client.query(text)).rows)
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function occupySqlite(dataDir: string): Promise<() => Promise<void>> {
  const other = new DatabaseSync(join(dataDir, 'hufu.sqlite'))
  other.exec('PRAGMA busy_timeout = 5000')
  other.exec('BEGIN EXCLUSIVE')
  return async () => {
    other.exec('ROLLBACK')
    other.close()
  }
}
