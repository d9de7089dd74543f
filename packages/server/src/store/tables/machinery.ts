import type { Generated } from 'kysely'

export interface MachineryTables {
  vault_keys: { id: Generated<number>; purpose: string; wrapped: Uint8Array; created_at: number }
  jobs: JobRow
  switches: { name: string; since: number }
}

export interface JobRow {
  id: string
  lane: string
  /** Within the lane: whose it is, and of which of their lists. Each has its turn. */
  queue: string
  kind: string
  /** Of its kind there is one job with this key. */
  key: string | null
  payload: string
  /** A job that repeats is never over. */
  every_ms: number | null
  state: 'ready' | 'done' | 'failed' | 'expired'
  run_at: number
  not_after: number | null
  attempts: number
  /** Counts its leases: only the newest one may act. */
  fence: number
  lease_until: number | null
  last_error: string | null
  created_at: number
  finished_at: number | null
}
