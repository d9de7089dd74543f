import { type Flow, isFlow } from './flow.ts'
import { deadline, problemOf } from './http.ts'
import { authorized, type Line } from './line.ts'
import { createEventParser } from './sse.ts'

/** Something between us and Hufu does not let a stream through: asking again would change nothing. */
export class Unstreamable extends Error {}

/** The server says hello at once and comments at least every 20 s; a longer silence is a dead line. */
const silenceMs = 45_000

/** Buffering proxies keep the first event back; the person should not wait for them. */
const helloMs = 8_000

/** Reads the event stream until it ends, is cut or falls silent. */
export async function readStream(
  line: Line,
  on: { flow(flow: Flow): void; retry(ms: number): void },
  outer: AbortSignal,
): Promise<void> {
  const limit = deadline(outer, silenceMs)
  let heard = false
  const hello = setTimeout(() => {
    if (!heard) limit.abort()
  }, helloMs)
  try {
    const init = authorized(line, { headers: { accept: 'text/event-stream' } })
    const response = await line.fetch(`${line.url}/events`, { cache: 'no-store', ...init, signal: limit.signal })
    if (!response.ok) throw problemOf(response, await response.text())
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    if (!isStream || !response.body) throw new Unstreamable()
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const parser = createEventParser({
      event: ({ event, data }) => {
        const flow = event === 'flow' ? parseFlow(data) : undefined
        if (flow) on.flow(flow)
      },
      retry: on.retry,
    })
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      heard = true
      limit.restart()
      parser.feed(decoder.decode(part.value, { stream: true }))
    }
  } catch (error) {
    // Silence from the first byte on is a proxy that collects the body; a network that is down fails at once instead.
    if (!heard && limit.signal.aborted && !outer.aborted) throw new Unstreamable()
    throw error
  } finally {
    clearTimeout(hello)
    // Also ends a body that was refused unread.
    limit.abort()
    limit.done()
  }
}

function parseFlow(data: string): Flow | undefined {
  try {
    const value: unknown = JSON.parse(data)
    return isFlow(value) ? value : undefined
  } catch {
    return undefined
  }
}
