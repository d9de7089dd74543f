import { Kysely } from 'kysely'
import { type BatchStatement, createEndings, type Ending, type Value } from './batch.ts'
import { Outdated } from './errors.ts'
import { groupCommit } from './group-commit.ts'
import { migrationsTable, missingMigrations } from './migrate.ts'
import { asUnavailable, begin, createMutex, createStatements, openSqlite, rollback, sqliteDialect } from './sqlite.ts'
import type { Batch, Db, Listener, Store } from './store.ts'
import type { Tables } from './tables.ts'

/** Answers to WeChat are due within 5 s: what could not begin by then is told to come again. */
const patienceMs = 4_000

/** SQLite in a file: one connection writes, one reads. */
export async function openEmbedded(path: string): Promise<Store> {
  const writer = openSqlite(path, { readOnly: false })
  await begin(writer, patienceMs)
  migrate()
  const reader = openSqlite(path, { readOnly: true })
  const mutex = createMutex()
  const db: Db = new Kysely<Tables>({ dialect: sqliteDialect(reader) })
  const writes: Db = new Kysely<Tables>({ dialect: sqliteDialect(writer) })
  const statements = createStatements(writer)
  const endings = createEndings()
  const listeners: Listener[] = []

  function migrate(): void {
    try {
      writer.exec(migrationsTable)
      const applied = writer.prepare('SELECT name FROM migrations').all()
      for (const migration of missingMigrations(applied.map(({ name }) => String(name)))) {
        writer.exec(migration.sql)
        writer.prepare('INSERT INTO migrations VALUES (?, ?)').run(migration.name, Date.now())
      }
      writer.exec('COMMIT')
    } catch (error) {
      rollback(writer)
      writer.close()
      throw error
    }
  }

  function finish({ appended }: Ending): void {
    for (const [statement, rows] of appended) for (const row of rows) statements.run(statement.sqlite, ...row)
  }

  function tell({ names }: Ending): void {
    if (names.size > 0) for (const listener of listeners) listener.changed(names)
  }

  const batch: Batch = {
    async find<Row>({ sqlite }: BatchStatement, keys: Value[][]) {
      return keys.flatMap((key) => statements.all(sqlite, ...key)) as Row[]
    },
    put({ sqlite }, rows, expect) {
      for (const row of rows) {
        // Nobody else can have written since this batch read: a row that is not there is a mistake of ours.
        if (statements.run(sqlite, ...row) !== 1 && expect === 'each') throw new Outdated(sqlite)
      }
    },
    check({ sqlite }, keys, count) {
      const found = keys.reduce((sum, key) => sum + statements.all(sqlite, ...key).length, 0)
      if (found !== count) throw new Outdated(sqlite)
    },
    hold() {},
  }

  return {
    engine: 'sqlite',
    db,
    append: endings.append,
    changed: endings.changed,
    async hold() {},
    listen: (listener) => void listeners.push(listener),
    ...groupCommit({ writes, mutex, writer, begin: endings.begin, finish, tell }),
    async batch(fn, patience) {
      const deadline = performance.now() + patience
      const release = await mutex.acquire(patience)
      try {
        await begin(writer, deadline - performance.now())
        const ending = endings.begin(batch)
        const result = await fn(batch)
        finish(ending)
        writer.exec('COMMIT')
        tell(ending)
        return result
      } catch (error) {
        rollback(writer)
        throw asUnavailable(error)
      } finally {
        release()
      }
    },
    async fold() {
      const release = await mutex.acquire(patienceMs)
      try {
        // Who reads in another process keeps it from ending; there is a next time.
        writer.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      } finally {
        release()
      }
    },
    // Database and node share one clock.
    time: async () => Date.now(),
    async close() {
      await db.destroy()
      await writes.destroy()
      // Kysely leaves alone what it never used. The writer last: only the last connection to close folds the WAL back into the file.
      for (const database of [reader, writer]) if (database.isOpen) database.close()
    },
  }
}
