import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { type Handler, type Job, LeaseLost } from './job.ts'
import { changeLeased, holdLease, type Leased } from './queries.ts'
import { ended, failed, postponed } from './schedule.ts'

/** What it means to others that a job has failed for the last time, and with what. */
export type GivenUp = (tx: Tx, payload: unknown, error: unknown) => Promise<void>

export const leaseMs = 30_000
const renewEveryMs = 10_000

/** One run, from lease to end. @throws what the handler threw, after it was written down */
export function createRunning(deps: {
  store: Store
  clock: Clock
  log: { error(details: object, message: string): void }
  onRun?: ((run: { kind: string; result: 'done' | 'failed' | 'lost' }) => void) | undefined
  stopping: AbortSignal
}): (leased: Leased, by: { handler: Handler; givenUp?: GivenUp | undefined }) => Promise<void> {
  const { store, clock, log, onRun } = deps

  /** Where even this cannot be written, the lease runs out and somebody else takes the job. */
  async function writeFailure(leased: Leased, error: unknown, givenUp: GivenUp | undefined): Promise<void> {
    const { kind, attempts } = leased
    log.error({ err: error, job: kind, attempts }, 'a job failed; it is tried again later')
    const change = failed(leased, error, clock.now())
    await store
      .write(async (tx) => {
        const isOurs = await changeLeased(tx, leased, change)
        if (isOurs && change.state === 'failed') await givenUp?.(tx, JSON.parse(leased.payload), error)
      })
      .catch(() => {})
  }

  return async (leased, { handler, givenUp }) => {
    const lost = new AbortController()
    const renewal = setInterval(() => {
      store
        .write((tx) => changeLeased(tx, leased, { lease_until: clock.now() + leaseMs }))
        .then(
          (held) => held || lost.abort(new LeaseLost()),
          () => {},
        )
    }, renewEveryMs).unref()
    let isFinished = false
    const job: Job = {
      payload: JSON.parse(leased.payload),
      signal: AbortSignal.any([lost.signal, deps.stopping]),
      write: (fn) =>
        store.write(async (tx) => {
          isFinished = false
          if (!(await holdLease(tx, leased))) throw new LeaseLost()
          return fn(tx)
        }),
      async finish(tx) {
        isFinished = await changeLeased(tx, leased, ended(leased, undefined, clock.now()))
      },
      async postpone(tx, until) {
        isFinished = await changeLeased(tx, leased, postponed(until))
      },
    }
    try {
      const payload = await handler(job)
      const isOurs =
        isFinished || (await store.write((tx) => changeLeased(tx, leased, ended(leased, payload, clock.now()))))
      onRun?.({ kind: leased.kind, result: isOurs ? 'done' : 'lost' })
    } catch (error) {
      const isLost = error instanceof LeaseLost
      onRun?.({ kind: leased.kind, result: isLost ? 'lost' : 'failed' })
      if (!isLost) await writeFailure(leased, error, givenUp)
      throw error
    } finally {
      clearInterval(renewal)
    }
  }
}
