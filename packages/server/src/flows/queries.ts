import { type Insertable, sql } from 'kysely'
import type { BatchStatement, Db, Tx } from '../store/store.ts'
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

/** A flow as arrivals know it: what they change, and what the reply to a scan is made of. */
export type ScannedFlow = Pick<
  FlowRow,
  | 'id'
  | 'app_id'
  | 'appid'
  | 'scene_hash'
  | 'chat_index'
  | 'ticket'
  | 'external_index'
  | 'kind'
  | 'state'
  | 'reason'
  | 'assurance'
  | 'display_name'
  | 'purpose_sealed'
  | 'named_user'
  | 'browser'
  | 'locale'
  | 'scanner_index'
  | 'scanned_at'
  | 'number_tries'
  | 'phone_confirmed_at'
  | 'confirmed_at'
  | 'expires_at'
>

const scannedColumns = `flows.id, flows.app_id, flows.appid, flows.scene_hash, flows.chat_index, flows.ticket, flows.external_index, flows.kind, flows.state,
  flows.reason, flows.assurance, flows.display_name, flows.purpose_sealed, flows.named_user, flows.browser, flows.locale, flows.scanner_index, flows.scanned_at,
  flows.number_tries, flows.phone_confirmed_at, flows.confirmed_at, flows.expires_at`

/** Keys: scene_hash. */
export const flowsByScene: BatchStatement = {
  sqlite: `SELECT ${scannedColumns} FROM flows WHERE scene_hash = ?`,
  postgres: `SELECT ${scannedColumns} FROM unnest($1::text[]) AS key (scene_hash) JOIN flows ON flows.scene_hash = key.scene_hash`,
}

/** Keys: chat_index. */
export const flowsByChatCode: BatchStatement = {
  sqlite: `SELECT ${scannedColumns} FROM flows WHERE chat_index = ?`,
  postgres: `SELECT ${scannedColumns} FROM unnest($1::text[]) AS key (chat_index) JOIN flows ON flows.chat_index = key.chat_index`,
}

/**
 * Keys: scanner_index, scanned_at after which. The index is over time first, so that a scan, the busiest of all writes, appends to it instead of
 * dirtying a page anywhere; the few flows that are scanned and not over are read through for someone who leaves.
 */
export const openFlowsOfScanner: BatchStatement = {
  sqlite: `SELECT ${scannedColumns} FROM flows WHERE scanner_index = ? AND scanned_at > ?
    AND state IN ('scanned', 'registration_required', 'confirmed')`,
  postgres: `SELECT ${scannedColumns} FROM unnest($1::text[], $2::bigint[]) AS key (scanner_index, scanned_after)
    JOIN flows ON flows.scanner_index = key.scanner_index AND flows.scanned_at > key.scanned_after
    WHERE flows.state IN ('scanned', 'registration_required', 'confirmed')`,
}

/**
 * Columns: scanner_index, scanned_at, state, confirmed_at; id. The first scanner wins. `expires_at` is not named here, so that its index rests,
 * and the row hardly grows, so that it stays on its page: the openid is its follower's, and not written again.
 */
export const scanFlow: BatchStatement = {
  sqlite: `UPDATE flows SET scanner_index = ?, scanned_at = ?, state = ?, confirmed_at = ? WHERE id = ? AND state = 'waiting'`,
  postgres: `UPDATE flows SET scanner_index = new.scanner_index, scanned_at = new.scanned_at, state = new.state, confirmed_at = new.confirmed_at
    FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[]) AS new (scanner_index, scanned_at, state, confirmed_at, id)
    WHERE flows.id = new.id AND flows.state = 'waiting'`,
}

/** Columns: state, reason, assurance, confirmed_at, expires_at; then what must still be so: id, state, assurance. */
export const settleFlow: BatchStatement = {
  sqlite: `UPDATE flows SET state = ?, reason = ?, assurance = ?, confirmed_at = ?, expires_at = ? WHERE id = ? AND state = ? AND assurance = ?`,
  postgres: `UPDATE flows SET state = new.state, reason = new.reason, assurance = new.assurance, confirmed_at = new.confirmed_at,
      expires_at = new.expires_at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[])
      AS new (state, reason, assurance, confirmed_at, expires_at, id, was_state, was_assurance)
    WHERE flows.id = new.id AND flows.state = new.was_state AND flows.assurance = new.was_assurance`,
}

/**
 * What somebody typed in the chat. Columns: state, reason, assurance, number_tries, phone_confirmed_at, confirmed_at, expires_at; then what must still be
 * so: id, state, assurance, number_tries. A try counts before it is looked at, so two nodes cannot look at the same one.
 */
export const answerFlow: BatchStatement = {
  sqlite: `UPDATE flows SET state = ?, reason = ?, assurance = ?, number_tries = ?, phone_confirmed_at = ?, confirmed_at = ?, expires_at = ?
    WHERE id = ? AND state = ? AND assurance = ? AND number_tries = ?`,
  postgres: `UPDATE flows SET state = new.state, reason = new.reason, assurance = new.assurance, number_tries = new.number_tries,
      phone_confirmed_at = new.phone_confirmed_at, confirmed_at = new.confirmed_at, expires_at = new.expires_at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[],
      $11::bigint[]) AS new (state, reason, assurance, number_tries, phone_confirmed_at, confirmed_at, expires_at, id, was_state, was_assurance, was_tries)
    WHERE flows.id = new.id AND flows.state = new.was_state AND flows.assurance = new.was_assurance AND flows.number_tries = new.was_tries`,
}

/** Columns: scanner_index. */
export const forgetScanner: BatchStatement = {
  sqlite: 'UPDATE flows SET scanner_sealed = NULL WHERE scanner_index = ? AND scanner_sealed IS NOT NULL',
  postgres: `UPDATE flows SET scanner_sealed = NULL FROM unnest($1::text[]) AS gone (scanner_index)
    WHERE flows.scanner_index = gone.scanner_index AND scanner_sealed IS NOT NULL`,
}

/** Columns: scanner_index. */
export const forgetProfile: BatchStatement = {
  sqlite: 'UPDATE flows SET profile_sealed = NULL WHERE scanner_index = ? AND profile_sealed IS NOT NULL',
  postgres: `UPDATE flows SET profile_sealed = NULL FROM unnest($1::text[]) AS gone (scanner_index)
    WHERE flows.scanner_index = gone.scanner_index AND profile_sealed IS NOT NULL`,
}
