import type { Live } from '../live/live.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { type Handler, type Job, LeaseLost } from './job.ts'
import {
  changeLeased,
  countJobs,
  deleteFinished,
  findDue,
  hasten,
  holdLease,
  insertJob,
  isSwitched,
  type JobRow,
  type Leased,
  leaseDue,
  switchOff,
  switchOn,
  updateSchedule,
  wakeJobs,
} from './queries.ts'
import { ended, expired, failed, newJob, postponed } from './schedule.ts'

export { type Handler, type Job, LeaseLost } from './job.ts'

/** What it means to others that a job has failed for the last time, and with what. */
export type GivenUp = (tx: Tx, payload: unknown, error: unknown) => Promise<void>

/**
 * Lanes keep work apart: one that is slow or paused holds up no other. `upkeep` is this installation's own housekeeping; what goes out to
 * the world waits while dispatch is paused. `codes` are what somebody waits for in front of a page.
 */
export type Lane = (typeof lanes)[number]

const lanes = ['codes', 'upkeep', 'platform', 'messages'] as const

export interface Outbox {
  /** Registers who does jobs of this kind. `givenUp` is part of the transaction that gives one up: nobody tries that job again. */
  handle(kind: string, lane: Lane, handler: Handler, givenUp?: GivenUp): void
  /** A job that repeats: one run at a time in the whole fleet, `everyMs` after the last one ended; once, however long nobody was there. */
  every(kind: string, everyMs: number, lane: Lane, handler: Handler): void
  /** Part of the transaction that causes the job. With a `key` there is one of its kind. */
  enqueue(
    tx: Tx,
    job: { kind: string; payload: unknown; key?: string; runAt?: number; notAfter?: number },
  ): Promise<void>
  start(): void
  /** Runs every job that repeats, now, and then whatever is due. @throws what a run threw */
  runAll(): Promise<void>
  /** Part of the transaction that ends what jobs wait for: those of these kinds that rest until one of these moments are due. */
  wake(tx: Tx, kinds: readonly string[], moments: readonly number[]): Promise<void>
  /** Runs the job that repeats once, soon. */
  hasten(kind: string): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  isPaused(): Promise<boolean>
  count(): Promise<{ lane: string; state: JobRow['state']; jobs: number; oldest: number }[]>
  /** Leases nothing more, and waits for what is under way, so long; what is not done then keeps its lease until that runs out. */
  stop(patienceMs?: number): Promise<void>
}

const leaseMs = 30_000
const renewEveryMs = 10_000
const mostAtOnce: Record<Lane, number> = { codes: 8, upkeep: 4, platform: 4, messages: 16 }
const lookEveryMs = 1_000
const finishedLifeMs = 7 * 24 * 3_600_000
const pausedSwitch = 'dispatch_paused'
const wakeName = 'outbox-jobs'

interface Registered {
  kind: string
  lane: Lane
  handler: Handler
  givenUp?: GivenUp | undefined
  everyMs: number | null
}

export function createOutbox(deps: {
  store: Store
  clock: Clock
  live: Live
  log: { error(details: object, message: string): void }
  onRun?(run: { kind: string; result: 'done' | 'failed' | 'lost' }): void
}): Outbox {
  const { store, clock, live } = deps
  const handlers = new Map<string, Registered>()
  const underWay = new Map<string, Promise<unknown>>()
  const stopping = new AbortController()
  let seeded: Promise<void> | undefined
  let loop: Promise<void> = Promise.resolve()
  let looking: Promise<unknown> = Promise.resolve()
  /** Over when it is time for the next look. */
  let look = new AbortController()

  const busy = (lane: Lane) => [...underWay.keys()].filter((name) => name.startsWith(`${lane} `)).length

  async function seed(): Promise<void> {
    for (const { kind, lane, everyMs } of handlers.values()) {
      if (everyMs === null) continue
      const now = clock.now()
      await store.write(async (tx) => {
        await insertJob(tx, newJob({ kind, lane, key: '', payload: null, runAt: now + everyMs, everyMs, now }))
        await updateSchedule(tx, { kind, lane, every_ms: everyMs })
      })
    }
  }

  /** Once for each start; again where it failed. */
  function ensureSeeded(): Promise<void> {
    seeded ??= seed()
    return seeded
  }

  /** What is due and free; what is found too late for that is over. */
  async function lease(lane: Lane, kinds: string[], limit: number): Promise<Leased[]> {
    for (;;) {
      const now = clock.now()
      const { found, timely } = await store.write(async (tx) => {
        const all = await leaseDue(tx, { lane, kinds, now, until: now + leaseMs, limit })
        const late = all.filter((job) => job.not_after !== null && job.not_after <= now)
        for (const job of late) await changeLeased(tx, job, expired(now))
        return { found: all.length, timely: all.filter((job) => !late.includes(job)) }
      })
      if (timely.length > 0 || found < limit) return timely
    }
  }

  /** Leases what is due and free, and begins it; one look at a time, so that nothing is between two. @returns the runs begun */
  function begin(kinds: string[]): Promise<Promise<unknown>[]> {
    const runs = looking.then(() => beginDue(kinds))
    looking = runs.catch(() => {})
    return runs
  }

  async function beginDue(kinds: string[]): Promise<Promise<unknown>[]> {
    const open = lanes.filter((lane) => busy(lane) < mostAtOnce[lane])
    const { due, isOn } = await findDue(store.db, { lanes: open, kinds, now: clock.now(), switchName: pausedSwitch })
    const runs: Promise<unknown>[] = []
    for (const lane of due) {
      const ours = kinds.filter((kind) => handlers.get(kind)?.lane === lane)
      if (ours.length === 0 || (isOn && lane !== 'upkeep')) continue
      for (const job of await lease(lane, ours, mostAtOnce[lane] - busy(lane)))
        runs.push(track(`${lane} ${job.kind} ${job.id}`, job))
    }
    return runs
  }

  function track(name: string, job: Leased): Promise<unknown> {
    const run = work(job).finally(() => {
      underWay.delete(name)
      // A full lane may have left something behind: it is looked at again as soon as a place is free.
      look.abort()
    })
    const quiet = run.catch(() => {})
    underWay.set(name, quiet)
    return run
  }

  /** One run, from lease to end. @throws what the handler threw, after it was written down */
  async function work(leased: Leased): Promise<void> {
    const lost = new AbortController()
    const signal = AbortSignal.any([lost.signal, stopping.signal])
    const renewal = setInterval(() => {
      const until = clock.now() + leaseMs
      store
        .write((tx) => changeLeased(tx, leased, { lease_until: until }))
        .then(
          (held) => held || lost.abort(new LeaseLost()),
          () => {},
        )
    }, renewEveryMs).unref()
    let isFinished = false
    const job: Job = {
      payload: JSON.parse(leased.payload),
      signal,
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
    const { handler, givenUp } = handlers.get(leased.kind) ?? {}
    try {
      if (!handler) throw new Error('nobody does jobs of this kind')
      const payload = await handler(job)
      const isOurs =
        isFinished || (await store.write((tx) => changeLeased(tx, leased, ended(leased, payload, clock.now()))))
      deps.onRun?.({ kind: leased.kind, result: isOurs ? 'done' : 'lost' })
    } catch (error) {
      const change = failed(leased, error, clock.now())
      deps.onRun?.({ kind: leased.kind, result: error instanceof LeaseLost ? 'lost' : 'failed' })
      if (!(error instanceof LeaseLost)) {
        deps.log.error(
          { err: error, job: leased.kind, attempts: leased.attempts },
          'a job failed; it is tried again later',
        )
        // Where even this cannot be written, the lease runs out and somebody else takes the job.
        await store
          .write(async (tx) => {
            const isOurs = await changeLeased(tx, leased, change)
            if (isOurs && change.state === 'failed') await givenUp?.(tx, job.payload, error)
          })
          .catch(() => {})
      }
      throw error
    } finally {
      clearInterval(renewal)
    }
  }

  async function repeat(): Promise<void> {
    while (!stopping.signal.aborted) {
      look = new AbortController()
      // It listens before it looks: what is enqueued or becomes free while it looks is not heard of a second later.
      const woken = live.next(
        wakeName,
        lookEveryMs * (0.8 + Math.random() * 0.4),
        AbortSignal.any([look.signal, stopping.signal]),
      )
      try {
        await ensureSeeded()
        for (const run of await begin([...handlers.keys()])) run.catch(() => {})
      } catch (error) {
        seeded = undefined
        deps.log.error({ err: error }, 'jobs could not be leased')
      }
      await woken
    }
  }

  const outbox: Outbox = {
    handle(kind, lane, handler, givenUp) {
      handlers.set(kind, { kind, lane, handler, givenUp, everyMs: null })
    },
    every(kind, everyMs, lane, handler) {
      handlers.set(kind, { kind, lane, handler, everyMs })
    },
    async enqueue(tx, { kind, payload, key, runAt, notAfter }) {
      const lane = handlers.get(kind)?.lane
      if (!lane) throw new Error(`nobody does jobs of kind ${kind}`)
      const now = clock.now()
      await insertJob(
        tx,
        newJob({ kind, lane, payload, key: key ?? null, runAt: runAt ?? now, everyMs: null, notAfter, now }),
      )
      live.changed(tx, [wakeName])
    },
    async wake(tx, kinds, moments) {
      if (moments.length > 0) await wakeJobs(tx, kinds, moments, clock.now())
      live.changed(tx, [wakeName])
    },
    start() {
      loop = repeat()
    },
    async runAll() {
      await ensureSeeded()
      for (const { kind, everyMs } of handlers.values()) {
        if (everyMs === null) continue
        for (const [name, run] of underWay) if (name.includes(` ${kind} `)) await run
        await store.write((tx) => hasten(tx, kind, clock.now()))
        await allOf(await begin([kind]))
      }
      for (;;) {
        // What the loop has begun is waited for, too: it may cause more.
        const runs = [...(await begin([...handlers.keys()])), ...underWay.values()]
        if (runs.length === 0) return
        await allOf(runs)
      }
    },
    async hasten(kind) {
      await ensureSeeded()
      await store.write(async (tx) => {
        await hasten(tx, kind, clock.now())
        live.changed(tx, [wakeName])
      })
    },
    pause: () => pauseDispatch(store, clock),
    resume: () =>
      store.write(async (tx) => {
        await switchOff(tx, pausedSwitch)
        live.changed(tx, [wakeName])
      }),
    isPaused: () => isSwitched(store.db, pausedSwitch),
    count: () => countJobs(store.db),
    async stop(patienceMs = 5_000) {
      stopping.abort()
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise((resolve) => {
        timer = setTimeout(resolve, patienceMs)
      })
      await Promise.race([loop.then(() => Promise.all(underWay.values())), patience])
      clearTimeout(timer)
    },
  }
  outbox.every('outbox.forget', 3_600_000, 'upkeep', async (job) => {
    const before = clock.now() - finishedLifeMs
    while ((await job.write((tx) => deleteFinished(tx, before, 500))) === 500);
  })
  return outbox
}

/** Nothing more goes out, on any node; also where no outbox runs yet. */
export async function pauseDispatch(store: Store, clock: Clock): Promise<void> {
  await store.write((tx) => switchOn(tx, pausedSwitch, clock.now()))
}

/** Waits for every run, also where one failed. @throws what the first of them threw */
async function allOf(runs: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(runs)).find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}
