import type { Registry } from 'prom-client'
import type { Server } from './server.ts'

/** Alive, ready, and the numbers. Ready means that the database answers; one account's trouble never makes a node unready. */
export function healthRoutes(server: Server, deps: { ready(): Promise<void>; registry: Registry }): void {
  const schema = { hide: true }
  server.get('/healthz', { schema }, async () => ({ status: 'alive' }))
  server.get('/readyz', { schema }, async (request, reply) => {
    try {
      await deps.ready()
      return { status: 'ready' }
    } catch (error) {
      request.log.error({ err: error }, 'not ready')
      return reply.code(503).header('retry-after', 1).send({ status: 'not ready' })
    }
  })
  server.get('/metrics', { schema }, async (_request, reply) =>
    reply.type(deps.registry.contentType).send(await deps.registry.metrics()),
  )
}
