import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { lockData } from './lock.ts'
import { missingMigrations } from './migrate.ts'

/** The copy cannot be made or taken; the message says why. */
export class BackupRefused extends Error {
  override name = 'BackupRefused'
}

/** A copy of the SQLite database while it is being used: SQLite's online backup, and then a look whether the copy is whole. */
export async function backUp(
  from: string,
  to: string,
  onProgress: (done: { pages: number; of: number }) => void,
): Promise<void> {
  if (existsSync(to)) throw new BackupRefused(`${to} exists already. Give another name; nothing is overwritten.`)
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 })
  try {
    await backup(source, to, {
      rate: 1_000,
      progress: ({ totalPages, remainingPages }) => onProgress({ pages: totalPages - remainingPages, of: totalPages }),
    })
    chmodSync(to, 0o600)
    check(to)
  } catch (error) {
    rmSync(to, { force: true })
    throw error
  } finally {
    source.close()
  }
}

/**
 * Puts a copy into the place of the database; no server may run. What stood there is kept beside it.
 * @returns where the former database is now
 */
export function putBack(copy: string, path: string, now: number): string | undefined {
  if (!existsSync(copy)) throw new BackupRefused(`${copy} does not exist.`)
  check(copy)
  const lock = lockData(dirname(path))
  try {
    const former = existsSync(path) ? `${path}.before-${now}` : undefined
    if (former) {
      // What is still in the log belongs to the file.
      const database = new DatabaseSync(path)
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      database.close()
      renameSync(path, former)
      for (const rest of ['-wal', '-shm']) rmSync(path + rest, { force: true })
    }
    copyFileSync(copy, path)
    chmodSync(path, 0o600)
    return former
  } finally {
    lock.release()
  }
}

function check(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const verdict = database.prepare('PRAGMA integrity_check').get()?.integrity_check
    if (verdict !== 'ok') throw new BackupRefused(`${path} is damaged: ${verdict}`)
    missingMigrations(
      database
        .prepare('SELECT name FROM migrations')
        .all()
        .map(({ name }) => String(name)),
    )
  } catch (error) {
    if (error instanceof BackupRefused) throw error
    throw new BackupRefused(`${path} is no backup of Hufu: ${error instanceof Error ? error.message : error}`)
  } finally {
    database.close()
  }
}
