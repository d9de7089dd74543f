import type { Insertable } from 'kysely'
import type { Db, Statements, Tx } from '../store/store.ts'
import type { FlowRow as Columns, FlowReason } from '../store/tables.ts'

export type FlowRow = Omit<Columns, 'number_tries' | 'code_tries'> & { number_tries: number; code_tries: number }
export type NewFlow = Insertable<Columns>

/** A flow that is not over: what may still change, until it expires. */
const open = ['waiting', 'scanned', 'registration_required', 'confirmed'] as const

export async function insertFlow(tx: Tx, row: NewFlow): Promise<void> {
  await tx.insertInto('flows').values(row).execute()
}

export async function findFlow(db: Db | Tx, id: string): Promise<FlowRow | undefined> {
  return db.selectFrom('flows').selectAll().where('id', '=', id).executeTakeFirst()
}

/** One conditional step: the change happens only from these states, before the flow expires, and once. */
export async function advance(
  tx: Tx,
  id: string,
  from: Columns['state'][],
  now: number,
  change: Partial<FlowRow>,
  also: { phoneConfirmed?: boolean; unread?: boolean } = {},
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
  return tx.updateTable('flows').set({ state: 'expired' }).where('id', 'in', due).returning(['id', 'app_id']).execute()
}

/** What is long over needs no openid any more; followers keep their own. @returns how many forgot theirs */
export async function forgetScannersBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('flows')
    .select('id')
    .where('scanned_at', '<=', before)
    .where('scanner_sealed', 'is not', null)
    .orderBy('scanned_at')
    .limit(limit)
  const result = await tx.updateTable('flows').set({ scanner_sealed: null }).where('id', 'in', old).executeTakeFirst()
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

export async function insertIdempotencyKey(
  tx: Tx,
  row: { app_id: string; key: string; request_hash: string; object_id: string; created_at: number },
): Promise<void> {
  await tx.insertInto('idempotency_keys').values(row).execute()
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

export async function deleteIdempotencyKeysBefore(tx: Tx, before: number): Promise<void> {
  await tx.deleteFrom('idempotency_keys').where('created_at', '<', before).execute()
}

/** What the reply to a scan is made of. */
export interface ScannedFlow {
  id: string
  app_id: string
  appid: string
  external_index: string | null
  kind: Columns['kind']
  state: Columns['state']
  assurance: Columns['assurance']
  display_name: string | null
  browser: string | null
  locale: string
  scanner_index: string | null
  scanned_at: number | null
  expires_at: number
}

const scannedColumns =
  'id, app_id, appid, external_index, kind, state, assurance, display_name, browser, locale, scanner_index, scanned_at, expires_at'

/**
 * The first scanner wins: one conditional update. An `instant` login is confirmed by it. `expires_at` is not named here, so
 * that its index rests, and the row hardly grows, so that it stays on its page: the openid is its follower's, and not written again. */
export function scanInBatch(
  tx: Statements,
  scan: { appid: string; sceneHash: string; ticket: string | null; scanner: string },
  now: number,
): ScannedFlow | undefined {
  const row = tx.get(
    `UPDATE flows SET scanner_index = ?, scanned_at = ?,
       state = CASE WHEN assurance = 'instant' AND kind = 'login' THEN 'confirmed' ELSE 'scanned' END,
       confirmed_at = CASE WHEN assurance = 'instant' AND kind = 'login' THEN ? END
     WHERE scene_hash = ? AND appid = ? AND (? IS NULL OR ticket = ?) AND state = 'waiting' AND expires_at > ?
     RETURNING ${scannedColumns}`,
    scan.scanner,
    now,
    now,
    scan.sceneHash,
    scan.appid,
    scan.ticket,
    scan.ticket,
    now,
  )
  return row as unknown as ScannedFlow | undefined
}

/** A flow confirmed in its last second lives on until its page can have fetched the code. */
export function prolongInBatch(tx: Statements, id: string, until: number): void {
  tx.run('UPDATE flows SET expires_at = ? WHERE id = ? AND expires_at < ?', until, id, until)
}

export function findScannedInBatch(tx: Statements, appid: string, sceneHash: string): ScannedFlow | undefined {
  const row = tx.get(`SELECT ${scannedColumns} FROM flows WHERE scene_hash = ? AND appid = ?`, sceneHash, appid)
  return row as unknown as ScannedFlow | undefined
}

/** A second person scanned: whoever confirms must now carry six digits back to the PC. @returns whether that was news */
export function raiseToCodeInBatch(tx: Statements, id: string, now: number): boolean {
  return (
    tx.run(
      `UPDATE flows SET assurance = 'code' WHERE id = ? AND state = 'scanned' AND assurance <> 'code' AND expires_at > ?`,
      id,
      now,
    ) === 1
  )
}

/**
 * The person left the account: their open flows end. The index is over time first, so that a scan, the busiest of all writes, appends to it
 * instead of dirtying a page anywhere; the few flows that are scanned and not over are read through for someone who leaves.
 */
export function cancelOfScannerInBatch(
  tx: Statements,
  scanner: string,
  scanned: { after: number; before: number },
  reason: FlowReason,
): { id: string; app_id: string }[] {
  const rows = tx.all(
    `UPDATE flows SET state = 'cancelled', reason = ? WHERE scanned_at > ? AND scanned_at < ? AND scanner_index = ?
       AND state IN ('scanned', 'registration_required', 'confirmed') RETURNING id, app_id`,
    reason,
    scanned.after,
    scanned.before,
    scanner,
  )
  tx.run('UPDATE flows SET scanner_sealed = NULL WHERE scanner_index = ? AND scanner_sealed IS NOT NULL', scanner)
  return rows as { id: string; app_id: string }[]
}

/** An `instant` bind, right after its scan: confirmed, or failed by a conflict. */
export function settleScanInBatch(
  tx: Statements,
  id: string,
  end: { state: 'confirmed' | 'failed'; reason: FlowReason | null },
  now: number,
  confirmedUntil: number,
): void {
  tx.run(
    `UPDATE flows SET state = ?, reason = ?, confirmed_at = ?, expires_at = max(expires_at, ?) WHERE id = ? AND state = 'scanned'`,
    end.state,
    end.reason,
    end.state === 'confirmed' ? now : null,
    confirmedUntil,
    id,
  )
}
