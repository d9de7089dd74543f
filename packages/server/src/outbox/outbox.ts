import type { Live } from '../live/live.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Handler } from './job.ts'
import { createPlaces, type Lane, nameOf, type Share } from './places.ts'
import {
  changeLeased,
  countJobs,
  deleteFinished,
  findDue,
  hasten,
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
import { createRunning, type GivenUp, leaseMs } from './running.ts'
import { expired, newJob } from './schedule.ts'

export { type Handler, type Job, LeaseLost } from './job.ts'
export type { Lane } from './places.ts'
export type { GivenUp } from './running.ts'

export interface NewJob {
  kind: string
  payload: unknown
  key?: string
  /** Whose it is, and perhaps which of their queues: `wx1`, `wx1 k`. Within a lane owners, and their queues, have their turns. */
  queue?: string | undefined
  runAt?: number
  notAfter?: number
}

export interface Outbox {
  /** Registers who does jobs of this kind. `givenUp` is part of the transaction that gives one up: nobody tries that job again. */
  handle(kind: string, lane: Lane, handler: Handler, givenUp?: GivenUp): void
  /** A job that repeats: one run at a time in the whole fleet, `everyMs` after the last one ended; once, however long nobody was there. */
  every(kind: string, everyMs: number, lane: Lane, handler: Handler): void
  /** Part of the transaction that causes the job. With a `key` there is one of its kind. */
  enqueue(tx: Tx, job: NewJob): Promise<void>
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

const lookEveryMs = 1_000
const finishedLifeMs = 7 * 24 * 3_600_000
const pausedSwitch = 'dispatch_paused'
const wakeName = 'outbox-jobs'

/** What was leased of a share; `isAll`: no more was due and free. */
interface Lease {
  share: Share
  timely: Leased[]
  isAll: boolean
}

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
  const places = createPlaces()
  /** By the ids of their jobs. */
  const underWay = new Map<string, { kind: string; ends: Promise<unknown> }>()
  const stopping = new AbortController()
  let seeded: Promise<void> | undefined
  let loop: Promise<void> = Promise.resolve()
  let looking: Promise<unknown> = Promise.resolve()
  const run = createRunning({ ...deps, stopping: stopping.signal })
  /** Over when it is time for the next look. */
  let look = new AbortController()

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

  const allUnderWay = () => [...underWay.values()].map(({ ends }) => ends)

  /** Once for each start; again where it failed. */
  function ensureSeeded(): Promise<void> {
    seeded ??= seed()
    return seeded
  }

  /** What is due and free, so much of each queue; what is found too late for that is over. */
  async function lease(kinds: string[], shares: readonly Share[]): Promise<Lease[]> {
    const now = clock.now()
    return store.write(async (tx) => {
      const leases: Lease[] = []
      if (stopping.signal.aborted) return leases
      for (const share of shares) {
        const ours = kinds.filter((kind) => handlers.get(kind)?.lane === share.lane)
        const jobs = await leaseDue(tx, { ...share, kinds: ours, now, until: now + leaseMs })
        const late = jobs.filter(({ not_after }) => not_after !== null && not_after <= now)
        for (const job of late) await changeLeased(tx, job, expired(now))
        leases.push({ share, timely: jobs.filter((job) => !late.includes(job)), isAll: jobs.length < share.limit })
      }
      return leases
    })
  }

  /** Leases what is due and free, and begins it; one look at a time, so that nothing is between two. @returns the runs begun */
  function begin(kinds: string[]): Promise<Promise<unknown>[]> {
    const runs = looking.then(() => beginDue(kinds))
    looking = runs.catch(() => {})
    return runs
  }

  /** Until the places are taken, or nothing more is due: a queue that had less than its share leaves something for the others. */
  async function beginDue(kinds: string[]): Promise<Promise<unknown>[]> {
    const runs: Promise<unknown>[] = []
    const done = new Set<string>()
    for (let isLeft = true; isLeft && !stopping.signal.aborted; ) {
      const open = places.open()
      const { due, isOn } = await findDue(store.db, { lanes: open, kinds, now: clock.now(), switchName: pausedSwitch })
      const asked = isOn ? open.filter((lane) => lane === 'upkeep') : open
      const here = due.filter((one) => asked.includes(one.lane) && !done.has(nameOf(one)))
      const shares = places.share(asked, here)
      const leases = shares.length > 0 ? await lease(kinds, shares) : []
      for (const { share, timely, isAll } of leases) {
        if (isAll) done.add(nameOf(share))
        for (const job of timely) runs.push(track(job, share))
      }
      isLeft =
        leases.some(({ share, timely }) => timely.length < share.limit) && !here.every((one) => done.has(nameOf(one)))
    }
    return runs
  }

  function track(leased: Leased, share: Share): Promise<unknown> {
    const name = `${leased.id} ${leased.fence}`
    const by = handlers.get(leased.kind)
    if (!by) throw new Error(`nobody does jobs of kind ${leased.kind}`)
    places.take(name, share)
    const ends = run(leased, by).finally(() => {
      underWay.delete(name)
      places.leave(name)
      // A full lane may have left something behind: it is looked at again as soon as a place is free.
      look.abort()
    })
    underWay.set(name, { kind: leased.kind, ends: ends.catch(() => {}) })
    return ends
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
    async enqueue(tx, { kind, payload, key, queue, runAt, notAfter }) {
      const lane = handlers.get(kind)?.lane
      if (!lane) throw new Error(`nobody does jobs of kind ${kind}`)
      const now = clock.now()
      await insertJob(
        tx,
        newJob({ kind, lane, queue, payload, key: key ?? null, runAt: runAt ?? now, everyMs: null, notAfter, now }),
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
        for (const one of underWay.values()) if (one.kind === kind) await one.ends
        await store.write((tx) => hasten(tx, kind, clock.now()))
        await allOf(await begin([kind]))
      }
      for (;;) {
        // What the loop has begun is waited for, too: it may cause more.
        const runs = [...(await begin([...handlers.keys()])), ...allUnderWay()]
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
      await Promise.race([loop.then(() => Promise.all(allUnderWay())), patience])
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
