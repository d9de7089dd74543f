import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listAccounts } from '../accounts/queries.ts'
import type { Config } from '../config.ts'
import { openStore } from '../store/store.ts'

/** Whether a real account is configured: then no simulator runs beside it, and none is believed. */
export async function hasRealAccount(config: Pick<Config, 'databaseUrl' | 'dataDir'>): Promise<boolean> {
  const sqlitePath = join(config.dataDir, 'hufu.sqlite')
  if (!config.databaseUrl && !existsSync(sqlitePath)) return false
  const store = await openStore({ databaseUrl: config.databaseUrl?.reveal(), sqlitePath })
  try {
    return (await listAccounts(store.db)).some((account) => account.simulated === 0)
  } finally {
    await store.close()
  }
}
