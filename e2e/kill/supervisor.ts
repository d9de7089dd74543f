import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { freshSettings, type HufuProcess, startHufu } from '../process.ts'
import type { Demo } from '../story.ts'

/** Keeps one server alive, as a process supervisor would, and takes its life where it is told to. */
export interface Supervisor {
  readonly demo: Demo & { demo_url: string }
  readonly databaseFile: string
  /** Every restart's time to ready. */
  readonly readyMs: readonly number[]
  killedWhileStarting(): number
  /** Resolves when the server is ready; at once while it is. */
  up(): Promise<void>
  /** Kills the server this many milliseconds from now and starts it again; `startingUp`: once more, so long into that start. */
  killAt(ms: number, options: { startingUp: number | undefined }): Promise<void>
  /** Stops the server in order and starts it again. */
  replace(): Promise<void>
  close(): Promise<void>
}

export async function createSupervisor(options: {
  folder: string
  simulatorUrl: string
  settings?: Readonly<Record<string, string>>
}): Promise<Supervisor> {
  const { folder } = options
  const settings = {
    ...(await freshSettings(folder)),
    HUFU_SIMULATOR_URL: options.simulatorUrl,
    HUFU_LIMIT_FLOWS_PER_APP: '1000000000',
    ...options.settings,
  }
  const readyMs: number[] = []
  let killedWhileStarting = 0
  let server: HufuProcess = await startHufu(settings, folder).ready
  let up: Promise<void> = Promise.resolve()

  async function restart(startingUp: number | undefined): Promise<void> {
    if (startingUp !== undefined) {
      const half = startHufu(settings, folder)
      const early = await Promise.race([half.ready.catch(() => undefined), after(startingUp)])
      await half.kill()
      await half.ready.catch(() => undefined)
      if (early === undefined) killedWhileStarting++
    }
    server = await startHufu(settings, folder).ready
    readyMs.push(server.readyMs)
  }

  return {
    demo: JSON.parse(readFileSync(join(folder, 'data/demo.json'), 'utf8')),
    databaseFile: join(folder, 'data/hufu.sqlite'),
    readyMs,
    killedWhileStarting: () => killedWhileStarting,
    up: () => up,
    async killAt(ms, { startingUp }) {
      await after(ms)
      await server.kill()
      up = restart(startingUp)
      await up
    },
    async replace() {
      await server.stop()
      up = restart(undefined)
      await up
    },
    close: () => server.kill(),
  }
}
