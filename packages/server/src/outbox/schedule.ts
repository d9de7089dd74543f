import { newId } from '../ids.ts'
import type { JobRow, Leased } from './queries.ts'

const mostAttempts = 8
const backoffMs = [1_000, 4_000, 15_000, 60_000, 240_000, 900_000, 1_800_000]
const longestRestMs = 300_000

/** A job that waits for its first run. */
export function newJob(job: {
  kind: string
  lane: string
  queue?: string | undefined
  payload: unknown
  key: string | null
  runAt: number
  everyMs: number | null
  notAfter?: number | undefined
  now: number
}): JobRow {
  return {
    id: newId('jb'),
    lane: job.lane,
    queue: job.queue ?? '',
    kind: job.kind,
    key: job.key,
    payload: JSON.stringify(job.payload),
    every_ms: job.everyMs,
    state: 'ready',
    run_at: job.runAt,
    not_after: job.notAfter ?? null,
    attempts: 0,
    fence: 0,
    lease_until: null,
    last_error: null,
    created_at: job.now,
    finished_at: null,
  }
}

/** A run that went well. */
export function ended(leased: Leased, payload: unknown, now: number): Partial<JobRow> {
  if (leased.every_ms === null) return { state: 'done', finished_at: now, lease_until: null, last_error: null }
  return {
    run_at: now + leased.every_ms,
    attempts: 0,
    lease_until: null,
    last_error: null,
    ...(payload !== undefined && { payload: JSON.stringify(payload) }),
  }
}

/** A run that found that it is not time yet. */
export function postponed(until: number): Partial<JobRow> {
  return { run_at: until, attempts: 0, lease_until: null, last_error: null }
}

/** One that was leased too late to be done. */
export function expired(now: number): Partial<JobRow> {
  return { state: 'expired', finished_at: now, lease_until: null }
}

/** A run that did not: tried again later and later, and in the end left for somebody to look at; a job that repeats is never given up. */
export function failed(leased: Leased, error: unknown, now: number): Partial<JobRow> {
  const isOver = leased.every_ms === null && leased.attempts >= mostAttempts
  const pause = backoffMs[Math.min(leased.attempts, backoffMs.length) - 1] ?? 0
  const rest = leased.every_ms === null ? pause : Math.min(Math.max(pause, leased.every_ms), longestRestMs)
  // Spread, so that what failed together does not come back together.
  const spread = rest * (0.8 + Math.random() * 0.4)
  return {
    last_error: error instanceof Error ? error.name : 'Error',
    lease_until: null,
    ...(isOver ? { state: 'failed', finished_at: now } : { run_at: Math.ceil(now + spread) }),
  }
}
