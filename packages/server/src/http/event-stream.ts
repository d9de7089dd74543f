import { hash } from 'node:crypto'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** What a reader of the stream is sent: one event, and how long it stays true. */
export interface Snapshot {
  event: string
  data: string
  /** The stream ends after it. */
  last: boolean
  /** Milliseconds after which it must be read again even if nothing is heard. */
  staleInMs: number
}

export interface EventStream {
  /** Something may have changed: read again. Calls during a reading are one more reading. */
  refresh(): void
  /** Keeps proxies from giving up on a quiet stream. */
  beat(): void
  end(): void
}

/** A reader that lets this much pile up is gone, or means harm; it can still poll. */
const mostUnsentBytes = 64 * 1024
const reconnectMs = 1_000

/** Server-sent events (HTML standard §9.2) of one thing that is read again whenever it may have changed; an unchanged reading sends nothing. */
export function openEventStream(
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  source: { read(): Promise<Snapshot | undefined>; onEnd(): void },
): EventStream {
  let sent = ''
  let reading = false
  let again = false
  let ended = false
  let stale: NodeJS.Timeout | undefined

  function write(text: string): void {
    response.write(text)
    if (response.writableLength > mostUnsentBytes) response.destroy()
  }

  async function read(): Promise<void> {
    do {
      again = false
      const snapshot = await source.read()
      if (!snapshot || ended) return end()
      const digest = hash('sha1', snapshot.data, 'base64')
      if (digest !== sent) write(`event: ${snapshot.event}\ndata: ${snapshot.data}\n\n`)
      sent = digest
      if (snapshot.last) return end()
      clearTimeout(stale)
      stale = setTimeout(refresh, snapshot.staleInMs)
    } while (again)
  }

  function refresh(): void {
    again = true
    if (reading || ended) return
    reading = true
    read().then(() => {
      reading = false
    }, end)
  }

  function end(): void {
    if (ended) return
    ended = true
    clearTimeout(stale)
    source.onEnd()
    response.end()
  }

  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.write(`retry: ${reconnectMs}\n\n`)
  response.on('close', end)
  refresh()
  return { refresh, end, beat: () => write(': \n\n') }
}
