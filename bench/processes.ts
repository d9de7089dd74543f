import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

type Core = 'server' | 'generator'

/** Two cores, one each, so that neither side takes the other's time; the same for every server measured. */
const CORES: Record<Core, string> = { server: '0', generator: '1' }
const TASKSET = ['/usr/bin/taskset', '/bin/taskset'].find(existsSync)

export const isPinned = TASKSET !== undefined && availableParallelism() > 1

export interface PinnedProcess {
  readonly pid: number
  readonly child: ChildProcess
  /** Resolves with the first line on stdout that `pick` accepts. */
  line<T>(pick: (line: string) => T | undefined): Promise<T>
  stop(): Promise<void>
}

export interface PinnedOptions {
  readonly core: Core
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly ipc?: boolean
  /** A file for stdout, which is else read here: a log read by the harness would take time from the generator. */
  readonly log?: string
}

/** Starts Node on its core; stderr is shown. */
export function startPinned({ core, args, env, ipc, log }: PinnedOptions): PinnedProcess {
  const node = [process.execPath, '--conditions=hufu-source', '--disable-warning=DEP0005', ...args]
  const [command, ...rest] = isPinned && TASKSET !== undefined ? [TASKSET, '-c', CORES[core], ...node] : node
  if (command === undefined) throw new Error('nothing to start')
  const logDescriptor = log === undefined ? undefined : openSync(log, 'a')
  const child = spawn(command, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', logDescriptor ?? 'pipe', 'inherit', ...(ipc ? ['ipc' as const] : [])],
    ...(ipc ? { serialization: 'advanced' as const } : {}),
  })
  if (logDescriptor !== undefined) closeSync(logDescriptor)
  const exited = once(child, 'exit')
  exited.catch(() => {})
  const { stdout, pid } = child
  if (pid === undefined) throw new Error(`could not start ${args.join(' ')}`)
  const lines = stdout === null ? undefined : createInterface({ input: stdout })
  return {
    pid,
    child,
    line: (pick) =>
      new Promise((resolve, reject) => {
        lines?.on('line', (line) => {
          const picked = pick(line)
          if (picked !== undefined) resolve(picked)
        })
        child.once('exit', (code) => reject(new Error(`${args[0]} exited with ${code}`)))
      }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
      lines?.close()
    },
  }
}

/** Resident memory in MiB, or `undefined` where there is no /proc. */
export function residentMiB(pid: number): number | undefined {
  const kib = readProc(pid, 'status')?.match(/^VmRSS:\s+(\d+) kB/m)?.[1]
  return kib === undefined ? undefined : Number(kib) / 1024
}

/** Processor time used so far, in milliseconds: steadier than the wall clock on a shared machine. */
export function processorMs(pid: number): number | undefined {
  // Fields 14 and 15 after the command name, in clock ticks of 10 ms.
  const fields = readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ')
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * 10
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return undefined
  }
}
