import type { BatchStatement, Db, Tx } from '../store/store.ts'

export interface EventRow {
  seq: number
  type: string
  data: string
  created_at: number
}

/** Columns: app_id, type, data, subject, created_at. */
export const insertEvent: BatchStatement = {
  sqlite: 'INSERT INTO events (app_id, type, data, subject, created_at) VALUES (?, ?, ?, ?, ?)',
  postgres: `INSERT INTO events (app_id, type, data, subject, created_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])`,
}

export async function listEvents(db: Db, appId: string, after: number, limit: number): Promise<EventRow[]> {
  return db
    .selectFrom('events')
    .select(['seq', 'type', 'data', 'created_at'])
    .where('app_id', '=', appId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
}

/** Events come in order of time, so the oldest have the first numbers. @returns how many were deleted */
export async function deleteEventsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const oldest = tx.selectFrom('events').select(['seq', 'created_at']).orderBy('seq').limit(limit).as('oldest')
  const due = tx.selectFrom(oldest).select('oldest.seq').where('oldest.created_at', '<', before)
  const result = await tx.deleteFrom('events').where('seq', 'in', due).executeTakeFirst()
  return Number(result.numDeletedRows)
}

export interface Subject {
  appId: string
  publicId: string
}

export async function listEventsOf(db: Db, { appId, publicId }: Subject): Promise<EventRow[]> {
  return db
    .selectFrom('events')
    .select(['seq', 'type', 'data', 'created_at'])
    .where('app_id', '=', appId)
    .where('subject', '=', publicId)
    .orderBy('seq')
    .execute()
}

/** What was told of one user is about another from now on. */
export async function moveEventsOf(tx: Tx, { appId, publicId }: Subject, to: string): Promise<void> {
  await tx
    .updateTable('events')
    .set({ subject: to })
    .where('app_id', '=', appId)
    .where('subject', '=', publicId)
    .execute()
}

export async function deleteEventsOf(tx: Tx, { appId, publicId }: Subject): Promise<void> {
  await tx.deleteFrom('events').where('app_id', '=', appId).where('subject', '=', publicId).execute()
}
