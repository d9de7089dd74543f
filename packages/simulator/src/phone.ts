import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'

const FOLDER = new URL('../phone/', import.meta.url)
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

async function sendFile(path: string, reply: FastifyReply): Promise<FastifyReply> {
  const type = TYPES[extname(path)]
  // Plain names only: no way leads out of the folder, and nothing hidden is served.
  const isPlain = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/.test(path)
  if (type === undefined || !isPlain) return reply.code(404).send()
  const content = await readFile(new URL(path, FOLDER)).catch(() => undefined)
  if (content === undefined) return reply.code(404).send()
  return reply.type(type).header('cache-control', 'no-cache').header('x-content-type-options', 'nosniff').send(content)
}

/** The phone page: plain files, free to be framed by a playground. */
export function registerPhonePage(app: FastifyInstance): void {
  app.get('/', (_request, reply) => reply.redirect('/phone/', 302))
  app.get('/phone', (_request, reply) => reply.redirect('/phone/', 302))
  app.get('/phone/', (_request, reply) => sendFile('index.html', reply))
  app.get<{ Params: { '*': string } }>('/phone/*', (request, reply) => sendFile(request.params['*'], reply))
}
