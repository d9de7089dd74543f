import { type Flow, isFlow } from './flow.ts'
import { deadline, ProblemError, parseJson, problemOf } from './http.ts'
import { authorized, type Line } from './line.ts'
import { createEventParser } from './sse.ts'

/** Something between us and Hufu does not let a stream through: asking again would change nothing. */
export const unstreamable = 'unstreamable'

/** The server speaks at once; a proxy that keeps the first event back should not keep the person. */
const helloMs = 8_000
/** Hufu's comments come more often than this; a longer silence is a dead line. */
const silenceMs = 45_000

/** Reads the event stream until it ends, is cut or falls silent. */
export async function readStream(
  line: Line,
  on: { flow(flow: Flow): void; retry(ms: number): void },
  outer: AbortSignal,
): Promise<void> {
  const limit = deadline(outer, helloMs)
  let heard = false
  try {
    const init = authorized(line, { accept: 'text/event-stream' })
    const response = await line.fetch(`${line.url}/events`, { cache: 'no-store', ...init, signal: limit.signal })
    if (!response.ok) throw problemOf(response, await response.text())
    const type = response.headers.get('content-type') ?? ''
    if (!type.startsWith('text/event-stream') || !response.body) throw new ProblemError(unstreamable)
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const feed = createEventParser({
      event(name, data) {
        const flow = parseJson(data)
        if (name === 'flow' && isFlow(flow)) on.flow(flow)
      },
      retry: on.retry,
    })
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      heard = true
      limit.restart(silenceMs)
      feed(decoder.decode(part.value, { stream: true }))
    }
  } catch (error) {
    // A network that is down fails at once; silence from the first byte on is a proxy that collects the body.
    throw !heard && limit.signal.aborted ? new ProblemError(unstreamable) : error
  } finally {
    limit.done()
  }
}
