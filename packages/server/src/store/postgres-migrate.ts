import pg from 'pg'
import { end } from './connections.ts'
import { StoreUnavailable, sqlState } from './errors.ts'
import { forPostgres, migrationsTable, missingMigrations } from './migrate.ts'

const oldest = 15
/** Any number of nodes may start at once; this lock lets one of them migrate. */
const migrationLock = 0x68756667

/** Brings the schema up to date, each migration in a transaction of its own. Forward only; safe while the version before still runs. */
export async function migratePostgres(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'hufu migrate',
    connectionTimeoutMillis: 5_000,
  })
  // A connection that breaks tells whoever waits for an answer, and need not end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (cause) {
    throw new StoreUnavailable(
      `PostgreSQL cannot be reached (${cause instanceof Error ? cause.message : cause}). Check HUFU_DATABASE_URL, and that the server runs.`,
      { cause },
    )
  }
  try {
    const version = Number((await client.query('SHOW server_version_num')).rows[0].server_version_num)
    if (version < oldest * 10_000) throw new Error(`PostgreSQL ${oldest} or newer is needed; this one is ${version}.`)
    const isUpToDate = missingMigrations(await appliedOn(client)).length === 0
    if (isUpToDate) return
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    await client.query(forPostgres(migrationsTable))
    for (const migration of missingMigrations(await appliedOn(client))) {
      await client.query('BEGIN')
      await client.query(forPostgres(migration.sql))
      await client.query('INSERT INTO migrations VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)', [
        migration.name,
      ])
      await client.query('COMMIT')
    }
  } finally {
    await end(client)
  }
}

async function appliedOn(client: pg.Client): Promise<string[]> {
  try {
    const { rows } = await client.query('SELECT name FROM migrations')
    return rows.map((row) => row.name)
  } catch (error) {
    const undefinedTable = '42P01'
    if (sqlState(error) === undefinedTable) return []
    throw error
  }
}
