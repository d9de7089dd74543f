import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Stage } from '../sending/stages.ts'

interface Said {
  status: number
  /** Status and code: what kind of an answer it was. */
  kind: string
  body: { id: string; code?: string }
}

/** A site's backend that keeps its connections, so many to each node. */
export interface Caller {
  /** To the nodes in turn. */
  post(path: string, body: object, turn?: number): Promise<Said>
  /** The digits in the newest message on this phone, once they are there. */
  read(openid: string): Promise<string>
  close(): void
}

const readMs = 15_000

export function createCaller({ urls, apiKey, simulator }: Stage, { atOnce }: { atOnce: number }): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })

  return {
    async post(path, body, turn = 0) {
      const text = JSON.stringify(body)
      const asked = request(`${urls[turn % urls.length]}${path}`, {
        agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        },
      })
      asked.end(text)
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const answer = JSON.parse(Buffer.concat(chunks).toString())
      const status = response.statusCode ?? 0
      return { status, kind: [status, answer.code].filter(Boolean).join(' '), body: answer }
    },
    async read(openid) {
      for (const until = performance.now() + readMs; performance.now() < until; await pause(5)) {
        const newest = simulator.world.ledger.sends.list().findLast(({ touser }) => touser === openid)
        const [digits] = /(?<!\d)\d{6}(?!\d)/.exec(JSON.stringify(newest?.data ?? '')) ?? []
        if (digits) return digits
      }
      throw new Error('a code did not arrive')
    },
    close: () => agent.destroy(),
  }
}
