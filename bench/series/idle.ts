import { setTimeout as delay } from 'node:timers/promises'
import type { HufuServer } from '../hufu/server.ts'
import { residentMiB } from '../processes.ts'
import { formatTable } from '../table.ts'
import { openPages, startPages } from './pages.ts'

const SETTLE_MS = 30_000

/** A fresh server: what it costs before anyone comes, and what open pages add. */
export async function measureIdle(server: HufuServer, pages: number): Promise<string> {
  const atReady = residentMiB(server.pid)
  await delay(SETTLE_MS)
  const settled = residentMiB(server.pid)
  const worker = startPages()
  try {
    await openPages(worker, server, pages)
    const opened = residentMiB(server.pid)
    await delay(SETTLE_MS)
    const waiting = residentMiB(server.pid)
    await worker.ask({ close: true })
    const text = (mib: number | undefined): string => (mib === undefined ? '–' : `${mib.toFixed(0)} MiB`)
    return `### Idle\n\n${formatTable(
      ['figure', 'value'],
      [
        ['time to ready', `${server.readyMs.toFixed(0)} ms`],
        ['memory when ready', text(atReady)],
        ['memory after 30 s', text(settled)],
        [`memory, ${pages} flows made and their streams open`, text(opened)],
        ['the same after 30 s', text(waiting)],
      ],
    )}`
  } finally {
    await worker.stop()
  }
}
