import { DomainError } from '../errors.ts'
import type { Server } from './server.ts'

/**
 * Cross-origin calls of the page that shows the QR code. A preflight carries no credential, so it only learns whether any app allows the
 * origin; the call itself is checked against the flow's own app. No cookies are involved.
 */
export function allowOrigin(scope: Server, allows: (origin: string) => boolean): void {
  scope.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    reply.header('vary', 'Origin').header('cache-control', 'no-store')
    if (origin === undefined || !allows(origin)) return
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', 'Retry-After')
  })
  scope.options('/v1/flows/*', { schema: { hide: true } }, async (request, reply) => {
    if (!allows(request.headers.origin ?? '')) throw new DomainError('origin_not_allowed')
    return reply
      .code(204)
      .header('access-control-allow-methods', 'GET, POST, DELETE')
      .header('access-control-allow-headers', 'Authorization, Content-Type')
      .header('access-control-max-age', '600')
      .send()
  })
}
