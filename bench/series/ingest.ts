import type { Load } from '../load/client.ts'
import type { CallbackMode } from '../load/push.ts'
import type { RoundReport } from '../load/round.ts'
import { processorMs } from '../processes.ts'
import { formatSpread, formatTable } from '../table.ts'
import type { Target } from '../target.ts'

export interface IngestOptions {
  readonly seconds: number
  readonly rounds: number
  readonly connections: number
}

interface Measured extends RoundReport {
  readonly processorUs: number
}

/** Before a server was measured: enough for its first round, and its warm-up ends early rather than late. */
const FIRST_GUESS_PER_SECOND = 6_000
/** A round that runs out of pushes ends early; one built too large costs seeding. */
const HEADROOM = 1.3

/**
 * Interleaved rounds, A B C A B C …, after one unmeasured round of each, so that whatever else the machine does hits
 * all alike. Ratios are taken within a round.
 */
export async function measureIngest(
  title: string,
  targets: readonly Target[],
  mode: CallbackMode,
  load: Load,
  options: IngestOptions,
): Promise<string> {
  const rates = new Map<Target, number>()
  const rounds = new Map<Target, Measured[]>(targets.map((target) => [target, []]))
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const target of targets) {
      const rate = rates.get(target) ?? FIRST_GUESS_PER_SECOND
      const measured = await measureRound(target, mode, load, Math.ceil(rate * options.seconds * HEADROOM), options)
      rates.set(target, measured.perSecond)
      if (round > 0) rounds.get(target)?.push(measured)
    }
  }
  return `### ${title}\n\n${formatRounds(rounds)}\n${formatFailures(rounds)}`
}

export async function measureRound(
  target: Target,
  mode: CallbackMode,
  load: Load,
  pushes: number,
  { seconds, connections }: IngestOptions,
): Promise<Measured> {
  const scans = await target.scans(mode, pushes)
  let before: number | undefined
  const report = await load.round({ account: target.account(mode), scans, connections, seconds }, () => {
    before = processorMs(target.pid)
  })
  const after = processorMs(target.pid)
  const usedMs = before === undefined || after === undefined ? Number.NaN : after - before
  return { ...report, processorUs: (usedMs * 1000) / report.answered }
}

function formatRounds(rounds: ReadonlyMap<Target, readonly Measured[]>): string {
  const reference = [...rounds].find(([target]) => target.name === 'co-wechat')?.[1]
  const rows = [...rounds].map(([target, measured]) => [
    target.name,
    formatSpread(column(measured, 'perSecond'), 0),
    formatSpread(
      measured.map(({ latency }) => latency.p50Ms),
      2,
    ),
    formatSpread(
      measured.map(({ latency }) => latency.p99Ms),
      1,
    ),
    formatSpread(column(measured, 'processorUs'), 0),
    formatSpread(
      measured.map(({ perSecond }, round) => perSecond / (reference?.[round]?.perSecond ?? Number.NaN)),
      2,
    ),
    String(sum(column(measured, 'answered'))),
    String(sum(column(measured, 'failed'))),
  ])
  return formatTable(
    ['server', 'events/s', 'p50 ms', 'p99 ms', 'CPU µs/event', '× co-wechat', 'answered', 'not 200'],
    rows,
  )
}

function formatFailures(rounds: ReadonlyMap<Target, readonly Measured[]>): string {
  return [...rounds]
    .flatMap(([target, measured]) => {
      const bad = measured.find(({ failed }) => failed > 0)
      return bad === undefined ? [] : [`\n${target.name} answered, for example:\n\n${indent(bad.sample)}\n`]
    })
    .join('')
}

function indent(text: string): string {
  return text.trim().replaceAll(/^/gm, '    ')
}

function column(measured: readonly Measured[], name: 'perSecond' | 'processorUs' | 'answered' | 'failed'): number[] {
  return measured.map((round) => round[name])
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
