import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { backUp, removeDatabase } from './backup.ts'
import { columnsOf, type Value } from './batch.ts'
import { end } from './connections.ts'
import { openEmbedded } from './embedded.ts'
import { lockData } from './lock.ts'
import { missingMigrations } from './migrate.ts'
import { migratePostgres } from './postgres-migrate.ts'

export interface Transferred {
  table: string
  rows: number
}

/** The move cannot be made as it stands; the message says what to do. */
export class TransferRefused extends Error {
  override name = 'TransferRefused'
}

/** Referenced tables first. Whoever adds a table adds it here: a test compares this list with the schema. */
export const tablesInOrder = [
  'vault_keys',
  'accounts',
  'credentials',
  'refreshes',
  'verify_files',
  'apps',
  'api_keys',
  'users',
  'identities',
  'passwords',
  'app_users',
  'sessions',
  'sign_ins',
  'guards',
  'followers',
  'reply_rules',
  'menus',
  'templates',
  'reconciles',
  'listed_followers',
  'flows',
  'links',
  'subscriptions',
  'chat_tries',
  'oauth_states',
  'proofs',
  'conflicts',
  'idempotency_keys',
  'inbox',
  'quarantine',
  'incoming_messages',
  'chat_windows',
  'batches',
  'batch_parts',
  'batch_failures',
  'messages',
  'receipts',
  'permissions',
  'mutes',
  'sending_pauses',
  'sending_days',
  'codes',
  'code_tries',
  'events',
  'jobs',
  'switches',
] as const

const chunkRows = 2_000

/**
 * Moves an installation from its SQLite file to an empty PostgreSQL database, in one transaction: it is there whole, or not at all. No server
 * may run meanwhile. Every table is counted on both sides before the commit.
 */
export async function transfer(
  from: string,
  to: string,
  onProgress: (done: { table: string; rows: number; of: number }) => void,
): Promise<Transferred[]> {
  if (!existsSync(from)) throw new TransferRefused(`${from} does not exist.`)
  const lock = lockData(dirname(from))
  try {
    const { path, discard } = await upToDate(from)
    const source = new DatabaseSync(path, { readOnly: true })
    const target = new pg.Client({ connectionString: to, application_name: 'hufu migrate' })
    try {
      await migratePostgres(to)
      await target.connect()
      return await copyAll(source, target, onProgress)
    } finally {
      source.close()
      discard()
      await end(target)
    }
  } finally {
    lock.release()
  }
}

/** A file of an earlier version stays one, for the way back: a copy beside it is brought up to date. */
async function upToDate(from: string): Promise<{ path: string; discard(): void }> {
  if (isUpToDate(from)) return { path: from, discard() {} }
  const path = `${from}.moving`
  const discard = () => removeDatabase(path)
  // Of a move that was killed.
  discard()
  await backUp(from, path, () => {})
  try {
    await (await openEmbedded(path)).close()
  } catch (error) {
    discard()
    throw error
  }
  return { path, discard }
}

function isUpToDate(from: string): boolean {
  const file = new DatabaseSync(from, { readOnly: true })
  try {
    const applied = file.prepare('SELECT name FROM migrations').all()
    return missingMigrations(applied.map(({ name }) => String(name))).length === 0
  } catch (error) {
    throw new TransferRefused(`${from} is no database of Hufu: ${error instanceof Error ? error.message : error}`)
  } finally {
    file.close()
  }
}

async function copyAll(
  source: DatabaseSync,
  target: pg.Client,
  onProgress: (done: { table: string; rows: number; of: number }) => void,
): Promise<Transferred[]> {
  // What a command writes beside us is all there, or none of it.
  source.exec('BEGIN')
  await target.query('BEGIN')
  await target.query(`LOCK TABLE ${tablesInOrder.join(', ')} IN ACCESS EXCLUSIVE MODE`)
  for (const table of tablesInOrder) {
    const { rows } = await target.query(`SELECT 1 FROM ${table} LIMIT 1`)
    if (rows.length > 0) {
      throw new TransferRefused(`The PostgreSQL database is not empty (${table} has rows). Give an empty one.`)
    }
  }
  const moved: Transferred[] = []
  for (const table of tablesInOrder) {
    const of = Number(source.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
    await copyTable(source, target, table, (rows) => onProgress({ table, rows, of }))
    const there = Number((await target.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n)
    if (there !== of) throw new Error(`${table}: ${of} rows in SQLite, ${there} in PostgreSQL; nothing was kept`)
    moved.push({ table, rows: there })
  }
  await target.query('COMMIT')
  await target.query('ANALYZE')
  return moved
}

async function copyTable(
  source: DatabaseSync,
  target: pg.Client,
  table: string,
  onRows: (rows: number) => void,
): Promise<void> {
  const { rows: columns } = await target.query<{ name: string; type: string; is_identity: string }>(
    `SELECT column_name AS name, data_type AS type, is_identity FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
    [table],
  )
  const names = columns.map(({ name }) => name)
  const arrays = columns.map(({ type }, position) => `$${position + 1}::${type}[]`)
  const insert = `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`
  let chunk: Value[][] = []
  let rows = 0
  async function flush(): Promise<void> {
    if (chunk.length > 0) await target.query({ name: `copy_${table}`, text: insert, values: columnsOf(chunk) })
    rows += chunk.length
    chunk = []
    onRows(rows)
  }
  for (const row of source.prepare(`SELECT ${names.join(', ')} FROM ${table}`).iterate()) {
    chunk.push(names.map((name) => (row[name] ?? null) as Value))
    if (chunk.length === chunkRows) await flush()
  }
  await flush()
  const identity = columns.find(({ is_identity }) => is_identity === 'YES')?.name
  if (identity) {
    await target.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), greatest((SELECT max(${identity}) FROM ${table}), 1), EXISTS (SELECT 1 FROM ${table}))`,
      [table, identity],
    )
  }
}
