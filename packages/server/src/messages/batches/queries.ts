import { sql } from 'kysely'
import type { Db, Tx } from '../../store/store.ts'
import type { BatchRow, MessageRow } from '../../store/tables.ts'
import { open } from '../queries.ts'

export type { BatchRow } from '../../store/tables.ts'

export async function insertBatch(tx: Tx, row: BatchRow): Promise<void> {
  await tx.insertInto('batches').values(row).execute()
}

export async function insertFailure(
  tx: Tx,
  row: { batch_id: string; position: number; reason: string },
): Promise<void> {
  await tx.insertInto('batch_failures').values(row).execute()
}

/** @returns whether it is in; nobody gets two of one batch */
export async function insertBatchMessage(tx: Tx, row: MessageRow): Promise<boolean> {
  const result = await tx
    .insertInto('messages')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function findBatch(db: Db | Tx, id: string): Promise<BatchRow | undefined> {
  return db.selectFrom('batches').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function findBatchState(tx: Tx, id: string): Promise<BatchRow['state'] | undefined> {
  const row = await tx.selectFrom('batches').select('state').where('id', '=', id).executeTakeFirst()
  return row?.state
}

export async function findBatchByKey(db: Db, appId: string, key: string): Promise<BatchRow | undefined> {
  return db
    .selectFrom('batches')
    .selectAll()
    .where('app_id', '=', appId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
}

/** One step of a batch. @returns whether it was in one of these states */
export async function changeBatch(
  tx: Tx,
  id: string,
  from: BatchRow['state'][],
  change: Partial<BatchRow>,
): Promise<boolean> {
  const result = await tx
    .updateTable('batches')
    .set(change)
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Holds a batch still until the transaction ends: whoever pauses or cancels it comes before, or after. */
export async function holdBatch(tx: Tx, id: string): Promise<BatchRow['state'] | undefined> {
  const row = await tx.selectFrom('batches').select('state').where('id', '=', id).forUpdate().executeTakeFirst()
  return row?.state
}

const heldColumns = ['id', 'lane', 'appid', 'batch_id', 'send_at'] as const
type Held = Pick<MessageRow, (typeof heldColumns)[number]>

/** Those of a paused batch that a job came for get jobs again. */
export async function releaseHeld(tx: Tx, batchId: string, limit: number): Promise<Held[]> {
  const some = tx
    .selectFrom('messages')
    .select('id')
    .where('batch_id', '=', batchId)
    .where('state', 'in', open)
    .where('state', '=', 'ready')
    .where('held', '=', 1)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return tx.updateTable('messages').set({ held: 0 }).where('id', 'in', some).returning(heldColumns).execute()
}

/** Those that nobody has begun to send, held still until the transaction ends; whoever is at one of them now sees himself that it is cancelled. */
export async function holdReady(tx: Tx, batchId: string, limit: number): Promise<MessageRow[]> {
  return tx
    .selectFrom('messages')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('state', 'in', open)
    .where('state', '=', 'ready')
    .where('resent', '=', 0)
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
}

/** Batches that are not over and not paused. */
export async function listOpen(tx: Tx): Promise<Pick<BatchRow, 'id' | 'app_id' | 'state'>[]> {
  return tx
    .selectFrom('batches')
    .select(['id', 'app_id', 'state'])
    .where('finished_at', 'is', null)
    .where('state', '!=', 'paused')
    .orderBy('created_at')
    .execute()
}

/** Whether something of a batch waits for a job of the batch's own: of a running one what is held, of a cancelled one all that waits. */
export async function needsWork(tx: Tx, { id, state }: Pick<BatchRow, 'id' | 'state'>): Promise<boolean> {
  const ready = tx
    .selectFrom('messages')
    .select('id')
    .where('batch_id', '=', id)
    .where('state', 'in', open)
    .where('state', '=', 'ready')
    .where('resent', '=', 0)
    .limit(1)
  const row = await (state === 'cancelled' ? ready : ready.where('held', '=', 1)).executeTakeFirst()
  return row !== undefined
}

/** @returns whether it is over from now on: its list is empty, and none of its messages is under way */
export async function finishBatch(
  tx: Tx,
  { id, state }: Pick<BatchRow, 'id' | 'state'>,
  now: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('batches')
    .set({ state: state === 'cancelled' ? state : 'finished', finished_at: now, said_sealed: null })
    .where('id', '=', id)
    .where('state', '=', state)
    .where('finished_at', 'is', null)
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('batch_parts').select('first').where('batch_id', '=', id))),
    )
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('messages').select('id').where('batch_id', '=', id).where('state', 'in', open))),
    )
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export interface Counted {
  state: MessageRow['state'] | 'listed' | 'dropped'
  reason: string | null
  users: number
  delivered: number
}

/** Where all users of the list are, at one moment. */
export async function countBatch(db: Db | Tx, id: string): Promise<Counted[]> {
  const none = sql<string | null>`CAST(NULL AS TEXT)`
  const zero = sql<number>`0`
  const state = (name: Counted['state']) => sql<string>`CAST(${sql.lit(name)} AS TEXT)`
  // What is sent anew was accepted before, and stays so.
  const stateShown = sql<string>`CASE WHEN resent > 0 AND state IN ('ready', 'sending') THEN 'sent' ELSE state END`
  const rows = await db
    .selectFrom('messages')
    .select((eb) => [
      stateShown.as('state'),
      'reason',
      eb.fn.countAll<number>().as('users'),
      eb.fn.count<number>('delivered_at').as('delivered'),
    ])
    .where('batch_id', '=', id)
    .groupBy([stateShown, 'reason'])
    .unionAll((eb) =>
      eb
        .selectFrom('batch_failures')
        .select((failure) => [
          state('failed').as('state'),
          failure.ref('reason').$castTo<string | null>().as('reason'),
          failure.fn.countAll<number>().as('users'),
          zero.as('delivered'),
        ])
        .where('batch_id', '=', id)
        .groupBy('reason'),
    )
    .unionAll((eb) =>
      eb
        .selectFrom('batch_parts')
        .select((part) => [
          state('listed').as('state'),
          none.as('reason'),
          part.fn.coalesce(part.fn.sum<number>('size'), zero).as('users'),
          zero.as('delivered'),
        ])
        .where('batch_id', '=', id),
    )
    .unionAll((eb) =>
      eb
        .selectFrom('batches')
        .select([state('dropped').as('state'), none.as('reason'), 'dropped as users', zero.as('delivered')])
        .where('id', '=', id),
    )
    .execute()
  return rows.map((row) => ({
    state: row.state as Counted['state'],
    reason: row.reason,
    users: Number(row.users),
    delivered: Number(row.delivered),
  }))
}

export async function listFailures(db: Db, batchId: string): Promise<{ position: number; reason: string }[]> {
  return db
    .selectFrom('batch_failures')
    .select(['position', 'reason'])
    .where('batch_id', '=', batchId)
    .orderBy('position')
    .execute()
}

/** A piece of the oldest that was made before then: of whom no message was made, and in the end the batch itself. @returns whether there was one */
export async function deleteSomeBefore(tx: Tx, before: number, limit: number): Promise<boolean> {
  const old = await tx
    .selectFrom('batches')
    .select('id')
    .where('created_at', '<', before)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  if (!old) return false
  const some = tx.selectFrom('batch_failures').select('position').where('batch_id', '=', old.id).limit(limit)
  const failures = tx.deleteFrom('batch_failures').where('batch_id', '=', old.id).where('position', 'in', some)
  if (Number((await failures.executeTakeFirst()).numDeletedRows) === limit) return true
  await tx.deleteFrom('batch_parts').where('batch_id', '=', old.id).execute()
  await tx.deleteFrom('batches').where('id', '=', old.id).execute()
  return true
}
