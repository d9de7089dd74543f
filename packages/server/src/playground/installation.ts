import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Whether a real account is configured: then no simulator runs beside it, and none is believed. */
export function hasRealAccount(dataDir: string): boolean {
  const path = join(dataDir, 'hufu.sqlite')
  if (!existsSync(path)) return false
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database.prepare('SELECT 1 FROM accounts WHERE simulated = 0 LIMIT 1').get() !== undefined
  } catch (error) {
    if (error instanceof Error && /no such table/.test(error.message)) return false
    throw error
  } finally {
    database.close()
  }
}
