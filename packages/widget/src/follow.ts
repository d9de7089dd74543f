import { type Flow, isOver, seenOf } from './flow.ts'
import { backoff, ProblemError } from './http.ts'
import { getFlow, type Line } from './line.ts'
import { readStream, unstreamable } from './stream.ts'

/** How well we hear Hufu; a number is the seconds it asked us to stay away. */
export type Link = 'up' | 'reconnecting' | number

type Mode = 'stream' | 'wait' | 'poll'

const waitSeconds = 25

/**
 * Reports the flow until it is over: by event stream, by long-poll when streams fail twice or are refused, by plain polling
 * when that fails too. Never climbs back up: a flow lives for minutes. Throws what no retry can mend.
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
    seen = flow
    failures = 0
    on.link('up')
    on.flow(flow)
  }

  async function listen(): Promise<void> {
    if (mode === 'stream') {
      const retry = (ms: number) => {
        retryMs = ms
      }
      await readStream(line, { flow: hear, retry }, signal)
      if (!isOver(seen)) throw new ProblemError('network')
    } else if (mode === 'wait') {
      const asked = seenOf(seen)
      const began = performance.now()
      hear(await getFlow(line, signal, `?wait=${waitSeconds}&seen=${asked}`, (waitSeconds + 10) * 1000))
      failuresOfMode = 0
      // Something answers at once instead of holding: asking again and again would be a storm.
      if (seenOf(seen) === asked && performance.now() - began < 1000) mode = 'poll'
    } else {
      await line.pause(2000 + line.random() * 1000, signal)
      if (!signal.aborted) hear(await getFlow(line, signal))
    }
  }

  /** Milliseconds to wait before the next try. */
  function stepDown(error: unknown): number {
    const refusal = error instanceof ProblemError ? error : new ProblemError('network')
    const { passes, throttled, away, problem } = refusal
    if (!passes) throw refusal
    failures += 1
    failuresOfMode += 1
    // A refused stream has a limit of its own: polling is what the server asks for, and it may start at once.
    const atOnce = problem.code === unstreamable || (throttled && mode === 'stream')
    if (atOnce || throttled || failuresOfMode > 1) {
      mode = mode === 'stream' ? 'wait' : 'poll'
      failuresOfMode = 0
    }
    if (atOnce) return 0
    // One cut that heals within a second is nobody's business.
    if (away) on.link(Math.ceil(away / 1000))
    else if (failures > 1) on.link('reconnecting')
    return backoff(refusal, failures, line.random, retryMs)
  }

  while (!signal.aborted && !isOver(seen)) {
    try {
      await listen()
    } catch (error) {
      if (!signal.aborted) await line.pause(stepDown(error), signal)
    }
  }
}
