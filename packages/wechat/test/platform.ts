import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Seen {
  method: string
  path: string
  query: URLSearchParams
  body: string
}
export type Handler = (seen: Seen, response: ServerResponse, request: IncomingMessage) => void

export interface Platform {
  readonly origin: string
  readonly seen: Seen[]
  answer(handler: Handler): void
  close(): Promise<void>
}

/** A real HTTP server on loopback that answers as each test says. */
export async function startPlatform(): Promise<Platform> {
  let handler: Handler = (_, response) => response.end('{}')
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://platform')
    let body = ''
    for await (const chunk of request) body += chunk
    const call = { method: request.method ?? '', path: url.pathname, query: url.searchParams, body }
    seen.push(call)
    handler(call, response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer(next) {
      handler = next
      seen.length = 0
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An origin where nobody listens. */
export async function closedOrigin(): Promise<string> {
  const platform = await startPlatform()
  await platform.close()
  return platform.origin
}

export const json =
  (value: unknown): Handler =>
  (_, response) =>
    response.end(JSON.stringify(value))
export const text =
  (body: string, status = 200): Handler =>
  (_, response) => {
    response.statusCode = status
    response.end(body)
  }
