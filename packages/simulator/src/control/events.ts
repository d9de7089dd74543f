import type { FastifyInstance } from 'fastify'
import type { World } from '../world.ts'

const KEEP_ALIVE_MS = 15_000
/** Under load the phone page need not hear of every single change. */
const COALESCE_MS = 50

/** The stream of changes for the phone page: it says what to read again. */
export function registerEvents(app: FastifyInstance, world: World): void {
  app.get('/_sim/events', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    reply.raw.write('retry: 1000\n\n')
    const waiting = new Set<string>()
    const flush = () => {
      if (reply.raw.destroyed) return
      for (const data of waiting) reply.raw.write(`event: change\ndata: ${data}\n\n`)
      waiting.clear()
    }
    const unsubscribe = world.stream.subscribe((change) => {
      if (waiting.size === 0) setTimeout(flush, COALESCE_MS)
      waiting.add(JSON.stringify(change))
    })
    const keepAlive = setInterval(() => reply.raw.write(':\n\n'), KEEP_ALIVE_MS)
    reply.raw.once('close', () => {
      clearInterval(keepAlive)
      unsubscribe()
    })
  })
}
