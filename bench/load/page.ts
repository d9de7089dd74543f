import { connect, type Socket } from 'node:net'

/** A page as the server sees it: one event stream on a socket of its own. */
export interface Page {
  readonly scene: string
  close(): void
}

export interface PageOptions {
  readonly port: number
  readonly origin: string
  readonly flowId: string
  readonly secret: string
  readonly scene: string
  /** Its own loopback address, so that no visitor address holds more streams than the server's limit. */
  readonly localAddress: string
}

/** The stream tells the whole flow, a QR code included: only its state is looked for. */
const STATE = /"state":"(\w+)"/g
/** Longer than the text between the start of an event and the end of its state. */
const KEPT = 64

/** Resolves once the stream has told the flow as it stands; `changed` hears each state after that. */
export function openPage(options: PageOptions, changed: (state: string) => void): Promise<Page> {
  const { port, origin, flowId, secret, scene, localAddress } = options
  const opened = Promise.withResolvers<Page>()
  const socket: Socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true })
  let known: string | undefined
  let tail = ''

  socket.on('connect', () => {
    socket.write(
      `GET /v1/flows/${flowId}/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\n` +
        `Authorization: Bearer ${secret}\r\nAccept: text/event-stream\r\n\r\n`,
    )
  })
  socket.on('data', (chunk) => {
    const text = tail + chunk.toString('latin1')
    if (known === undefined && text.startsWith('HTTP/1.1') && !text.startsWith('HTTP/1.1 200')) {
      opened.reject(new Error(`an event stream was answered ${text.slice(9, 400)}`))
    }
    let end = 0
    for (const match of text.matchAll(STATE)) {
      end = match.index + match[0].length
      const [, state] = match
      if (state === undefined || state === known) continue
      if (known === undefined) opened.resolve({ scene, close: () => socket.destroy() })
      else changed(state)
      known = state
    }
    tail = text.slice(Math.max(end, text.length - KEPT))
  })
  socket.on('error', opened.reject)
  socket.on('close', () => opened.reject(new Error('an event stream ended')))
  return opened.promise
}
