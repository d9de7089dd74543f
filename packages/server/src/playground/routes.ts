import { readFileSync } from 'node:fs'
import type { Server } from '../http/server.ts'

/** Filled in when the demo site listens: the page is asked for after that. */
export interface PlaygroundLinks {
  simulatorUrl: string
  demoUrl: string
}

const file = (name: string) => readFileSync(new URL(`../../playground/${name}`, import.meta.url), 'utf8')

/** `/`: the demo site on the left, a phone on the right. */
export async function playgroundRoutes(server: Server, links: PlaygroundLinks): Promise<void> {
  const [html, css, script] = [file('index.html'), file('playground.css'), file('playground.js')]
  const schema = { hide: true }
  server.get('/', { schema }, (_request, reply) =>
    reply
      .header(
        'content-security-policy',
        `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src ${links.simulatorUrl} ${links.demoUrl}; base-uri 'none'; form-action 'none'`,
      )
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html),
  )
  server.get('/playground/links.json', { schema }, async () => ({
    simulator_url: links.simulatorUrl,
    demo_url: links.demoUrl,
  }))
  server.get('/playground/playground.css', { schema }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(css),
  )
  server.get('/playground/playground.js', { schema }, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(script),
  )
}
