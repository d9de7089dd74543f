import { fileURLToPath } from 'node:url'
import type { HufuServer } from '../hufu/server.ts'
import { ORIGIN } from '../hufu/world.ts'
import type { PagesAnswer, PagesOrder, ScanReport } from '../load/pages.ts'
import { startWorker, type Worker } from '../load/worker.ts'
import { formatSpread, formatTable } from '../table.ts'

export type PagesWorker = Worker<PagesOrder, PagesAnswer>

export function startPages(): PagesWorker {
  return startWorker(fileURLToPath(new URL('../load/pages.ts', import.meta.url)))
}

export async function openPages(worker: PagesWorker, server: HufuServer, pages: number): Promise<void> {
  const account = server.target('scanned').account('safe')
  await worker.ask({ open: { account, apiKey: server.world.apiKeys.scanned, origin: ORIGIN, pages } })
}

export interface PagesOptions {
  readonly pages: number
  readonly rate: number
  readonly seconds: number
  readonly rounds: number
}

/** Flows made, opened and scanned at `rate` while `pages` others wait with open streams; from push sent to event read. */
export async function measurePages(server: HufuServer, options: PagesOptions): Promise<string> {
  const { pages, rate, seconds, rounds } = options
  const worker = startPages()
  try {
    await openPages(worker, server, pages)
    const reports: ScanReport[] = []
    for (let round = 0; round <= rounds; round += 1) {
      const { report } = await worker.ask({ scan: { rate, seconds } })
      if (report !== undefined && round > 0) reports.push(report)
    }
    await worker.ask({ close: true })
    return `### Scan → page, ${rate} flows/s, ${pages} open pages, safe mode\n\n${formatReports(reports)}`
  } finally {
    await worker.stop()
  }
}

function formatReports(reports: readonly ScanReport[]): string {
  const row = (name: string, pick: (report: ScanReport) => ScanReport['page']): string[] => [
    name,
    formatSpread(
      reports.map((report) => pick(report).p50Ms),
      2,
    ),
    formatSpread(
      reports.map((report) => pick(report).p99Ms),
      2,
    ),
    formatSpread(
      reports.map((report) => pick(report).maxMs),
      1,
    ),
    String(reports.reduce((total, report) => total + pick(report).count, 0)),
  ]
  const table = formatTable(
    ['from push sent', 'p50 ms', 'p99 ms', 'max ms', 'count'],
    [row('to the page', ({ page }) => page), row('to the answer', ({ push }) => push)],
  )
  const sum = (pick: (report: ScanReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0)
  const rates = formatSpread(
    reports.map((report) => report.perSecond),
    0,
  )
  const ownDelay = formatSpread(
    reports.map((report) => report.ownDelayP99Ms),
    1,
  )
  return (
    `${table}\n\n${rates} flows/s; pages that heard nothing: ${sum(({ unheard }) => unheard)}; answers other than 200: ` +
    `${sum(({ refused }) => refused)}. The generator itself was late by ${ownDelay} ms at its 99th percentile.`
  )
}
