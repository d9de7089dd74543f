import { mkdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Another server serves this data. */
export class AlreadyServed extends Error {
  override name = 'AlreadyServed'
}

/**
 * One server for one SQLite file: what is live (open pages, central tokens, limits) is in its process. The lock is a lock of SQLite's on a
 * file of its own, which the operating system lets go when the process ends, however it ends. Commands work beside it.
 */
export function lockData(dataDir: string): { release(): void } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(`${dataDir}/hufu.lock`, { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch {
    lock.close()
    throw new AlreadyServed(
      `Another Hufu already serves ${dataDir}. Stop it first, or give this one its own HUFU_DATA_DIR.`,
    )
  }
  return { release: () => lock.close() }
}
