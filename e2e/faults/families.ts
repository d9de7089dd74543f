import { setTimeout as pause } from 'node:timers/promises'
import { killRun } from '../kill.ts'
import { crowd } from './crowd.ts'
import { diskFull } from './disk.ts'
import { postgresDiskFull } from './disk-postgres.ts'
import { disorder } from './disorder.ts'
import { failover } from './failover.ts'
import { kills } from './kills.ts'
import { stalls } from './stalls.ts'
import { expireSome, type FamilyOptions, type Report, size, underLoad, untilServed } from './trial.ts'

type Family = (options: FamilyOptions) => Promise<Report>

export const families: Record<string, Family> = {
  F01: (options) => underLoad('F01 kill −9 of a node', options, kills(options)),

  /** kill −9 of the postmaster and all its children. */
  F02: (options) =>
    underLoad('F02 kill −9 of PostgreSQL', options, async (world, visitors, trial) => {
      const kills = size(options, { short: 1, usual: 5, long: 50 })
      for (let kill = 0; kill < kills; kill++) {
        await visitors.begun(world.random.whole(8, 16))
        world.note('kill -9 of PostgreSQL')
        await world.cluster.kill()
        await world.cluster.start()
        trial.worst('served after it was up, worst ms', await untilServed(world), 2_000)
      }
      trial.figures.kills = kills
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
    underLoad('F04 cut between COMMIT and its answer', options, async (world, _visitors, trial) => {
      const cuts = size(options, { short: 5, usual: 40, long: 200 })
      const patience = AbortSignal.timeout(120_000 + cuts * 2_000)
      while (world.line.droppedCommits() < cuts) {
        if (patience.aborted) throw new Error(`only ${world.line.droppedCommits()} of ${cuts} commits came by`)
        world.line.set('drop-commit')
        await pause(world.random.whole(5, 60))
        world.line.set('pass')
        await pause(world.random.whole(50, 300))
      }
      trial.figures.cuts = world.line.droppedCommits()
    }),

  /** The database stands still, or is taken. */
  F05: (options) => underLoad('F05 stalled and cut connections, no connection left', options, stalls(options)),

  /** Both engines, each on a small disk of its own. */
  async F06(options) {
    const embedded = await diskFull(options)
    const { fault, figures, violations, late, history } = await postgresDiskFull(options)
    return {
      fault: `${embedded.fault}; ${fault}`,
      figures: {
        ...embedded.figures,
        ...Object.fromEntries(Object.entries(figures).map(([what, n]) => [`PostgreSQL: ${what}`, n])),
      },
      violations: [...embedded.violations, ...violations],
      ...(late && { late }),
      ...(history && { history }),
    }
  },

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

  /** Nodes are stopped and started one after the other, as an upgrade does, and everybody gets in all the same; then one is lost. */
  async F13(options) {
    const rolling = await underLoad('F13 rolling restart', options, async (world, visitors, trial) => {
      const rounds = size(options, { short: 1, usual: 3, long: 20 })
      for (let round = 0; round < rounds; round++) {
        for (const node of world.nodes) {
          await visitors.begun(10)
          world.note(`SIGTERM to the node at ${node.port}`)
          const began = performance.now()
          const code = await node.process.stop()
          trial.worst('stopped, worst ms', performance.now() - began, 10_000)
          if (code !== 0) trial.violations.push(`a node that was asked to stop ended with ${code}`)
          await node.start()
        }
      }
      trial.figures.restarts = rounds * world.nodes.length
    })
    const { figures, violations } = rolling
    if (figures['not through'] !== 0) violations.push(`${figures['not through']} people did not get in`)
    if (options.short) return rolling
    const lost = await underLoad('one of three is lost', options, async (world, visitors) => {
      await world.nodes[1]?.process.kill()
      await visitors.begun(60)
      await world.nodes[1]?.start()
    })
    figures['logins with one of three lost'] = Number(lost.figures.logins)
    figures['of them not through'] = Number(lost.figures['not through'])
    return {
      ...rolling,
      ...(lost.history && { history: lost.history }),
      violations: [...violations, ...lost.violations],
    }
  },

  /** A node stands still for longer than its leases, and wakes up believing in them. */
  F14: (options) =>
    underLoad('F14 a node stands still and wakes', options, async (world, _visitors, trial) => {
      const pauses = size(options, { short: 1, usual: 2, long: 100 })
      const ports = world.nodes.map(({ port }) => port)
      for (let turn = 0; turn < pauses; turn++) {
        const node = world.nodes[turn % world.nodes.length]
        if (!node) continue
        world.front.aim(ports.filter((port) => port !== node.port))
        world.note(`SIGSTOP to the node at ${node.port}`)
        process.kill(node.process.pid, 'SIGSTOP')
        await expireSome(world)
        await pause(options.short ? 6_000 : options.long ? 60_000 : 35_000)
        process.kill(node.process.pid, 'SIGCONT')
        world.note('SIGCONT')
        world.front.aim(ports)
        await untilServed(world)
      }
      trial.figures.pauses = pauses
    }),

  F15: (options) =>
    underLoad('F15 slow readers, slow writers, idle pages', options, (world, visitors, trial) =>
      crowd(world, visitors, trial.figures, size(options, { short: 50, usual: 600, long: 10_000 })),
    ),
}
