import type { BatchStatement, Db, Tx } from '../../store/store.ts'
import type { IncomingMessageRow } from '../../store/tables.ts'

/** Columns: all, in the order of the table. */
export const insertIncoming: BatchStatement = {
  sqlite: `INSERT INTO incoming_messages
      (id, app_id, appid, openid_index, dedupe_key, received_at, open_until, reply_until, replies_left)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  postgres: `INSERT INTO incoming_messages
      (id, app_id, appid, openid_index, dedupe_key, received_at, open_until, reply_until, replies_left)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
      $9::bigint[])`,
}

/** The pushes of these incoming messages, as far as they are this app's. */
export async function listPushes(db: Db, appId: string, ids: string[]): Promise<{ id: string; dedupe_key: string }[]> {
  return db
    .selectFrom('incoming_messages')
    .select(['id', 'dedupe_key'])
    .where('app_id', '=', appId)
    .where('id', 'in', ids)
    .execute()
}

export async function findIncoming(db: Db, appId: string, id: string): Promise<IncomingMessageRow | undefined> {
  return db
    .selectFrom('incoming_messages')
    .selectAll()
    .where('id', '=', id)
    .where('app_id', '=', appId)
    .executeTakeFirst()
}

/** Takes one of the replies that WeChat allows. @returns undefined when there is none left, or no time */
export async function takeReply(
  tx: Tx,
  key: { appId: string; id: string; now: number },
): Promise<IncomingMessageRow | undefined> {
  return tx
    .updateTable('incoming_messages')
    .set((eb) => ({ replies_left: eb('replies_left', '-', 1) }))
    .where('id', '=', key.id)
    .where('app_id', '=', key.appId)
    .where('replies_left', '>', 0)
    .where('reply_until', '>', key.now)
    .returningAll()
    .executeTakeFirst()
}

/** Nobody waits at this push any more. */
export async function closePush(tx: Tx, dedupeKey: string): Promise<void> {
  await tx
    .updateTable('incoming_messages')
    .set({ open_until: null })
    .where('dedupe_key', '=', dedupeKey)
    .where('open_until', 'is not', null)
    .execute()
}

/** @returns how many were deleted */
export async function deleteIncomingBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('incoming_messages')
    .select('id')
    .where('received_at', '<', before)
    .orderBy('received_at')
    .limit(limit)
  const result = await tx.deleteFrom('incoming_messages').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
