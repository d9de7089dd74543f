import type { Db, Tx } from '../../../store/store.ts'
import type { BatchPartRow } from '../../../store/tables.ts'

export type { BatchPartRow } from '../../../store/tables.ts'

export async function insertPart(tx: Tx, row: BatchPartRow): Promise<void> {
  await tx.insertInto('batch_parts').values(row).execute()
}

export async function findPart(db: Db, batchId: string): Promise<BatchPartRow | undefined> {
  return db
    .selectFrom('batch_parts')
    .selectAll()
    .where('batch_id', '=', batchId)
    .orderBy('first')
    .limit(1)
    .executeTakeFirst()
}

/** @returns whether it was still there, as it was read */
export async function takePart(tx: Tx, part: BatchPartRow): Promise<boolean> {
  const result = await tx
    .deleteFrom('batch_parts')
    .where('batch_id', '=', part.batch_id)
    .where('first', '=', part.first)
    .where('edits', '=', part.edits)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}

/** Whether a part is still in the list, as it was read or not. */
export async function isThere(tx: Tx, { batch_id, first }: BatchPartRow): Promise<boolean> {
  const one = tx.selectFrom('batch_parts').select('first').where('batch_id', '=', batch_id).where('first', '=', first)
  return (await one.executeTakeFirst()) !== undefined
}

/** What is left of the list is dropped. @returns of how many users */
export async function dropParts(tx: Tx, batchId: string): Promise<number> {
  const rows = await tx.deleteFrom('batch_parts').where('batch_id', '=', batchId).returning('size').execute()
  return rows.reduce((sum, row) => sum + row.size, 0)
}

/** Where the users of these apps may still be in a list. */
export async function listPartsOf(db: Db, appIds: string[]): Promise<(BatchPartRow & { app_id: string })[]> {
  return appIds.length === 0 ? [] : partsOf(db, appIds).execute()
}

/** The same, held still until the transaction ends. */
export async function holdPartsOf(tx: Tx, appIds: string[]): Promise<(BatchPartRow & { app_id: string })[]> {
  return appIds.length === 0 ? [] : partsOf(tx, appIds).forUpdate('batch_parts').execute()
}

function partsOf(db: Db | Tx, appIds: string[]) {
  return db
    .selectFrom('batch_parts')
    .innerJoin('batches', 'batches.id', 'batch_parts.batch_id')
    .selectAll('batch_parts')
    .select('batches.app_id')
    .where('batches.app_id', 'in', appIds)
    .orderBy('batch_parts.batch_id')
    .orderBy('batch_parts.first')
}

export async function changePart(tx: Tx, part: BatchPartRow, usersSealed: Uint8Array): Promise<void> {
  await tx
    .updateTable('batch_parts')
    .set((eb) => ({ users_sealed: usersSealed, edits: eb('edits', '+', 1) }))
    .where('batch_id', '=', part.batch_id)
    .where('first', '=', part.first)
    .execute()
}
