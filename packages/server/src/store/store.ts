import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Kysely, Transaction } from 'kysely'
import type { Batch, BatchStatement, Value } from './batch.ts'
import { openEmbedded } from './embedded.ts'
import { openPostgres } from './postgres.ts'
import type { Tables } from './tables.ts'

export { type Batch, type BatchStatement, liveName, type Value } from './batch.ts'
export { Contended, isConstraintViolation, StoreUnavailable } from './errors.ts'
export type { Tables } from './tables.ts'

export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>

/** The database, whichever engine it is: embedded SQLite for one server, PostgreSQL for any number of them. */
export interface Store {
  engine: 'sqlite' | 'postgres'
  /** Reads. Its connections are read-only, so a write that forgot its transaction is an error at once. */
  db: Db
  /**
   * One transaction; `fn` uses the `tx` it is given and waits for nothing else. Resolves after the commit. On PostgreSQL `fn` runs again after
   * a deadlock, a lost race for a unique value, or a connection lost before the commit: it must have no effect but its queries.
   * @throws StoreUnavailable when the database could not be had within four seconds; whether a commit under way was kept is then unknown
   */
  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * The group commit of arrivals: reads, then everything that was put on the batch, as one transaction. `fn` may run
   * again. @throws StoreUnavailable after `patienceMs`, Contended when somebody holds a row for too long */
  batch<T>(fn: (batch: Batch) => Promise<T>, patienceMs: number): Promise<T>
  /** Adds a row to an append-only table as the last thing the transaction does, so that its numbers follow the order of commits. */
  append(tx: Tx | Batch, statement: BatchStatement, row: Value[]): void
  /** Holds the name alone until the transaction ends, as `Batch.hold` does: whoever shares it has committed, or will look again. */
  hold(tx: Tx, name: string): Promise<void>
  /** Names to tell, to every node, when and only when the transaction commits. */
  changed(tx: Tx | Batch, names: Iterable<string>): void
  /** Hears what was told anywhere. `lost`: something may have been missed, so everything is to be read again. */
  listen(listener: Listener): void
  /** What was deleted leaves the engine's own log, too, where the engine leaves that to us. */
  fold(): Promise<void>
  /** The database's clock, in milliseconds since the epoch. */
  time(): Promise<number>
  close(): Promise<void>
}

export interface Listener {
  /** Names as `liveName` shortens them. */
  changed(names: Iterable<string>): void
  lost(): void
}

export interface StoreLocation {
  /** `postgres://…`; absent: SQLite. */
  databaseUrl?: string | undefined
  sqlitePath: string
  /** How many connections to PostgreSQL this node may hold. */
  connections?: number
}

/** Opens the database and brings its schema up to date. */
export async function openStore({ databaseUrl, sqlitePath, connections = 10 }: StoreLocation): Promise<Store> {
  if (databaseUrl) return openPostgres(databaseUrl, connections)
  mkdirSync(dirname(sqlitePath), { recursive: true, mode: 0o700 })
  return openEmbedded(sqlitePath)
}
