import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type SelectModifierNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { StoreUnavailable } from './errors.ts'

/** Prepared statements by their text, on one connection. */
export interface Statements {
  get(sql: string, ...parameters: SQLInputValue[]): Record<string, unknown> | undefined
  all(sql: string, ...parameters: SQLInputValue[]): Record<string, unknown>[]
  /** @returns the number of rows changed */
  run(sql: string, ...parameters: SQLInputValue[]): number
}

export function openSqlite(path: string, options: { readOnly: boolean }): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: 0, enableForeignKeyConstraints: true })
  if (!options.readOnly) {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;')
    // Who is erased is not to be read in pages that are free again.
    database.exec('PRAGMA secure_delete = ON')
  }
  database.exec('PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 268435456;')
  return database
}

const statementsKept = 500

export function createStatements(database: DatabaseSync): Statements & { prepare(sql: string): StatementSync } {
  const prepared = new Map<string, StatementSync>()
  function prepare(sql: string): StatementSync {
    const known = prepared.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    if (prepared.size >= statementsKept) prepared.delete(prepared.keys().next().value ?? '')
    prepared.set(sql, statement)
    return statement
  }
  return {
    prepare,
    get: (sql, ...parameters) => prepare(sql).get(...parameters),
    all: (sql, ...parameters) => prepare(sql).all(...parameters),
    run: (sql, ...parameters) => Number(prepare(sql).run(...parameters).changes),
  }
}

/** Whoever writes holds this; waiting longer than `patienceMs` is giving up. */
export interface Mutex {
  acquire(patienceMs: number): Promise<() => void>
}

export function createMutex(): Mutex {
  const waiting: { grant(): void }[] = []
  let held = false
  function release(): void {
    const next = waiting.shift()
    if (next) next.grant()
    else held = false
  }
  return {
    acquire(patienceMs) {
      if (!held) {
        held = true
        return Promise.resolve(release)
      }
      return new Promise((resolve, reject) => {
        const entry = {
          grant() {
            clearTimeout(timer)
            resolve(release)
          },
        }
        const timer = setTimeout(
          () => {
            waiting.splice(waiting.indexOf(entry), 1)
            reject(new StoreUnavailable('the database was busy for too long'))
          },
          Math.max(0, patienceMs),
        )
        waiting.push(entry)
      })
    },
  }
}

const sqliteBusy = 5
const sqliteFull = 13

function isPrimary(error: unknown, code: number): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === code
}

/**
 * BEGIN IMMEDIATE takes the write lock at once, so COMMIT never meets a competitor. Another process (the CLI beside the server) may hold it:
 * node:sqlite would block the whole event loop in its own busy wait, so we ask again from a timer.
 */
export async function begin(database: DatabaseSync, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      database.exec('BEGIN IMMEDIATE')
      return
    } catch (error) {
      if (!isPrimary(error, sqliteBusy)) throw asUnavailable(error)
      if (performance.now() + pause > deadline) throw new StoreUnavailable('the database is locked by another process')
    }
    await delay(pause)
  }
}

/** A full or failing disk is the operator's trouble, not a bug: it becomes 503, and the push comes again. */
export function asUnavailable(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  const troubles = [sqliteBusy, sqliteFull, 6, 8, 10, 14]
  return troubles.includes(code) ? new StoreUnavailable((error as Error).message, { cause: error }) : error
}

export function rollback(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK')
}

/** Whoever writes to SQLite has the whole database, so there are no rows to lock, and no words for it. */
class Compiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== 'ForUpdate' && node.modifier !== 'SkipLocked') super.visitSelectModifier(node)
  }
}

/** Transactions are the store's: it groups them. */
async function refuseTransaction(): Promise<void> {
  throw new Error('use store.write')
}

/**
 * Kysely over node:sqlite. Kysely's own SqliteDialect asks better-sqlite3's `reader` flag of a statement, which `DatabaseSync` lacks, and
 * then silently returns no rows.
 */
export function sqliteDialect(database: DatabaseSync): Dialect {
  const statements = createStatements(database)
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const statement = statements.prepare(query.sql)
      const parameters = query.parameters as SQLInputValue[]
      if (statement.columns().length > 0) {
        const rows = statement.all(...parameters) as R[]
        return { rows, numAffectedRows: BigInt(rows.length) }
      }
      const { changes, lastInsertRowid } = statement.run(...parameters)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    },
    // biome-ignore lint/correctness/useYield: the interface asks for a generator; SQLite reads are small and whole here
    async *streamQuery() {
      throw new Error('streaming is not offered on SQLite')
    },
  }
  const driver: Driver = {
    async init() {},
    async acquireConnection() {
      return connection
    },
    beginTransaction: refuseTransaction,
    commitTransaction: refuseTransaction,
    rollbackTransaction: refuseTransaction,
    async releaseConnection() {},
    async destroy() {
      database.close()
    },
  }
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new Compiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}
