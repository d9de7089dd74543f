import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { end } from './connections.ts'
import { StoreUnavailable, sqlState } from './errors.ts'
import { forPostgres, type Migration, migrationsTable, missingMigrations } from './migrate.ts'

const oldestVersion = 15
/** Any number of nodes may start at once; this lock lets one of them migrate. */
const migrationLock = 0x68756667

const lockNotAvailable = '55P03'
const deadlock = '40P01'

/** So long a statement of ours stands in the queue of a table: less than those that queue up behind it have, whose pushes WeChat waits for. */
const tableMs = 2_000
const tablesMs = 60_000
const othersMs = 600_000

/** Beyond the defaults, for tests. */
export interface Patience {
  /** For a lock, before it is tried again. */
  lockMs?: number
  /** For a table that somebody holds. */
  tablesMs?: number
  /** For another node that migrates. */
  othersMs?: number
  /** Hears what is waited for: whoever starts a node wonders why it does not begin. */
  say?(line: string): void
}

/** Brings the schema up to date, each migration in a transaction of its own. Forward only; safe while the version before still runs. */
export async function migratePostgres(url: string, patience: Patience = {}): Promise<void> {
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
    if (version < oldestVersion * 10_000)
      throw new Error(`PostgreSQL ${oldestVersion} or newer is needed; this one is ${version}.`)
    const isUpToDate = missingMigrations(await appliedOn(client)).length === 0
    if (isUpToDate) return
    await becomeMigrator(client, patience)
    await client.query(forPostgres(migrationsTable))
    for (const migration of missingMigrations(await appliedOn(client))) await migrate(client, migration, patience)
  } finally {
    await end(client)
  }
}

async function becomeMigrator(
  client: pg.Client,
  { othersMs: mostMs = othersMs, ...patience }: Patience,
): Promise<void> {
  await client.query(`SET lock_timeout = ${patience.lockMs ?? tableMs}`)
  await insist(() => client.query('SELECT pg_advisory_lock($1)', [migrationLock]), {
    ...patience,
    mostMs,
    waiting: 'Another node brings the database up to date; this one waits for it.',
    tooLong: async () =>
      `Another node has been bringing the database up to date for ${said(mostMs)}. Look at it, or at pg_stat_activity (application_name 'hufu migrate'), and start this one again.`,
  })
}

async function migrate(
  client: pg.Client,
  { name, sql }: Migration,
  { tablesMs: mostMs = tablesMs, ...patience }: Patience,
): Promise<void> {
  async function once(): Promise<void> {
    await client.query('BEGIN')
    try {
      await client.query(forPostgres(sql))
      await client.query('INSERT INTO migrations VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)', [
        name,
      ])
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      throw error
    }
  }
  await insist(once, {
    ...patience,
    mostMs,
    waiting: `Migration ${name} waits for a table that another transaction holds; it is tried again for ${said(mostMs)}.`,
    tooLong: async () =>
      `Migration ${name} was not done: for ${said(mostMs)} another transaction held a table that it needs. Nothing was changed. ${await oldest(client)} End it (SELECT pg_terminate_backend(pid)), and start again.`,
  })
}

/** Tries again while others hold what is needed. In between it stands in nobody's way: whoever came later is not kept waiting for long. */
async function insist(
  work: () => Promise<unknown>,
  how: { mostMs: number; lockMs?: number; say?(line: string): void; waiting: string; tooLong(): Promise<string> },
): Promise<void> {
  const { lockMs = tableMs, say = (line) => void process.stderr.write(`${line}\n`) } = how
  const deadline = performance.now() + how.mostMs
  for (let tries = 1; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      const isHeld = [lockNotAvailable, deadlock].includes(sqlState(error) ?? '')
      if (!isHeld) throw error
      if (performance.now() > deadline) throw new StoreUnavailable(await how.tooLong(), { cause: error })
    }
    if (tries === 1) say(how.waiting)
    await delay(lockMs / 2)
  }
}

function said(ms: number): string {
  return `${ms / 1_000} seconds`
}

/** The transaction that is most likely to be in the way. */
async function oldest(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `SELECT pid, application_name AS name, state, floor(extract(epoch FROM clock_timestamp() - xact_start)) AS seconds
     FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
     ORDER BY xact_start LIMIT 1`,
  )
  const [row] = rows
  if (!row) return 'See pg_stat_activity.'
  return `The oldest is pid ${row.pid} (${row.name || 'no name'}, ${row.state}, begun ${row.seconds} s ago); see pg_stat_activity.`
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
