import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { openEmbedded } from './embedded.ts'
import { lockData } from './lock.ts'
import { missingMigrations } from './migrate.ts'
import type { Store } from './store.ts'

/** The copy cannot be made or taken; the message says why. */
export class BackupRefused extends Error {
  override name = 'BackupRefused'
}

type OnProgress = (done: { pages: number; of: number }) => void

/** A copy of the SQLite database while it is being used: SQLite's online backup, and then a look whether the copy is whole. */
export async function backUp(from: string, to: string, onProgress: OnProgress): Promise<void> {
  make(to)
  try {
    await copyInto(from, to, onProgress)
    check(to)
    sync(dirname(to))
  } catch (error) {
    removeDatabase(to)
    throw error
  }
}

/**
 * Puts a copy into the place of the database; no server may run. The copy is made whole beside it first, and `prepare` may look at it, change
 * it or refuse it: until then, and whenever something fails, the database is what it was. What stood there is kept.
 * @returns where the former database is now
 */
export async function putBack(
  copy: string,
  path: string,
  { now, prepare }: { now: number; prepare(store: Store): Promise<void> },
): Promise<string | undefined> {
  if (!existsSync(copy)) throw new BackupRefused(`${copy} does not exist.`)
  const next = `${path}.new`
  if (copy === next) throw new BackupRefused(`${copy} is where the copy is made. Give the backup another name first.`)
  const lock = lockData(dirname(path))
  try {
    // Of a restore that was killed.
    removeDatabase(next)
    make(next)
    await copyInto(copy, next, () => {})
    check(next)
    const store = await openEmbedded(next)
    try {
      await prepare(store)
    } finally {
      await store.close()
    }
    const prepared = new DatabaseSync(next)
    endLog(prepared)
    prepared.close()
    sync(next)
    return exchange(path, next, `${path}.before-${now}`)
  } catch (error) {
    removeDatabase(next)
    throw error
  } finally {
    lock.release()
  }
}

/** Empty, and nobody else's to read from its first byte on. */
function make(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new BackupRefused(`${path} exists already. Give another name; nothing is overwritten.`)
  }
}

async function copyInto(from: string, to: string, onProgress: OnProgress): Promise<void> {
  let source: DatabaseSync | undefined
  try {
    source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 })
    await backup(source, to, {
      rate: 1_000,
      progress: ({ totalPages, remainingPages }) => onProgress({ pages: totalPages - remainingPages, of: totalPages }),
    })
  } catch (error) {
    throw new BackupRefused(`${from} cannot be copied to ${to}: ${error instanceof Error ? error.message : error}`)
  } finally {
    source?.close()
  }
}

function check(path: string): void {
  const database = new DatabaseSync(path)
  try {
    endLog(database)
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

/** From here on the database is one file, which is whole when it is moved and can be read where nothing can be written. */
function endLog(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = DELETE')
}

/** There is a whole database at `path` at every moment. @returns where the former one is */
function exchange(path: string, next: string, former: string): string | undefined {
  const isThere = existsSync(path)
  if (isThere) {
    fold(path, former)
    keep(path, former)
  }
  try {
    renameSync(next, path)
  } catch (error) {
    if (isThere && existsSync(path)) rmSync(former)
    else if (isThere) renameSync(former, path)
    if (existsSync(`${former}-wal`)) renameSync(`${former}-wal`, `${path}-wal`)
    throw error
  }
  sync(dirname(path))
  return isThere ? former : undefined
}

/** What is still in the log belongs to the file, and to no other. */
function fold(path: string, former: string): void {
  const log = `${path}-wal`
  try {
    const database = new DatabaseSync(path, { timeout: 5_000 })
    try {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      database.close()
    }
  } catch (error) {
    if (!isDamage(error)) throw error
    // The backup is the way out of that; the log goes with the file, as it is.
    if (existsSync(log)) renameSync(log, `${former}-wal`)
  }
  // Whoever closes a database last takes its log away.
  if (existsSync(log)) throw new BackupRefused(`${path} is in use by another command. Wait for its end, and try again.`)
  rmSync(`${path}-shm`, { force: true })
}

function isDamage(error: unknown): boolean {
  const sqliteCorrupt = 11
  const sqliteNotADatabase = 26
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
  return code === sqliteCorrupt || code === sqliteNotADatabase
}

/** A second name, so that the first is never without a file; not every file system has such. */
function keep(path: string, former: string): void {
  try {
    linkSync(path, former)
  } catch {
    renameSync(path, former)
  }
}

/** With what belongs to it. */
export function removeDatabase(path: string): void {
  for (const rest of ['', '-wal', '-shm', '-journal']) rmSync(path + rest, { force: true })
}

/** On the disk, whatever happens to the power. */
function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
