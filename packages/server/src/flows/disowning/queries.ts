import { sql } from 'kysely'
import type { Tx } from '../../store/store.ts'
import type { FlowRow } from '../queries.ts'

/** As they stand in the index over scanners. */
const scannedAndOpen = (['scanned', 'registration_required', 'confirmed'] as const).map((state) => sql.lit(state))

/** What these people scanned, and is not over, is. Whoever redeems at this moment was first, or finds it over. */
export async function cancelScannedBy(
  tx: Tx,
  scanners: string[],
  span: { since: number; now: number },
): Promise<FlowRow[]> {
  return tx
    .updateTable('flows')
    .set({ state: 'cancelled' })
    .where('scanner_index', 'in', scanners)
    .where('scanned_at', '>', span.since)
    .where('state', 'in', scannedAndOpen)
    .where('expires_at', '>', span.now)
    .returningAll()
    .execute()
}

/** A site that was going to give them an id of its own does not any more. */
export async function endRegistrationsOf(
  tx: Tx,
  scanners: string[],
  span: { since: number; now: number },
): Promise<void> {
  await tx
    .updateTable('flows')
    .set({ registered_at: span.now })
    .where('scanner_index', 'in', scanners)
    .where('scanned_at', '>', span.since)
    .where('state', '=', sql.lit('completed'))
    .where('registered_at', 'is', null)
    .execute()
}
