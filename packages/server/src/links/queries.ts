import type { BatchStatement, Db, Tx } from '../store/store.ts'
import type { LinkRow } from '../store/tables.ts'

/** Columns: id, token_hash, app_id, appid, openid_index, created_at, expires_at. */
export const insertLink: BatchStatement = {
  sqlite:
    'INSERT INTO links (id, token_hash, app_id, appid, openid_index, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  postgres: `INSERT INTO links (id, token_hash, app_id, appid, openid_index, created_at, expires_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])`,
}

export async function findLink(db: Db | Tx, id: string): Promise<LinkRow | undefined> {
  return db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function findLinkByToken(db: Db, tokenHash: string): Promise<LinkRow | undefined> {
  return db.selectFrom('links').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
}

/** The first user of the site to whom a link is claimed keeps it. @returns whether it is theirs */
export async function claimLink(tx: Tx, id: string, externalIndex: string, issuedAfter: number): Promise<boolean> {
  const result = await tx
    .updateTable('links')
    .set({ external_index: externalIndex })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('created_at', '>', issuedAfter)
    .where((eb) => eb.or([eb('external_index', 'is', null), eb('external_index', '=', externalIndex)]))
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Uses a link up, once. @returns whether it was there to be used */
export async function useLink(tx: Tx, id: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('links')
    .set({ used_at: now })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** @returns how many were deleted */
export async function deleteLinksBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx.selectFrom('links').select('id').where('expires_at', '<', before).orderBy('expires_at').limit(limit)
  const result = await tx.deleteFrom('links').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Links that were handed to this follower; of one app, or of all. */
export async function listLinksOf(
  db: Db,
  appid: string,
  openidIndex: string,
  appId: string | undefined,
): Promise<LinkRow[]> {
  const rows = db.selectFrom('links').selectAll().where('appid', '=', appid).where('openid_index', '=', openidIndex)
  return (appId === undefined ? rows : rows.where('app_id', '=', appId)).orderBy('created_at').execute()
}

export async function deleteLinksOf(tx: Tx, appid: string, openidIndex: string): Promise<void> {
  await tx.deleteFrom('links').where('appid', '=', appid).where('openid_index', '=', openidIndex).execute()
}
