import type { Statements, Tx } from '../store/store.ts'

/** @returns the stored reply of a push that came before (null: it had none), or undefined when it is new */
export function findAnswerInBatch(tx: Statements, dedupeKey: string): Uint8Array | null | undefined {
  const row = tx.get('SELECT reply_sealed FROM inbox WHERE dedupe_key = ?', dedupeKey)
  return row === undefined ? undefined : (row.reply_sealed as Uint8Array | null)
}

export function insertPushInBatch(
  tx: Statements,
  row: {
    appid: string
    dedupeKey: string
    kind: string
    openidIndex: string
    createdAt: number
    receivedAt: number
    documentSealed: Uint8Array | null
    replySealed: Uint8Array | null
  },
): void {
  tx.run(
    `INSERT INTO inbox (appid, dedupe_key, kind, openid_index, created_at, received_at, document_sealed, reply_sealed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    row.appid,
    row.dedupeKey,
    row.kind,
    row.openidIndex,
    row.createdAt,
    row.receivedAt,
    row.documentSealed,
    row.replySealed,
  )
}

/** The person left: what they wrote is forgotten, that they wrote stays. */
export function forgetDocumentsInBatch(tx: Statements, appid: string, openidIndex: string): void {
  tx.run(
    'UPDATE inbox SET document_sealed = NULL WHERE appid = ? AND openid_index = ? AND document_sealed IS NOT NULL',
    appid,
    openidIndex,
  )
}

export async function insertQuarantine(
  tx: Tx,
  row: { appid: string; reason: string; document_sealed: Uint8Array; received_at: number },
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

export async function deleteQuarantineBefore(tx: Tx, before: number): Promise<void> {
  await tx.deleteFrom('quarantine').where('received_at', '<', before).execute()
}
