import { sql } from 'kysely'
import type { BatchStatement, Db, Tx } from '../store/store.ts'
import type { IncomingMessageRow, MessageRow, ReceiptRow } from '../store/tables.ts'
import type { Via } from './contents.ts'
import { deleteWindowsOf } from './windows/queries.ts'

/** What is not over. As literals: SQLite uses a partial index only for the words it was made with. */
export const open = (['ready', 'sending'] as const).map((state) => sql.lit(state))

/** Columns: appid, openid_index. They left: what was still to be said to them is forgotten, and not sent. */
export const forgetTexts: BatchStatement = {
  sqlite: `UPDATE messages SET text_sealed = NULL WHERE appid = ? AND openid_index = ? AND state IN ('ready', 'sending')`,
  postgres: `UPDATE messages SET text_sealed = NULL FROM unnest($1::text[], $2::text[]) AS gone (appid, openid_index)
    WHERE messages.appid = gone.appid AND messages.openid_index = gone.openid_index AND state IN ('ready', 'sending')`,
}

/** The same, of people who were found to follow no more; and no window of theirs is open. */
export async function forgetTextsOf(tx: Tx, appid: string, openidIndexes: string[]): Promise<void> {
  await tx
    .updateTable('messages')
    .set({ text_sealed: null })
    .where('appid', '=', appid)
    .where('openid_index', 'in', openidIndexes)
    .where('state', 'in', open)
    .execute()
  await deleteWindowsOf(tx, appid, openidIndexes)
}

export async function insertMessage(tx: Tx, row: MessageRow): Promise<void> {
  await tx.insertInto('messages').values(row).execute()
}

export async function findMessage(db: Db | Tx, appId: string, id: string): Promise<MessageRow | undefined> {
  return db.selectFrom('messages').selectAll().where('id', '=', id).where('app_id', '=', appId).executeTakeFirst()
}

export async function findByIdempotencyKey(db: Db, appId: string, key: string): Promise<MessageRow | undefined> {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('app_id', '=', appId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
}

/** The oldest reply to this push that nobody has begun to send. */
export async function findReady(db: Db, dedupeKey: string): Promise<MessageRow | undefined> {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('dedupe_key', '=', dedupeKey)
    .where('state', '=', 'ready')
    .where('text_sealed', 'is not', null)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
}

/** The next message to this follower, held still until the transaction ends. What is to be sent later, or by a `paused` way, keeps nothing waiting. */
export async function holdNext(
  tx: Tx,
  to: Recipient,
  { now, paused }: { now: number; paused: ReadonlySet<Via> },
): Promise<MessageRow | undefined> {
  const next = tx
    .selectFrom('messages')
    .selectAll()
    .where('appid', '=', to.appid)
    .where('openid_index', '=', to.openidIndex)
    .where('lane', '=', to.lane)
    .where('state', 'in', open)
    .where('held', '=', 0)
    .where((eb) => eb.or([eb('send_at', 'is', null), eb('send_at', '<=', now)]))
    .orderBy((eb) => eb.fn.coalesce('send_at', 'created_at'))
    .orderBy('id')
    .limit(1)
    .forUpdate()
  const isPaused = paused.size > 0
  return (
    isPaused ? next.where((eb) => eb.fn.coalesce('via', eb.val('customer_service')), 'not in', [...paused]) : next
  ).executeTakeFirst()
}

/** One that is not over, held still until the transaction ends. */
export async function holdOpen(tx: Tx, id: string): Promise<MessageRow | undefined> {
  return tx
    .selectFrom('messages')
    .selectAll()
    .where('id', '=', id)
    .where('state', 'in', open)
    .forUpdate()
    .executeTakeFirst()
}

/** What is not over and should have been by then, held still until the transaction ends; whoever is at one of them now ends it himself. */
export async function holdOverdue(
  tx: Tx,
  { before, startedBefore, limit }: { before: number; startedBefore: number; limit: number },
): Promise<MessageRow[]> {
  return tx
    .selectFrom('messages')
    .selectAll()
    .where('state', 'in', open)
    .where('not_after', '<', before)
    .where((eb) => eb.or([eb('started_at', 'is', null), eb('started_at', '<', startedBefore)]))
    .orderBy('not_after')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
}

/** Holds a message still until the transaction ends. @returns whether it is still as it was */
export async function holdMessage(tx: Tx, was: Pick<MessageRow, 'id' | 'state'>): Promise<boolean> {
  const row = await tx.selectFrom('messages').select('state').where('id', '=', was.id).forUpdate().executeTakeFirst()
  return row?.state === was.state
}

/** One step of a message that is still as it was. @returns whether it was */
export async function changeMessage(
  tx: Tx,
  was: Pick<MessageRow, 'id' | 'state' | 'started_at'>,
  change: Partial<MessageRow>,
): Promise<boolean> {
  const result = await tx
    .updateTable('messages')
    .set(change)
    .where('id', '=', was.id)
    .where('state', '=', was.state)
    .where('started_at', 'is not distinct from', was.started_at)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** @returns how many were deleted */
export async function deleteMessagesBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx.selectFrom('messages').select('id').where('created_at', '<', before).orderBy('created_at').limit(limit)
  const result = await tx.deleteFrom('messages').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** What they wrote to these sites, and what they were answered or told. */
export async function listConversations(
  db: Db,
  of: { appid: string; openidIndex: string; appId: string | undefined },
): Promise<{ incoming: IncomingMessageRow[]; messages: MessageRow[] }> {
  const incoming = db
    .selectFrom('incoming_messages')
    .selectAll()
    .where('appid', '=', of.appid)
    .where('openid_index', '=', of.openidIndex)
  const messages = db
    .selectFrom('messages')
    .selectAll()
    .where('appid', '=', of.appid)
    .where('openid_index', '=', of.openidIndex)
  const { appId } = of
  return {
    incoming: await (appId === undefined ? incoming : incoming.where('app_id', '=', appId))
      .orderBy('received_at')
      .execute(),
    messages: await (appId === undefined ? messages : messages.where('app_id', '=', appId))
      .orderBy('created_at')
      .execute(),
  }
}

/** All that was said by and to somebody who is erased; or to one app, and by it. */
export async function deleteConversations(
  tx: Tx,
  of: { appid: string; openidIndex: string; appId: string | undefined },
): Promise<void> {
  for (const table of ['incoming_messages', 'messages'] as const) {
    const all = tx.deleteFrom(table).where('appid', '=', of.appid).where('openid_index', '=', of.openidIndex)
    await (of.appId === undefined ? all : all.where('app_id', '=', of.appId)).execute()
  }
  if (of.appId !== undefined) return
  await tx.deleteFrom('receipts').where('appid', '=', of.appid).where('openid_index', '=', of.openidIndex).execute()
}

export interface Recipient {
  appid: string
  openidIndex: string
  lane: MessageRow['lane']
}

/** Of a message: to whom, and not before when. */
export async function findRecipient(tx: Tx, id: string): Promise<(Recipient & { sendAt: number | null }) | undefined> {
  return tx
    .selectFrom('messages')
    .select(['appid', 'openid_index as openidIndex', 'lane', 'send_at as sendAt'])
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Columns: appid, openid_index, template_id, msgid, outcome, received_at. */
export const insertReceipt: BatchStatement = {
  sqlite: `INSERT INTO receipts (appid, openid_index, template_id, msgid, outcome, received_at) VALUES (?, ?, ?, ?, ?, ?)`,
  postgres: `INSERT INTO receipts (appid, openid_index, template_id, msgid, outcome, received_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])`,
}

export async function listReceipts(tx: Tx, after: number, limit: number): Promise<ReceiptRow[]> {
  return tx.selectFrom('receipts').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute()
}

/** The message it is about: by WeChat's id, or the oldest notice of that template to that person that was accepted. */
export async function findReceived(
  tx: Tx,
  receipt: Pick<ReceiptRow, 'appid' | 'msgid' | 'template_id' | 'openid_index'>,
): Promise<MessageRow | undefined> {
  // In so many words, so that they are seen to be those of the partial index.
  const some = tx
    .selectFrom('messages')
    .selectAll()
    .where('appid', '=', receipt.appid)
    .where('state', '=', sql.lit('sent'))
  const its =
    receipt.template_id === null
      ? some.where('msgid', '=', receipt.msgid)
      : some
          .where('via', '=', sql.lit('subscription'))
          .where('openid_index', '=', receipt.openid_index)
          .where('template_id', '=', receipt.template_id)
          .where('msgid', 'is', null)
          .orderBy('created_at')
  return its.where('delivered_at', 'is', null).limit(1).forUpdate().executeTakeFirst()
}

export async function deleteReceipts(tx: Tx, ids: number[]): Promise<void> {
  await tx.deleteFrom('receipts').where('id', 'in', ids).execute()
}

/** What was accepted that long ago is not sent anew. */
export async function forgetAcceptedBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('messages')
    .select('id')
    .where('state', '=', 'sent')
    .where('text_sealed', 'is not', null)
    .where('finished_at', '<', before)
    .limit(limit)
  const result = await tx.updateTable('messages').set({ text_sealed: null }).where('id', 'in', old).executeTakeFirst()
  return Number(result.numUpdatedRows)
}
