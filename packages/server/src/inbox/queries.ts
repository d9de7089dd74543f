import type { BatchStatement, Db, Tx } from '../store/store.ts'

export interface Answered {
  dedupe_key: string
  /** null: the push had no reply. */
  reply_sealed: Uint8Array | null
}

/** Keys: dedupe_key. */
export const answeredPushes: BatchStatement = {
  sqlite: 'SELECT dedupe_key, reply_sealed FROM inbox WHERE dedupe_key = ?',
  postgres: `SELECT inbox.dedupe_key, inbox.reply_sealed FROM unnest($1::text[]) AS key (dedupe_key)
    JOIN inbox ON inbox.dedupe_key = key.dedupe_key`,
}

/** Columns in the order of the table. Fails where a neighbour took the same push meanwhile. */
export const insertPush: BatchStatement = {
  sqlite: `INSERT INTO inbox (appid, dedupe_key, kind, openid_index, created_at, received_at, document_sealed, reply_sealed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  postgres: `INSERT INTO inbox (appid, dedupe_key, kind, openid_index, created_at, received_at, document_sealed, reply_sealed)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bytea[], $8::bytea[])`,
}

/** Columns: appid, openid_index. The person left: what they wrote, what they were answered, and who wrote, is forgotten; that it was handled stays. */
export const forgetDocuments: BatchStatement = {
  sqlite: `UPDATE inbox SET document_sealed = NULL, reply_sealed = NULL, openid_index = ''
    WHERE appid = ? AND openid_index = ? AND document_sealed IS NOT NULL`,
  postgres: `UPDATE inbox SET document_sealed = NULL, reply_sealed = NULL, openid_index = '' FROM unnest($1::text[], $2::text[]) AS gone (appid, openid_index)
    WHERE inbox.appid = gone.appid AND inbox.openid_index = gone.openid_index AND document_sealed IS NOT NULL`,
}

/** Columns: appid, openid_index. What they seem to have sent, and nobody could read. */
export const forgetQuarantined: BatchStatement = {
  sqlite: 'DELETE FROM quarantine WHERE appid = ? AND openid_index = ?',
  postgres: `DELETE FROM quarantine USING unnest($1::text[], $2::text[]) AS gone (appid, openid_index)
    WHERE quarantine.appid = gone.appid AND quarantine.openid_index = gone.openid_index`,
}

export async function forgetDocumentsOf(tx: Tx, appid: string, openidIndexes: string[]): Promise<void> {
  await tx.deleteFrom('quarantine').where('appid', '=', appid).where('openid_index', 'in', openidIndexes).execute()
  await tx
    .updateTable('inbox')
    .set({ document_sealed: null, reply_sealed: null, openid_index: '' })
    .where('appid', '=', appid)
    .where('openid_index', 'in', openidIndexes)
    .where('document_sealed', 'is not', null)
    .execute()
}

/** The answer of a site, for repeats of the push. @returns false where the person has left since */
export async function setReply(tx: Tx, dedupeKey: string, sealed: Uint8Array): Promise<boolean> {
  const result = await tx
    .updateTable('inbox')
    .set({ reply_sealed: sealed })
    .where('dedupe_key', '=', dedupeKey)
    .where('document_sealed', 'is not', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function listDocuments(
  db: Db,
  dedupeKeys: string[],
): Promise<{ dedupe_key: string; document_sealed: Uint8Array | null }[]> {
  return db
    .selectFrom('inbox')
    .select(['dedupe_key', 'document_sealed'])
    .where('dedupe_key', 'in', dedupeKeys)
    .where('document_sealed', 'is not', null)
    .execute()
}

export async function listWritten(
  db: Db,
  appid: string,
  openidIndex: string,
): Promise<{ dedupe_key: string; kind: string; created_at: number; document_sealed: Uint8Array | null }[]> {
  return db
    .selectFrom('inbox')
    .select(['dedupe_key', 'kind', 'created_at', 'document_sealed'])
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .where('document_sealed', 'is not', null)
    .orderBy('id')
    .execute()
}

export async function listQuarantined(
  db: Db,
  appid: string,
  openidIndex: string,
): Promise<{ reason: string; document_sealed: Uint8Array; received_at: number }[]> {
  return db
    .selectFrom('quarantine')
    .select(['reason', 'document_sealed', 'received_at'])
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .orderBy('id')
    .execute()
}

export async function insertQuarantine(
  tx: Tx,
  row: { appid: string; reason: string; document_sealed: Uint8Array; received_at: number; openid_index: string | null },
): Promise<void> {
  await tx.insertInto('quarantine').values(row).execute()
}

/** Rows come in order of time, so the oldest are the first ids. @returns how many were deleted */
export async function deletePushesBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const oldest = tx.selectFrom('inbox').select(['id', 'received_at']).orderBy('id').limit(limit).as('oldest')
  const due = tx.selectFrom(oldest).select('oldest.id').where('oldest.received_at', '<', before)
  const result = await tx.deleteFrom('inbox').where('id', 'in', due).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** @returns how many were deleted */
export async function deleteQuarantineBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('quarantine')
    .select('id')
    .where('received_at', '<', before)
    .orderBy('received_at')
    .limit(limit)
  const result = await tx.deleteFrom('quarantine').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
