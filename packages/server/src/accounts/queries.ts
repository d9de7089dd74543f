import type { Db, Tx } from '../store/store.ts'
import type { AccountRow, CredentialKind, Tables } from '../store/tables.ts'

export async function listAccounts(db: Db | Tx): Promise<AccountRow[]> {
  return db.selectFrom('accounts').selectAll().orderBy('created_at').execute()
}

export async function insertAccount(tx: Tx, row: AccountRow): Promise<void> {
  await tx.insertInto('accounts').values(row).execute()
}

export type AccountChange = Partial<AccountRow> & { union_back_fill?: string | null }

export interface BackFill {
  appid: string
  openPlatform: string
  /** People up to this index are recognised. */
  after: string
}

export async function listBackFills(db: Db): Promise<BackFill[]> {
  return db
    .selectFrom('accounts')
    .select(['appid', 'open_platform as openPlatform', 'union_back_fill as after'])
    .where('open_platform', 'is not', null)
    .where('union_back_fill', 'is not', null)
    .$narrowType<{ openPlatform: string; after: string }>()
    .execute()
}

export async function advanceBackFill(tx: Tx, backFill: BackFill, to: string | null): Promise<boolean> {
  const result = await tx
    .updateTable('accounts')
    .set({ union_back_fill: to })
    .where('appid', '=', backFill.appid)
    .where('open_platform', '=', backFill.openPlatform)
    .where('union_back_fill', '=', backFill.after)
    .executeTakeFirst()
  return Number(result.numUpdatedRows) === 1
}

export async function updateAccount(tx: Tx, appid: string, change: AccountChange): Promise<void> {
  await tx.updateTable('accounts').set(change).where('appid', '=', appid).execute()
}

/** Accounts that share their open platform with another, and have no code of their own; appids. */
export async function listWithoutFollowCode(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts as own')
    .select('own.appid')
    .where('own.follow_qr', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('accounts as other')
          .select('other.appid')
          .whereRef('other.open_platform', '=', 'own.open_platform')
          .whereRef('other.appid', '!=', 'own.appid'),
      ),
    )
    .execute()
  return rows.map((row) => row.appid)
}

/** What the operator has named meanwhile stays. */
export async function setFollowCode(tx: Tx, appid: string, content: string, now: number): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ follow_qr: content, updated_at: now })
    .where('appid', '=', appid)
    .where('follow_qr', 'is', null)
    .execute()
}

/** Whether the account is still as it was then. */
export async function isAccountAsOf(tx: Tx, appid: string, updatedAt: number): Promise<boolean> {
  const row = await tx.selectFrom('accounts').select('updated_at').where('appid', '=', appid).executeTakeFirst()
  return row?.updated_at === updatedAt
}

export async function findCredential(
  db: Db,
  appid: string,
  kind: CredentialKind,
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

/**
 * Who may refresh: the first to ask, and nobody else until `since`, the start of the last refresh, is long enough ago.
 * @returns the fence of this refresh, or undefined where another's turn it is
 */
export async function claimRefresh(
  tx: Tx,
  claim: { appid: string; kind: CredentialKind; now: number; since: number },
): Promise<number | undefined> {
  const row = await tx
    .insertInto('refreshes')
    .values({ appid: claim.appid, kind: claim.kind, started_at: claim.now, fence: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['appid', 'kind'])
        .doUpdateSet((eb) => ({ started_at: claim.now, fence: eb('refreshes.fence', '+', 1) }))
        .where('refreshes.started_at', '<=', claim.since),
    )
    .returning('fence')
    .executeTakeFirst()
  return row?.fence
}

/** @returns whether no later refresh has begun; none can until the transaction ends */
export async function holdRefresh(tx: Tx, appid: string, kind: CredentialKind, fence: number): Promise<boolean> {
  const row = await tx
    .selectFrom('refreshes')
    .select('fence')
    .where('appid', '=', appid)
    .where('kind', '=', kind)
    .forUpdate()
    .executeTakeFirst()
  return row?.fence === fence
}

/**
 * Other credentials of the account, another try. The fence goes on counting: an answer to the former ones that is still on its way must not
 * pass for one to the next.
 */
export async function forgetRefreshes(tx: Tx, appid: string): Promise<void> {
  await tx
    .updateTable('refreshes')
    .set((eb) => ({ started_at: 0, fence: eb('fence', '+', 1) }))
    .where('appid', '=', appid)
    .execute()
}

export async function putVerifyFile(tx: Tx, row: Tables['verify_files']): Promise<void> {
  const { name, ...value } = row
  await tx
    .insertInto('verify_files')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(value))
    .execute()
}

export async function findVerifyFile(db: Db, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('verify_files').select('content').where('name', '=', name).executeTakeFirst()
  return row?.content
}
