import { type Flow, isOver, seenOf } from './flow.ts'
import { ProblemError } from './http.ts'
import { getFlow, type Line } from './line.ts'
import { readStream, Unstreamable } from './stream.ts'

/** How well we hear Hufu. */
export type Link = { readonly state: 'up' | 'reconnecting' } | { readonly state: 'limited'; readonly seconds: number }

type Mode = 'stream' | 'wait' | 'poll'
const below: Record<Mode, Mode> = { stream: 'wait', wait: 'poll', poll: 'poll' }

const waitSeconds = 25
/** A stream that lived this long was healthy; its end is no reason to give streams up. */
const healthyMs = 20_000

/**
 * Reports every change of the flow until it is over: by event stream, by long-poll when streams fail twice or are refused,
 * by plain polling when that fails too. Never climbs back up: a flow lives for minutes. Throws what no retry can mend.
 */
export async function follow(
  line: Line,
  first: Flow,
  on: { flow(flow: Flow): void; link(link: Link): void },
  signal: AbortSignal,
): Promise<void> {
  let mode: Mode = 'stream'
  let seen = first
  let failuresOfMode = 0
  let failures = 0
  let retryMs = 1000

  const hear = (flow: Flow) => {
    if (signal.aborted) return
    seen = flow
    failures = 0
    on.link({ state: 'up' })
    on.flow(flow)
  }

  async function once(): Promise<void> {
    const began = line.now()
    if (mode === 'stream') {
      try {
        await readStream(line, { flow: hear, retry: (ms) => (retryMs = Math.min(ms, 15_000)) }, signal)
      } finally {
        if (line.now() - began > healthyMs) failuresOfMode = 0
      }
      if (!isOver(seen)) throw new ProblemError({ code: 'network', status: 0 })
    } else if (mode === 'wait') {
      const asked = seenOf(seen)
      const query = `?wait=${waitSeconds}&seen=${encodeURIComponent(asked)}`
      hear(await getFlow(line, signal, query, (waitSeconds + 10) * 1000))
      failuresOfMode = 0
      // Something answers at once instead of holding: asking again and again would be a storm.
      if (seenOf(seen) === asked && line.now() - began < 1000) mode = 'poll'
    } else {
      hear(await getFlow(line, signal))
      if (!isOver(seen)) await line.pause(2000 + line.random() * 1000, signal)
    }
  }

  function afterFailure(error: unknown): number {
    const problem = error instanceof ProblemError ? error : undefined
    if (problem && !problem.passes) throw problem
    failures += 1
    failuresOfMode += 1
    const tried = mode
    if (error instanceof Unstreamable || problem?.limited || failuresOfMode >= 2) {
      mode = below[mode]
      failuresOfMode = 0
    }
    if (error instanceof Unstreamable) return 0
    const backoff = Math.min(retryMs * 2 ** (failures - 1), 15_000) * (0.5 + line.random() / 2)
    // A refused stream has its own limit: polling is what the server asks for, and it may start at once.
    const away = tried === 'stream' ? 0 : (problem?.retryAfter ?? (problem?.limited ? 5000 : 0))
    if (away > 0) on.link({ state: 'limited', seconds: Math.ceil(away / 1000) })
    // One cut that heals within a second is nobody's business.
    else if (failures > 1) on.link({ state: 'reconnecting' })
    return Math.max(backoff, away)
  }

  while (!signal.aborted && !isOver(seen)) {
    try {
      await once()
    } catch (error) {
      if (signal.aborted) return
      await line.pause(afterFailure(error), signal)
    }
  }
}
