import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { Server } from './server.ts'

/** The stylesheet of the hosted pages, and the widget for sites that use a script tag. */
export async function staticRoutes(server: Server): Promise<void> {
  const pages = fileURLToPath(new URL('../../pages/', import.meta.url))
  const widget = dirname(fileURLToPath(import.meta.resolve('@hufu/widget/hufu-scan.js')))
  await server.register(fastifyStatic, { root: [pages, widget], serve: false, cacheControl: false })
  server.get('/assets/hosted.css', { schema: { hide: true } }, (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').sendFile('hosted.css', pages),
  )
  for (const file of ['hufu-scan.js', 'register.js']) {
    server.get(`/widget/${file}`, { schema: { hide: true } }, (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=300')
        .header('access-control-allow-origin', '*')
        .sendFile(file, widget),
    )
  }
}
