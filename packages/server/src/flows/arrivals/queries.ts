import type { BatchStatement } from '../../store/store.ts'
import type { FlowRow } from '../queries.ts'

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
