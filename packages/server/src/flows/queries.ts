import { type Insertable, sql } from 'kysely'
import type { Db, Tx } from '../store/store.ts'
import type { FlowRow as Columns } from '../store/tables.ts'

export type FlowRow = Omit<Columns, 'number_tries' | 'code_tries'> & { number_tries: number; code_tries: number }
export type NewFlow = Insertable<Columns>

/** A flow that is not over: what may still change, until it expires. */
const open = ['waiting', 'scanned', 'registration_required', 'confirmed'] as const

/** Written into the statement as they stand in the indexes: SQLite does not take a partial index for a condition made of parameters. */
const written = <T extends Columns['state']>(...states: T[]) => states.map((state) => sql.lit(state))
const scannedAndOpen = written('scanned', 'registration_required', 'confirmed')
const over = written('completed', 'declined', 'expired', 'cancelled', 'failed')

export async function insertFlow(tx: Tx, row: NewFlow): Promise<void> {
  await tx.insertInto('flows').values(row).execute()
}

/** Nobody else takes a step with the flow until the transaction ends: whoever waited sees the step of the one before. */
export async function holdFlow(tx: Tx, id: string): Promise<FlowRow | undefined> {
  return tx.selectFrom('flows').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

export async function findFlow(db: Db, id: string): Promise<FlowRow | undefined> {
  return db.selectFrom('flows').selectAll().where('id', '=', id).executeTakeFirst()
}

/** One conditional step: the change happens only from these states, before the flow expires, and once. */
export async function advance(
  tx: Tx,
  id: string,
  from: Columns['state'][],
  now: number,
  change: Partial<FlowRow>,
  also: { phoneConfirmed?: boolean; unread?: boolean; assuranceNot?: FlowRow['assurance'] } = {},
): Promise<FlowRow | undefined> {
  let update = tx
    .updateTable('flows')
    .set(change)
    .where('id', '=', id)
    .where('state', 'in', from)
    .where('expires_at', '>', now)
  if (also.phoneConfirmed !== undefined) {
    update = update.where('phone_confirmed_at', also.phoneConfirmed ? 'is not' : 'is', null)
  }
  if (also.assuranceNot) update = update.where('assurance', '!=', also.assuranceNot)
  if (also.unread) update = update.where('code_read_at', 'is', null)
  return update.returningAll().executeTakeFirst()
}

/** Counts a try before it is looked at, so that parallel tries cannot outrun the limit. @returns the tries so far, or undefined when none was left */
export async function countTry(
  tx: Tx,
  id: string,
  column: 'number_tries' | 'code_tries',
  limit: number,
  now: number,
): Promise<number | undefined> {
  const row = await tx
    .updateTable('flows')
    .set((eb) => ({ [column]: eb(column, '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'scanned')
    .where('expires_at', '>', now)
    .where(column, '<', limit)
    .returning(column)
    .executeTakeFirst()
  return row?.[column]
}

export async function markRegistered(
  tx: Tx,
  id: string,
  now: number,
  completedAfter: number,
): Promise<FlowRow | undefined> {
  return tx
    .updateTable('flows')
    .set({ registered_at: now })
    .where('id', '=', id)
    .where('state', '=', 'completed')
    .where('completed_at', '>', completedAfter)
    .where('registered_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

/**
 * Ends what has expired since the last time. The index is over time alone: one that held only open flows would be rewritten by every step of
 * every flow. `since` keeps what has long been over out of sight; a flow's end only ever moves later.
 */
export async function expireDue(
  tx: Tx,
  span: { since: number; now: number },
  limit: number,
): Promise<{ id: string; app_id: string }[]> {
  const due = tx
    .selectFrom('flows')
    .select('id')
    .where('expires_at', '>', span.since)
    .where('expires_at', '<=', span.now)
    .where('state', 'in', open)
    .orderBy('expires_at')
    .limit(limit)
  return (
    tx
      .updateTable('flows')
      .set({ state: 'expired' })
      .where('id', 'in', due)
      // Once more, for the row as it is when it is had: another node may have been faster.
      .where('state', 'in', open)
      .where('expires_at', '<=', span.now)
      .returning(['id', 'app_id'])
      .execute()
  )
}

/** What these people scanned in that time, and is not over, is. */
export async function cancelOfScanners(
  tx: Tx,
  scanners: string[],
  span: { since: number; before: number; now: number },
): Promise<FlowRow[]> {
  return tx
    .updateTable('flows')
    .set({ state: 'cancelled', reason: 'not_following' })
    .where('scanner_index', 'in', scanners)
    .where('scanned_at', '>', span.since)
    .where('scanned_at', '<', span.before)
    .where('state', 'in', scannedAndOpen)
    .where('expires_at', '>', span.now)
    .returningAll()
    .execute()
}

export async function forgetScanners(tx: Tx, scanners: string[]): Promise<void> {
  await tx
    .updateTable('flows')
    .set({ profile_sealed: null })
    .where('scanner_index', 'in', scanners)
    .where('profile_sealed', 'is not', null)
    .execute()
  await tx
    .updateTable('flows')
    .set({ scanner_sealed: null })
    .where('scanner_index', 'in', scanners)
    .where('scanner_sealed', 'is not', null)
    .execute()
}

/** What is long over needs no openid any more; followers keep their own. @returns how many forgot theirs */
export async function forgetScannersBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('flows')
    .select('id')
    .where('scanned_at', '<=', before)
    .where((eb) => eb.or([eb('scanner_sealed', 'is not', null), eb('profile_sealed', 'is not', null)]))
    .orderBy('scanned_at')
    .limit(limit)
  const result = await tx
    .updateTable('flows')
    .set({ scanner_sealed: null, profile_sealed: null })
    .where('id', 'in', old)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}

/** @returns how many were deleted */
export async function deleteFlowsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('flows')
    .select('id')
    .where('created_at', '<', before)
    .where('state', 'not in', open)
    .orderBy('created_at')
    .limit(limit)
  const result = await tx.deleteFrom('flows').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Whose flows: of these scanners, and of these ids of the sites' own. */
export interface Theirs {
  scanners: string[]
  externals: string[]
  /** Those whom an approval names. */
  named: string[]
  /** Of one app only. */
  appId: string | undefined
  /** A flow that is not over was scanned after this. */
  scannedAfter: number
}

/** By index, whatever state they are in: each has one. */
function theirIds(db: Db | Tx, { scanners, externals, named, appId, scannedAfter }: Theirs) {
  const flows = appId === undefined ? db.selectFrom('flows') : db.selectFrom('flows').where('app_id', '=', appId)
  return flows
    .select('id')
    .where('scanner_index', 'in', scanners)
    .where('state', 'in', over)
    .unionAll(
      flows
        .select('id')
        .where('scanned_at', '>', scannedAfter)
        .where('scanner_index', 'in', scanners)
        .where('state', 'in', scannedAndOpen),
    )
    .unionAll(flows.select('id').where('external_index', 'in', externals))
    .unionAll(flows.select('id').where('named_user', 'in', named))
    .unionAll(
      // Whose a link's flow is was known before anybody opened it.
      flows
        .select('id')
        .where('expires_at', '>', scannedAfter)
        .where('scanner_index', 'in', scanners)
        .where('link_id', 'is not', null)
        .where('state', '=', 'waiting'),
    )
}

export async function listTheirs(db: Db, theirs: Theirs): Promise<FlowRow[]> {
  return db.selectFrom('flows').selectAll().where('id', 'in', theirIds(db, theirs)).orderBy('created_at').execute()
}

/** Nobody takes a step with them until the transaction ends. */
export async function holdTheirs(tx: Tx, theirs: Theirs): Promise<void> {
  await tx.selectFrom('flows').select('id').where('id', 'in', theirIds(tx, theirs)).orderBy('id').forUpdate().execute()
}

export async function deleteTheirs(tx: Tx, theirs: Theirs): Promise<{ id: string }[]> {
  return tx.deleteFrom('flows').where('id', 'in', theirIds(tx, theirs)).returning('id').execute()
}

export async function insertIdempotencyKey(
  tx: Tx,
  row: { app_id: string; key: string; request_hash: string; object_id: string; created_at: number },
): Promise<void> {
  await tx.insertInto('idempotency_keys').values(row).execute()
}

/** What a site called these flows may say whose they are. */
export async function deleteIdempotencyKeysOf(tx: Tx, objectIds: string[]): Promise<void> {
  if (objectIds.length === 0) return
  await tx.deleteFrom('idempotency_keys').where('object_id', 'in', objectIds).execute()
}

export async function findIdempotencyKey(
  db: Db | Tx,
  appId: string,
  key: string,
): Promise<{ request_hash: string; object_id: string } | undefined> {
  return db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'object_id'])
    .where('app_id', '=', appId)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** @returns how many were deleted */
export async function deleteIdempotencyKeysBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('idempotency_keys')
    .select(['app_id', 'key'])
    .where('created_at', '<', before)
    .orderBy('created_at')
    .limit(limit)
    .$asTuple('app_id', 'key')
  const result = await tx
    .deleteFrom('idempotency_keys')
    .where((eb) => eb(eb.refTuple('app_id', 'key'), 'in', old))
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}
