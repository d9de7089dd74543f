import { connect, type Socket } from 'node:net'

const HEAD_END = Buffer.from('\r\n\r\n')
/** The tail of `Content-Length: ` and `content-length: `: one native search finds both. */
const LENGTH = Buffer.from('ength: ')
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n')
const RESPONSE_LIMIT = 64 * 1024

export interface ConnectionHandlers {
  /** A whole response arrived; `response` is reused for the next one. */
  answered(status: number, response: Buffer): void
  failed(error: Error): void
}

/** One keep-alive HTTP/1.1 connection with one request in flight, parsing just enough to know where an answer ends. */
export interface Connection {
  send(request: Buffer): void
  close(): void
}

export async function openConnection(port: number, handlers: ConnectionHandlers): Promise<Connection> {
  const response = Buffer.allocUnsafe(RESPONSE_LIMIT)
  let filled = 0
  const onread = {
    buffer: Buffer.allocUnsafe(RESPONSE_LIMIT / 4),
    callback(read: number, chunk: Uint8Array): boolean {
      response.set(chunk.subarray(0, read), filled)
      filled += read
      const whole = response.subarray(0, filled)
      if (isComplete(whole)) {
        filled = 0
        handlers.answered(statusOf(whole), whole)
      }
      return true
    },
  }
  const socket = await opened(connect({ host: '127.0.0.1', port, noDelay: true, onread }))
  socket.on('error', (error) => handlers.failed(error))
  socket.on('close', () => handlers.failed(new Error('the server closed the connection')))
  return {
    send: (request) => {
      socket.write(request)
    },
    close: () => {
      socket.removeAllListeners('close')
      socket.destroy()
    },
  }
}

function opened(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function statusOf(response: Buffer): number {
  return Number(response.toString('latin1', 9, 12))
}

function isComplete(response: Buffer): boolean {
  const headEnd = response.indexOf(HEAD_END)
  if (headEnd === -1) return false
  const length = response.indexOf(LENGTH)
  if (length === -1 || length > headEnd) return response.subarray(-CHUNKED_END.length).equals(CHUNKED_END)
  let bodyLength = 0
  for (let at = length + LENGTH.length; ; at += 1) {
    const digit = (response[at] ?? 0) - 48
    if (digit < 0 || digit > 9) break
    bodyLength = bodyLength * 10 + digit
  }
  return response.length >= headEnd + HEAD_END.length + bodyLength
}
