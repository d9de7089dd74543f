import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../packages/server/src/main.ts', import.meta.url))

/** A Hufu in a process of its own, as `npm start` runs it. */
export interface HufuProcess {
  readonly pid: number
  /** From the start of the process to the line that says it is ready. */
  readonly readyMs: number
  /** Settles when the process is gone, for whatever reason. */
  readonly exited: Promise<void>
  isRunning(): boolean
  /** Power off: no handler runs, nothing is flushed. */
  kill(): Promise<void>
  /** As an operator stops it; what it said last is shown where that went wrong. @returns the exit code */
  stop(): Promise<number | null>
}

/** Settings that keep a process apart from everybody else's: own folder, own key, free ports. */
export async function freshSettings(folder: string): Promise<Record<string, string>> {
  const [port, demoPort, simulatorPort] = await freePorts(3)
  return {
    HUFU_PORT: String(port),
    HUFU_DEMO_PORT: String(demoPort),
    HUFU_SIMULATOR_PORT: String(simulatorPort),
    HUFU_DATA_DIR: join(folder, 'data'),
    HUFU_SECRET_KEY_FILE: join(folder, 'hufu.key'),
  }
}

/** A start under way: it can be killed before it is ready. */
export interface Starting {
  /** @throws when the process ends first, with what it said */
  readonly ready: Promise<HufuProcess>
  kill(): Promise<void>
}

export function startHufu(settings: Record<string, string>, folder: string): Starting {
  const began = performance.now()
  const child = spawn(process.execPath, ['--conditions=hufu-source', main], {
    cwd: folder,
    env: { ...withoutHufu(process.env), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Whatever becomes of the tests, nothing they started outlives them.
  const lastResort = () => child.kill('SIGKILL')
  process.once('exit', lastResort)
  const exited = once(child, 'exit').then(() => void process.off('exit', lastResort))
  const isRunning = () => child.exitCode === null && child.signalCode === null
  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (isRunning()) child.kill(signal)
    await exited
  }
  const kill = () => end('SIGKILL')
  const said: string[] = []
  const ready = untilReady(child, said).then(() => ({
    pid: child.pid ?? 0,
    readyMs: Math.round(performance.now() - began),
    exited,
    isRunning,
    kill,
    async stop() {
      await end('SIGTERM')
      if (child.exitCode !== 0) process.stderr.write(`${said.slice(-10).join('\n')}\n`)
      return child.exitCode
    },
  }))
  return { ready, kill }
}

/** @param said what the process has written, as it writes it */
function untilReady(child: ChildProcess, said: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line)
        if (/Hufu.*is ready/.test(line)) resolve()
      })
    }
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`Hufu ended before it was ready (${signal ?? code}):\n${said.join('\n')}`)),
    )
  })
}

/** The tester's own settings must not reach the process under test. */
function withoutHufu(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('HUFU_') && name !== 'NODE_ENV' && name !== 'VITEST'),
  )
}

/**
 * Ports that nobody has now, and nobody gets who asks for any: a program that is down for a moment finds its own free again. Below those that the
 * system gives away (from 32768 on Linux).
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
