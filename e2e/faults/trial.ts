import { setTimeout as pause } from 'node:timers/promises'
import { call } from './calls.ts'
import { judge } from './checker.ts'
import { gather } from './evidence.ts'
import { followFeed } from './feed.ts'
import { startVisitors, type Visitors } from './visitors.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

/** What one fault came to. */
export interface Report {
  fault: string
  /** What was done, and how often; what it cost. */
  figures: Record<string, number | string>
  violations: string[]
  /** Promised times that were not kept. They depend on what else the machine does; what is broken does not. */
  late?: string[]
  /** Kept when something is broken. */
  history?: string
}

export interface FamilyOptions {
  seed: number
  /** The figures of security.md §4.1 instead of what fits into a coffee break. */
  long: boolean
  /** The least that still tries the fault, for the suite. */
  short?: boolean
}

/** The size for this run. */
export function size({ long, short }: FamilyOptions, sizes: { short: number; usual: number; long: number }): number {
  return long ? sizes.long : short ? sizes.short : sizes.usual
}

export type Trouble = (world: World, visitors: Visitors, trial: Trial) => Promise<void>

/** The books of one fault. */
export interface Trial {
  figures: Report['figures']
  violations: string[]
  late: string[]
  /** Keeps the worst of a figure; beyond `most` it is late. */
  worst(name: string, value: number, most?: number): void
}

export function openTrial(): Trial {
  const figures: Report['figures'] = {}
  const violations: string[] = []
  const late: string[] = []
  return {
    figures,
    violations,
    late,
    worst(name, value, most = Number.POSITIVE_INFINITY) {
      figures[name] = Math.max(Number(figures[name] ?? 0), Math.round(value))
      if (value > most) late.push(`${name}: ${Math.round(value)}, and ${most} at most was promised`)
    },
  }
}

/** A world under load, one kind of trouble, and the reckoning when all is quiet again. */
export async function underLoad(
  fault: string,
  options: FamilyOptions & Pick<WorldOptions, 'cluster'>,
  trouble: Trouble,
  people = 8,
): Promise<Report> {
  const world = await startWorld(options)
  const trial = openTrial()
  const { figures, violations, late } = trial
  try {
    const feed = followFeed(world)
    const visitors = startVisitors(world, people)
    await visitors.begun(people)
    const stepsBefore = countSteps(world)
    await inTime(trouble(world, visitors, trial), options.long ? longestMs.long : longestMs.usual)
    const during = visitors.work.done
    const steps = countSteps(world) - stepsBefore
    await visitors.begun(people * 2)
    const work = await inTime(visitors.finish(), longestMs.usual)
    const evidence = await gather(world, feed)
    violations.push(...judge(evidence))
    const times = work.scanToPage.toSorted((a, b) => a - b)
    figures.logins = work.done
    figures['of them during the trouble'] = during
    figures['not through'] = work.failed.length
    figures.contested = work.contested
    figures['redeemed at two nodes'] = work.redeemedTwice
    figures.unfollows = work.unfollows
    figures['pushes acknowledged'] = evidence.repeats.acked
    if (times.length > 0) figures['scan → page p50 ms'] = Math.round(times[Math.floor(times.length / 2)] ?? 0)
    for (const [step, all] of Object.entries(Object.groupBy(work.failed, (step) => step)))
      figures[`stopped at ${step}`] = all?.length ?? 0
    // A fault that strikes while nothing moves tries nothing.
    if (steps === 0) violations.push('nobody moved during the trouble: it tried nothing')
  } catch (error) {
    violations.push(`the run broke: ${error instanceof Error ? error.stack : error}`)
  } finally {
    await world.close({ keep: violations.length > 0 })
  }
  return { fault, figures, violations, late, ...(violations.length > 0 && { history: world.history.file }) }
}

/** What people did, or tried to. */
function countSteps(world: World): number {
  return world.history.entries.filter(({ op }) => op !== 'fault').length
}

/** What hangs is broken, too, and must say so. */
const longestMs = { usual: 300_000, long: 3 * 3_600_000 }

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController()
  const late = pause(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(`it hangs: not done after ${ms / 1_000} s`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

const longestOutageMs = 60_000

/** Resolves when every node makes a flow again: it reads, writes and commits. @returns milliseconds */
export async function untilServed(world: World): Promise<number> {
  const began = performance.now()
  const isServing = (url: string) =>
    call('POST', `${url}/v1/flows`, {
      body: { kind: 'login', expires_in: 600 },
      bearer: world.apiKey,
      signal: AbortSignal.timeout(2_000),
    }).then(
      ({ status }) => status === 201,
      () => false,
    )
  while (!(await Promise.all(world.nodes.map(({ url }) => isServing(url)))).every(Boolean)) {
    if (performance.now() - began > longestOutageMs) throw new Error('not every node serves again after a minute')
    await pause(20)
  }
  return performance.now() - began
}

/** Work for the jobs: flows that expire at once, each to be told of once. */
export async function expireSome(world: World): Promise<void> {
  const input = { body: { kind: 'login', expires_in: 5 }, bearer: world.apiKey }
  const make = () => call('POST', `${world.front.url}/v1/flows`, input)
  // All at once: a line that was kept open to the node that stands still costs its patience once, not twenty times.
  await Promise.allSettled(Array.from({ length: 20 }, make))
}
