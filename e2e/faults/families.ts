import { setTimeout as pause } from 'node:timers/promises'
import { killRun } from '../kill.ts'
import { check } from './checker.ts'
import { crowd } from './crowd.ts'
import { diskFull } from './disk.ts'
import { disorder } from './disorder.ts'
import { failover } from './failover.ts'
import { followFeed } from './feed.ts'
import { startVisitors, type Visitors } from './visitors.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

/** What one fault came to. */
export interface Report {
  fault: string
  /** What was done, and how often; what it cost. */
  figures: Record<string, number | string>
  violations: string[]
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

type Family = (options: FamilyOptions) => Promise<Report>

/** The size for this run. */
function size({ long, short }: FamilyOptions, sizes: { short: number; usual: number; long: number }): number {
  return long ? sizes.long : short ? sizes.short : sizes.usual
}

/** A world under load, one kind of trouble, and the reckoning when all is quiet again. */
async function underLoad(
  fault: string,
  options: FamilyOptions & Pick<WorldOptions, 'cluster'>,
  trouble: (world: World, visitors: Visitors, figures: Report['figures']) => Promise<void>,
  people = 8,
): Promise<Report> {
  const world = await startWorld(options)
  const figures: Report['figures'] = {}
  let violations: string[] = []
  try {
    const feed = followFeed(world)
    const visitors = startVisitors(world, people)
    await visitors.begun(people)
    await trouble(world, visitors, figures)
    await visitors.begun(people * 2)
    const work = await visitors.finish()
    violations = await check(world, feed)
    const times = work.scanToPage.toSorted((a, b) => a - b)
    Object.assign(figures, { logins: work.done, 'not through': work.failed.length })
    if (times.length > 0) figures['scan → page p50 ms'] = Math.round(times[Math.floor(times.length / 2)] ?? 0)
    for (const [step, all] of Object.entries(Object.groupBy(work.failed, (step) => step)))
      figures[`stopped at ${step}`] = all?.length ?? 0
    if (work.done === 0) violations.push('nobody got in: the load tried nothing')
  } finally {
    await world.close({ keep: violations.length > 0 })
  }
  return { fault, figures, violations, ...(violations.length > 0 && { history: world.history.file }) }
}

/** Resolves when a node answers a call that needs the database. @returns milliseconds */
async function untilServed(world: World): Promise<number> {
  const began = performance.now()
  for (;;) {
    const answers = await Promise.all(
      world.nodes.map((node) =>
        fetch(`${node.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
          (r) => r.ok,
          () => false,
        ),
      ),
    )
    if (answers.every(Boolean)) return performance.now() - began
    await pause(20)
  }
}

function worst(figures: Report['figures'], name: string, value: number): void {
  figures[name] = Math.max(Number(figures[name] ?? 0), Math.round(value))
}

export const families: Record<string, Family> = {
  /** kill -9 of nodes at random moments, and while they start. */
  F01: (options) =>
    underLoad('F01 kill −9 of a node', options, async (world, visitors, figures) => {
      const { random } = world
      const kills = size(options, { short: 2, usual: 15, long: 500 })
      for (let kill = 0; kill < kills; kill++) {
        await visitors.begun(random.whole(1, 6))
        await pause(random.whole(0, 40))
        const node = world.nodes[random.whole(0, world.nodes.length - 1)]
        if (!node) continue
        await node.process.kill()
        const began = performance.now()
        await node.start()
        worst(figures, 'ready again, worst ms', performance.now() - began)
      }
      figures.kills = kills
    }),

  /** kill −9 of the postmaster and all its children. */
  F02: (options) =>
    underLoad('F02 kill −9 of PostgreSQL', options, async (world, visitors, figures) => {
      const kills = size(options, { short: 1, usual: 5, long: 50 })
      for (let kill = 0; kill < kills; kill++) {
        await visitors.begun(world.random.whole(2, 10))
        await world.cluster.kill()
        await world.cluster.start()
        worst(figures, 'served after it was up, worst ms', await untilServed(world))
      }
      figures.kills = kills
    }),

  F03: (options) =>
    options.long
      ? failover((cluster, trouble) => underLoad('F03 synchronous standby promoted', { ...options, cluster }, trouble))
      : Promise.resolve({
          fault: 'F03 synchronous standby promoted',
          figures: { run: 'only with --long' },
          violations: [],
        }),

  /** The connection is cut when COMMIT has gone out and its answer has not come back. */
  F04: (options) =>
    underLoad('F04 cut between COMMIT and its answer', options, async (world, _visitors, figures) => {
      const cuts = size(options, { short: 5, usual: 40, long: 200 })
      while (world.line.droppedCommits() < cuts) {
        world.line.set('drop-commit')
        await pause(world.random.whole(5, 60))
        world.line.set('pass')
        await pause(world.random.whole(50, 300))
      }
      figures.cuts = world.line.droppedCommits()
    }),

  /** The line to the database stands still, everything open; then it is cut. */
  F05: (options) =>
    underLoad('F05 stalled and cut connections', options, async (world, visitors, figures) => {
      const stalls = size(options, { short: 1, usual: 3, long: 20 })
      for (let stall = 0; stall < stalls; stall++) {
        await visitors.begun(world.random.whole(2, 6))
        world.line.set('stall')
        await Promise.all(world.nodes.map((node) => slowestAnswer(world, node.url, figures)))
        await pause(options.short ? 500 : 5_000)
        world.line.set('pass')
        worst(figures, 'served again, worst ms', await untilServed(world))
        world.line.cut()
      }
      figures.stalls = stalls
    }),

  F06: (options) => diskFull(options),

  /** SQLite: the one server dies and comes back. */
  async F07(options) {
    const { kills, pushed, acked, readyMs, lost, doubled, wrong } = await killRun({
      kills: size(options, { short: 2, usual: 20, long: 300 }),
      seed: options.seed,
    })
    const figures = { kills, pushed, acknowledged: acked, 'ready again, worst ms': readyMs.worst }
    return { fault: 'F07 SQLite: kill −9', figures, violations: [...lost, ...doubled, ...wrong] }
  },

  F11: (options) => disorder(options, size(options, { short: 300, usual: 5_000, long: 100_000 })),

  /** Nodes are stopped and started one after the other, as an upgrade does; everybody gets in all the same. */
  async F13(options) {
    const report = await underLoad('F13 rolling restart', options, async (world, visitors, figures) => {
      const rounds = size(options, { short: 1, usual: 3, long: 20 })
      for (let round = 0; round < rounds; round++) {
        for (const node of world.nodes) {
          await visitors.begun(10)
          const began = performance.now()
          const code = await node.process.stop()
          worst(figures, 'stopped, worst ms', performance.now() - began)
          if (code !== 0) throw new Error(`a node that was asked to stop ended with ${code}`)
          await node.start()
        }
      }
      figures.restarts = rounds * world.nodes.length
    })
    if (report.figures['not through'] !== 0)
      report.violations.push(`${report.figures['not through']} people did not get in`)
    if (Number(report.figures['stopped, worst ms']) > 10_000)
      report.violations.push('a node took more than 10 s to stop')
    return report
  },

  /** A node stands still for longer than its leases, and wakes up believing in them. */
  F14: (options) =>
    underLoad('F14 a node stands still and wakes', options, async (world, _visitors, figures) => {
      const pauses = size(options, { short: 1, usual: 2, long: 100 })
      const ports = world.nodes.map(({ port }) => port)
      for (let turn = 0; turn < pauses; turn++) {
        const node = world.nodes[turn % world.nodes.length]
        if (!node) continue
        world.front.aim(ports.filter((port) => port !== node.port))
        process.kill(node.process.pid, 'SIGSTOP')
        await expireSome(world)
        await pause(options.short ? 6_000 : options.long ? 60_000 : 35_000)
        process.kill(node.process.pid, 'SIGCONT')
        world.front.aim(ports)
        await untilServed(world)
      }
      figures.pauses = pauses
    }),

  F15: (options) =>
    underLoad('F15 slow readers, slow writers, idle pages', options, (world, visitors, figures) =>
      crowd(world, visitors, figures, size(options, { short: 50, usual: 600, long: 10_000 })),
    ),
}

/** Work for the jobs: flows that expire at once, each to be told of once. */
async function expireSome(world: World): Promise<void> {
  const node = world.nodes.at(-1)
  for (let n = 0; n < 20; n++) {
    await fetch(`${node?.url}/v1/flows`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'login', expires_in: 5 }),
      signal: AbortSignal.timeout(5_000),
    }).catch(() => {})
  }
}

/** A push while the database stands still is told within 4.5 s to come again. */
async function slowestAnswer(world: World, url: string, figures: Report['figures']): Promise<void> {
  const { body: people } = { body: world.simulator.world.people.create('somebody') }
  const began = performance.now()
  const response = await fetch(`${world.simulator.url}/_sim/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      account: world.appid,
      person: people.id,
      event: { Event: 'SCAN', EventKey: `nothing${url.length}` },
    }),
  })
  const { pushes } = (await response.json()) as { pushes: { attempts: { status: number | null; ms: number }[] }[] }
  const [attempt] = pushes[0]?.attempts ?? []
  if (!attempt) return
  worst(figures, 'push answered, worst ms', attempt.ms ?? performance.now() - began)
  if (attempt.status === 200) throw new Error('a push was acknowledged while the database stood still')
}
