import type { Db, Tx } from '../store/store.ts'
import type { AppRow } from '../store/tables.ts'

export async function listApps(db: Db | Tx): Promise<AppRow[]> {
  return db.selectFrom('apps').selectAll().orderBy('created_at').execute()
}

export async function insertApp(tx: Tx, row: AppRow): Promise<void> {
  await tx.insertInto('apps').values(row).execute()
}

/** There once, whoever comes first. */
export async function ensureApp(tx: Tx, row: AppRow): Promise<void> {
  await tx
    .insertInto('apps')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export async function updateApp(tx: Tx, id: string, change: Partial<AppRow>): Promise<void> {
  await tx.updateTable('apps').set(change).where('id', '=', id).execute()
}

export async function insertApiKey(
  tx: Tx,
  row: { id: string; app_id: string; secret_hash: string; created_at: number },
): Promise<void> {
  await tx
    .insertInto('api_keys')
    .values({ ...row, revoked_at: null })
    .execute()
}

export async function listApiKeys(db: Db | Tx): Promise<{ app_id: string; secret_hash: string }[]> {
  return db.selectFrom('api_keys').select(['app_id', 'secret_hash']).where('revoked_at', 'is', null).execute()
}

export async function revokeApiKeys(tx: Tx, appId: string, now: number): Promise<void> {
  await tx
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('app_id', '=', appId)
    .where('revoked_at', 'is', null)
    .execute()
}
