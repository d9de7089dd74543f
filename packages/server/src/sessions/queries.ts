import type { Db, Tx } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

export type SessionRow = Tables['sessions']

/** A session that still counts: not ended, used lately, begun not too long ago. */
export interface Living {
  seenAfter: number
  createdAfter: number
}

export async function insertSession(tx: Tx, row: SessionRow): Promise<void> {
  await tx.insertInto('sessions').values(row).execute()
}

export async function findSession(db: Db, tokenHash: string, living: Living): Promise<SessionRow | undefined> {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('ended_at', 'is', null)
    .where('seen_at', '>', living.seenAfter)
    .where('created_at', '>', living.createdAfter)
    .executeTakeFirst()
}

export async function listSessions(db: Db, userId: string, living: Living): Promise<SessionRow[]> {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('seen_at', '>', living.seenAfter)
    .where('created_at', '>', living.createdAfter)
    .orderBy('seen_at', 'desc')
    .execute()
}

/** @returns whether it is this user's, open, and was authenticated after that; nobody ends it before the transaction does */
export async function holdSession(tx: Tx, userId: string, id: string, authenticatedAfter: number): Promise<boolean> {
  const row = await tx
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('authenticated_at', '>', authenticatedAfter)
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

/** Only a session that still counts is kept awake. */
export async function touchSession(tx: Tx, id: string, now: number): Promise<void> {
  await tx.updateTable('sessions').set({ seen_at: now }).where('id', '=', id).where('ended_at', 'is', null).execute()
}

/** @returns whether it was there to be ended */
export async function endSession(tx: Tx, userId: string, id: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('sessions')
    .set({ ended_at: now })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return Number(result.numUpdatedRows) > 0
}

/** @returns how many were ended */
export async function endSessions(tx: Tx, userId: string, except: string | null, now: number): Promise<number> {
  const all = tx
    .updateTable('sessions')
    .set({ ended_at: now })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
  const result = await (except === null ? all : all.where('id', '!=', except)).executeTakeFirst()
  return Number(result.numUpdatedRows)
}

export async function deleteSessionsOf(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('sessions').where('user_id', '=', userId).execute()
}

/** @returns how many were deleted */
export async function deleteSessionsBefore(tx: Tx, createdBefore: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('sessions')
    .select('id')
    .where('created_at', '<', createdBefore)
    .orderBy('created_at')
    .limit(limit)
  const result = await tx.deleteFrom('sessions').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
