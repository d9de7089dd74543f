import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { isPinned } from './processes.ts'
import { median } from './table.ts'

/** What a reader needs to know about the machine to compare two runs; `directory` is where the database will be. */
export function describeMachine(directory: string): string {
  const facts = [
    `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${process.platform} ${release()}`,
    `Node ${process.version}`,
    `load ${loadavg()
      .map((value) => value.toFixed(1))
      .join(' ')}`,
    isPinned ? 'server on core 0, load generator on core 1' : 'processes not pinned (no taskset or one core)',
    `database on ${fileSystemOf(directory)}, 4 KiB write + fsync ${measureFsync(directory).toFixed(2)} ms`,
  ]
  return facts.map((fact) => `- ${fact}`).join('\n')
}

function fileSystemOf(directory: string): string {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
    const inside = mounts.filter(([, point]) => point !== undefined && `${directory}/`.startsWith(point))
    const closest = inside.sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))[0]
    return closest?.[2] ?? 'an unknown file system'
  } catch {
    return 'an unknown file system'
  }
}

/** Median of 100: durable answers cannot be faster than this, shared by all that commit together. */
function measureFsync(directory: string): number {
  const file = join(directory, 'fsync-probe')
  const descriptor = openSync(file, 'w')
  const page = Buffer.alloc(4096, 1)
  try {
    return median(
      Array.from({ length: 100 }, () => {
        const startedAt = performance.now()
        writeSync(descriptor, page)
        fsyncSync(descriptor)
        return performance.now() - startedAt
      }),
    )
  } finally {
    closeSync(descriptor)
    rmSync(file)
  }
}
