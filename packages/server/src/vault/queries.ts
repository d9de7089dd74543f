import type { Db, Tx } from '../store/store.ts'

export type KeyPurpose = 'seal' | 'index' | 'derive'

export async function listKeys(db: Db | Tx): Promise<{ id: number; purpose: KeyPurpose; wrapped: Uint8Array }[]> {
  const rows = await db.selectFrom('vault_keys').select(['id', 'purpose', 'wrapped']).orderBy('id').execute()
  return rows as { id: number; purpose: KeyPurpose; wrapped: Uint8Array }[]
}

/** Adds the key, unless another node was faster: its key is the one, and is there when this returns. */
export async function insertKey(tx: Tx, purpose: KeyPurpose, wrapped: Uint8Array, now: number): Promise<void> {
  await tx
    .insertInto('vault_keys')
    .values({ purpose, wrapped, created_at: now })
    .onConflict((conflict) => conflict.column('purpose').doNothing())
    .execute()
}
