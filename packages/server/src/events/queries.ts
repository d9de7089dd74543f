import type { Db, Statements, Tx } from '../store/store.ts'

export interface EventRow {
  seq: number
  type: string
  data: string
  created_at: number
}

export async function insertEvent(
  tx: Tx,
  row: { app_id: string | null; type: string; data: string; created_at: number },
): Promise<void> {
  await tx.insertInto('events').values(row).execute()
}

/** The same, inside a batch of arrivals. */
export function insertEventInBatch(
  tx: Statements,
  appId: string | null,
  type: string,
  data: string,
  now: number,
): void {
  tx.run('INSERT INTO events (app_id, type, data, created_at) VALUES (?, ?, ?, ?)', appId, type, data, now)
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
