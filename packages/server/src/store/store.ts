import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely, type Transaction } from 'kysely'
import { groupCommit } from './group-commit.ts'
import { migrate } from './migrate.ts'
import {
  asUnavailable,
  begin,
  createMutex,
  createStatements,
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
