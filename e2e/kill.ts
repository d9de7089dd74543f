/**
 * kill -9 under load: people scan while the server dies at random moments and comes back. At the end every push that was
 * answered 200 must be in the database, with its effect once, and a repeat of it must get the same reply.
 *
 *     node --conditions=hufu-source e2e/kill.ts --kills 50 [--seed N]
 */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSimulator } from '@hufu/simulator'
import { type Findings, judge } from './kill/judge.ts'
import { startLoad } from './kill/load.ts'
import { createRandom } from './kill/random.ts'
import { createSupervisor } from './kill/supervisor.ts'

export interface KillReport extends Findings {
  seed: number
  kills: number
  killedWhileStarting: number
  /** Pushes handed to the server, and those of them that it answered 200. */
  pushed: number
  acked: number
  /** Scans of one code by two people at once. */
  contested: number
  flows: number
  readyMs: { median: number; worst: number }
}

interface KillOptions {
  kills: number
  seed?: number
  /** People scanning at the same time. */
  people?: number
  say?: (line: string) => void
}

export async function killRun({
  kills,
  seed = randomInt(2 ** 31),
  people = 24,
  say = () => {},
}: KillOptions): Promise<KillReport> {
  say(`seed ${seed}`)
  const random = createRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'hufu-kill-'))
  const simulator = await startSimulator({ port: 0 })
  const supervisor = await createSupervisor({ folder, simulatorUrl: simulator.url })
  try {
    const load = startLoad({ simulator, supervisor, random, people })
    for (let kill = 1; kill <= kills; kill++) {
      // A moment of work, not of time: so many pushes after this start, and then somewhere within the next few milliseconds.
      await load.pushed(random.whole(1, 120))
      await supervisor.killAt(random.whole(0, 12), {
        startingUp: random.chance(0.15) ? random.whole(50, 900) : undefined,
      })
      say(`kill ${kill}: ${load.acked()} pushes acknowledged so far; ready again in ${supervisor.readyMs.at(-1)} ms`)
    }
    await load.pushed(100)
    const work = await load.finish()
    const findings = await judge({ work, simulator, supervisor })
    return {
      seed,
      kills,
      killedWhileStarting: supervisor.killedWhileStarting(),
      pushed: work.pushes.length,
      acked: work.pushes.filter((push) => push.acked).length,
      contested: work.pushes.length - new Set(work.pushes.map((push) => push.flow)).size,
      flows: work.flows.length,
      readyMs: figures(supervisor.readyMs),
      ...findings,
    }
  } finally {
    await supervisor.close()
    await simulator.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function figures(values: readonly number[]): { median: number; worst: number } {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' }, seed: { type: 'string' } } })
  const report = await killRun({
    kills: Number(values.kills),
    ...(values.seed !== undefined && { seed: Number(values.seed) }),
    say: (line) => console.log(line),
  })
  console.log(report)
  if (report.lost.length + report.doubled.length + report.wrong.length > 0) process.exitCode = 1
}
