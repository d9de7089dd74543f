import { setTimeout as delay } from 'node:timers/promises'

/** Work that nobody waits for. */
export interface Task {
  name: string
  everyMs: number
  run(): Promise<void>
}

export interface Housekeeping {
  /** Runs every task once, now. */
  run(): Promise<void>
  start(): void
  /** Waits for what is under way. */
  stop(): Promise<void>
}

const longestPauseMs = 5 * 60_000

/** Each task repeats at its own pace; one that fails waits twice as long each time, and disturbs no other. */
export function createHousekeeping(deps: {
  tasks: Task[]
  log: { error(details: object, message: string): void }
}): Housekeeping {
  const stopped = new AbortController()
  let loops: Promise<void>[] = []

  async function repeat(task: Task): Promise<void> {
    let pause = task.everyMs
    while (!stopped.signal.aborted) {
      await delay(pause, undefined, { signal: stopped.signal, ref: false }).catch(() => {})
      if (stopped.signal.aborted) return
      try {
        await task.run()
        pause = task.everyMs
      } catch (error) {
        pause = Math.max(task.everyMs, Math.min(pause * 2, longestPauseMs))
        deps.log.error(
          { err: error, task: task.name, again_in_ms: pause },
          'a background task failed; it is tried again',
        )
      }
    }
  }

  return {
    async run() {
      for (const task of deps.tasks) await task.run()
    },
    start() {
      loops = deps.tasks.map(repeat)
    },
    async stop() {
      stopped.abort()
      await Promise.all(loops)
    },
  }
}
