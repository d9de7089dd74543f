import type { Tx } from '../store/store.ts'

/** Thrown into the work of a node whose lease went to another: what it was about to write is not written. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'
}

/** One run of a job, under a lease. */
export interface Job {
  payload: unknown
  /** Fires when the lease is lost or the node stops: what is not done by then is done later, by somebody. */
  signal: AbortSignal
  /** A transaction that is only kept while the lease is this run's own. @throws LeaseLost */
  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /** Ends the job as part of this transaction, the last of the run: else its end is one more. */
  finish(tx: Tx): Promise<void>
  /** Lets it rest until then, as part of this transaction, the last of the run: the same job runs again, as if for the first time. */
  postpone(tx: Tx, until: number): Promise<void>
}

/** @returns the payload of the next run, for a job that repeats; undefined keeps it */
export type Handler = (job: Job) => Promise<unknown>
