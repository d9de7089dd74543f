import type { DatabaseSync } from 'node:sqlite'
import { first } from './migrations/0001-first.ts'

/** In order, never edited once released: a mended mistake is a new entry. */
const migrations: { name: string; sql: string }[] = [{ name: '0001-first', sql: first }]

/** Brings the schema up to date inside the caller's open transaction and commits it. Forward only. */
export function migrate(database: DatabaseSync): void {
  try {
    database.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT')
    const applied = new Set(
      database
        .prepare('SELECT name FROM migrations')
        .all()
        .map((row) => row.name),
    )
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue
      database.exec(migration.sql)
      database.prepare('INSERT INTO migrations VALUES (?, ?)').run(migration.name, Date.now())
    }
    for (const name of applied) {
      if (!migrations.some((migration) => migration.name === name)) {
        throw new Error(
          `The database was written by a newer Hufu (migration ${name} is unknown here). Start that version, or restore a backup.`,
        )
      }
    }
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
