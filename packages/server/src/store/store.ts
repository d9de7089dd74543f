import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely, type Transaction } from 'kysely'
import { migrate } from './migrate.ts'
import {
  asUnavailable,
  begin,
  createMutex,
  createStatements,
  type Mutex,
  openSqlite,
  rollback,
  type Statements,
  sqliteDialect,
} from './sqlite.ts'
import type { Tables } from './tables.ts'

export { isConstraintViolation, type Statements, StoreUnavailable } from './sqlite.ts'
export type { Tables } from './tables.ts'

export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>

export interface Store {
  /** Reads. It is a read-only connection, so a write that forgot its transaction is an error at once, never a deadlock. */
  db: Db
  /** One transaction; `fn` uses the `tx` it is given and waits for nothing else. Resolves after the commit. */
  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /** One synchronous transaction over prepared statements: the group commit of arrivals. @throws StoreUnavailable after `patienceMs` */
  batch<T>(fn: (tx: Statements) => T, patienceMs: number): Promise<T>
  close(): Promise<void>
}

/** Answers to WeChat are due within 5 s: what could not begin by then is told to come again. */
const patienceMs = 4_000

/** Opens (and migrates) the SQLite database at `path`. The PostgreSQL engine will stand beside this function, behind the same `Store`. */
export async function openStore(path: string): Promise<Store> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const writer = openSqlite(path, { readOnly: false })
  await begin(writer, patienceMs)
  migrate(writer)
  const reader = openSqlite(path, { readOnly: true })
  const mutex = createMutex()
  const db = new Kysely<Tables>({ dialect: sqliteDialect(reader) })
  const writes = new Kysely<Tables>({ dialect: sqliteDialect(writer) })
  const statements = createStatements(writer)

  const writing = groupCommit(writes, mutex, writer)

  return {
    db,
    write: writing.write,
    async batch(fn, patience) {
      const deadline = performance.now() + patience
      const release = await mutex.acquire(patience)
      try {
        await begin(writer, deadline - performance.now())
        const result = fn(statements)
        writer.exec('COMMIT')
        return result
      } catch (error) {
        rollback(writer)
        throw asUnavailable(error)
      } finally {
        release()
      }
    },
    async close() {
      // The writer last: only the last connection to close folds the WAL back into the file.
      await db.destroy()
      await writes.destroy()
    },
  }
}

interface Waiting {
  work(tx: Tx): Promise<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Transactions that are asked for while another is being written share the next COMMIT, and so one fsync. Each has a savepoint of its own:
 * what one throws undoes that one alone. Nobody hears of his before the commit. `work` must wait for nothing but its own queries.
 */
function groupCommit(writes: Db, mutex: Mutex, writer: DatabaseSync): { write: Store['write'] } {
  const waiting: Waiting[] = []
  let draining = false

  async function run(tx: Tx, { work, resolve, reject }: Waiting): Promise<() => void> {
    writer.exec('SAVEPOINT one')
    try {
      const value = await work(tx)
      return () => resolve(value)
    } catch (error) {
      writer.exec('ROLLBACK TO one')
      return () => reject(asUnavailable(error))
    } finally {
      if (writer.isTransaction) writer.exec('RELEASE one')
    }
  }

  async function commit(group: Waiting[]): Promise<void> {
    try {
      const release = await mutex.acquire(patienceMs)
      try {
        await begin(writer, patienceMs)
        const answers: (() => void)[] = []
        for (const item of group) answers.push(await run(writes as Tx, item))
        writer.exec('COMMIT')
        for (const answer of answers) answer()
      } finally {
        rollback(writer)
        release()
      }
    } catch (error) {
      for (const item of group) item.reject(asUnavailable(error))
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) await commit(waiting.splice(0))
    draining = false
  }

  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
        if (draining) return
        draining = true
        setImmediate(() => void drain())
      }),
  }
}
