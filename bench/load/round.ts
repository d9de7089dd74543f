import { openConnection } from './connection.ts'
import { createHistogram, type LatencySummary } from './histogram.ts'

export interface RoundReport {
  readonly answered: number
  /** Answers other than 200. */
  readonly failed: number
  readonly seconds: number
  readonly perSecond: number
  readonly latency: LatencySummary
  /** The first answer, or the first that was not 200, for a look at what was measured. */
  readonly sample: string
}

export interface RoundLimits {
  /** Sockets, each with one request in flight. */
  readonly connections: number
  /** Nothing is sent after this time, nor when the requests have run out; what is in flight is waited for. */
  readonly seconds: number
}

/** Sends each request at most once, as fast as answers come. */
export async function runRound(
  port: number,
  requests: readonly Buffer[],
  { connections, seconds }: RoundLimits,
): Promise<RoundReport> {
  const histogram = createHistogram()
  const finished = Promise.withResolvers<void>()
  let deadline = 0
  let next = 0
  let answered = 0
  let failed = 0
  let sample = ''

  const lanes = await Promise.all(
    Array.from({ length: connections }, async () => {
      let sentAt = 0
      const connection = await openConnection(port, {
        answered(status, response) {
          const now = performance.now()
          histogram.record(now - sentAt)
          if (status !== 200) failed += 1
          if (sample === '' || (status !== 200 && failed === 1)) sample = response.toString()
          answered += 1
          if (now < deadline) sendNext(now)
          if (answered === next) finished.resolve()
        },
        failed: finished.reject,
      })
      const sendNext = (now: number): void => {
        const request = requests[next]
        if (request === undefined) return
        next += 1
        sentAt = now
        connection.send(request)
      }
      return { connection, start: () => sendNext(performance.now()) }
    }),
  )

  const startedAt = performance.now()
  deadline = startedAt + seconds * 1000
  for (const lane of lanes) lane.start()
  await finished.promise
  const elapsed = (performance.now() - startedAt) / 1000
  for (const lane of lanes) lane.connection.close()
  return {
    answered,
    failed,
    seconds: elapsed,
    perSecond: answered / elapsed,
    latency: histogram.summary(),
    sample,
  }
}
