import http from 'node:http'
import https from 'node:https'

type HttpRequest = {
  method: string
  url: URL
  headers: Record<string, string>
  body?: Buffer
  timeoutMs: number
  maxBytes?: number
}

export type HttpAnswer = { status: number; headers: http.IncomingHttpHeaders; body: Buffer }

export type HttpFailure = 'timeout' | 'unreachable' | 'too_large'

export class HttpError extends Error {
  readonly failure: HttpFailure
  constructor(failure: HttpFailure, message: string) {
    super(message)
    this.failure = failure
  }
}

export type HttpClient = { send(request: HttpRequest): Promise<HttpAnswer>; close(): void }

/** One keep-alive client without redirects: what a redirect means is the caller's affair. */
export function createHttpClient(): HttpClient {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 512 }),
    // A developer's own certificate is as good as any on this machine.
    'https:': new https.Agent({ keepAlive: true, maxSockets: 512, rejectUnauthorized: false }),
  }
  const send = (request: HttpRequest, mayRetry = true) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const secure = request.url.protocol === 'https:'
      const outgoing = (secure ? https : http).request(request.url, {
        method: request.method,
        headers: { ...request.headers, ...(request.body && { 'content-length': String(request.body.length) }) },
        agent: agents[secure ? 'https:' : 'http:'],
      })
      let over = false
      const fail = (error: HttpError) => {
        clearTimeout(timer)
        over = true
        reject(error)
        outgoing.destroy()
      }
      const timer = setTimeout(() => fail(new HttpError('timeout', 'no answer in time')), request.timeoutMs)
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        // Our own hanging up comes back as an error, too.
        if (over) return
        // The peer may close an idle connection in the moment we use it: that says nothing about its answer.
        if (mayRetry && outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(send(request, false))
        else reject(new HttpError('unreachable', error.code ?? error.message))
      })
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = []
        let size = 0
        incoming.on('data', (bytes: Buffer) => {
          size += bytes.length
          if (size > (request.maxBytes ?? 8_000_000)) fail(new HttpError('too_large', 'the answer is too large'))
          else chunks.push(bytes)
        })
        incoming.on('error', (error) => fail(new HttpError('unreachable', error.message)))
        incoming.on('end', () => {
          clearTimeout(timer)
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) })
        })
      })
      outgoing.end(request.body)
    })
  return {
    send: (request) => send(request),
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}
