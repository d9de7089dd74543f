import { parseArgs } from 'node:util'
import type { Engine } from './hufu/database.ts'

const SERIES = ['ingest', 'pages', 'idle', 'growth', 'fleet', 'sending', 'drain', 'codes'] as const
type SeriesName = (typeof SERIES)[number]

export interface Options {
  readonly only: readonly SeriesName[]
  /** Length of one round. */
  readonly seconds: number
  /** Interleaved rounds of each server. */
  readonly rounds: number
  /** Callback connections, each with one push in flight. */
  readonly connections: number
  /** Open pages, and flows scanned each second, in the page series. */
  readonly pages: number
  readonly rate: number
  readonly engines: readonly Engine[]
  /** Followers in the database, step by step, in the growth series. */
  readonly followers: readonly number[]
  /** Notices that wait, in the series of drain and codes. */
  readonly queued: number
  /** Leave the peers out. */
  readonly alone: boolean
  /** A directory for CPU profiles of the server. */
  readonly profile: string | undefined
}

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '64' },
      pages: { type: 'string', default: '2000' },
      rate: { type: 'string', default: '200' },
      engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
      followers: { type: 'string', default: '10000,1000000' },
      queued: { type: 'string', default: '2000' },
      alone: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  })
  const only = values.only.flatMap((list) => list.split(',')).map(parseSeriesName)
  return {
    // Growth takes minutes of filling; it is asked for by name.
    only: only.length === 0 ? SERIES.filter((name) => name !== 'growth') : only,
    seconds: parsePositive('seconds', values.seconds),
    rounds: parsePositive('rounds', values.rounds),
    connections: parsePositive('connections', values.connections),
    pages: parsePositive('pages', values.pages),
    rate: parsePositive('rate', values.rate),
    engines: values.engine.flatMap((list) => list.split(',')).map(parseEngine),
    followers: values.followers.split(',').map((text) => parsePositive('followers', text)),
    queued: parsePositive('queued', values.queued),
    alone: values.alone,
    profile: values.profile,
  }
}

function parseSeriesName(name: string): SeriesName {
  const series = SERIES.find((known) => known === name)
  if (series === undefined) throw new Error(`--only takes ${SERIES.join(', ')}; not "${name}"`)
  return series
}

function parseEngine(name: string): Engine {
  if (name !== 'sqlite' && name !== 'postgres') throw new Error(`--engine takes sqlite, postgres; not "${name}"`)
  return name
}

function parsePositive(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} takes a number above 0; not "${text}"`)
  return value
}
