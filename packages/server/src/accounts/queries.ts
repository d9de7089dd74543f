import type { Db, Tx } from '../store/store.ts'
import type { AccountRow, Tables } from '../store/tables.ts'

export async function listAccounts(db: Db | Tx): Promise<AccountRow[]> {
  return db.selectFrom('accounts').selectAll().orderBy('created_at').execute()
}

export async function insertAccount(tx: Tx, row: AccountRow): Promise<void> {
  await tx.insertInto('accounts').values(row).execute()
}

export async function updateAccount(tx: Tx, appid: string, change: Partial<AccountRow>): Promise<void> {
  await tx.updateTable('accounts').set(change).where('appid', '=', appid).execute()
}

export async function findCredential(
  db: Db,
  appid: string,
  kind: 'access_token' | 'jsapi_ticket',
): Promise<Tables['credentials'] | undefined> {
  return db.selectFrom('credentials').selectAll().where('appid', '=', appid).where('kind', '=', kind).executeTakeFirst()
}

export async function putCredential(tx: Tx, row: Tables['credentials']): Promise<void> {
  const { appid, kind, ...value } = row
  await tx
    .insertInto('credentials')
    .values({ appid, kind, ...value })
    .onConflict((conflict) => conflict.columns(['appid', 'kind']).doUpdateSet(value))
    .execute()
}
