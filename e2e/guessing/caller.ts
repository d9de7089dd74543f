import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { retryAfterOf } from '../faults/calls.ts'
import type { Stage } from '../sending/stages.ts'

interface Said {
  status: number
  /** Status and code: what kind of an answer it was. */
  kind: string
  /** Seconds, where the answer says when to come again. */
  retryAfter: number | undefined
  body: { id: string; code?: string }
}

/** A site's backend that keeps its connections, so many to each node. */
export interface Caller {
  /** To the nodes in turn. */
  post(path: string, body: object, options?: Asking): Promise<Said>
  /** As a site should: what is answered 503 is asked again when the answer says so, so often and no more. */
  ask(path: string, body: object, options?: Asking & { onTurnedAway?: () => void }): Promise<Said>
  /** The digits of the newest code on this phone, once they are there. */
  read(openid: string): Promise<string>
  close(): void
}

interface Asking {
  turn?: number
  key?: string
}

/** A job that a standstill of the machine has failed comes again within half a minute. */
const readMs = 60_000
const mostTimes = 10

export function createCaller({ urls, apiKey, simulator }: Stage, { atOnce }: { atOnce: number }): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })

  const caller: Caller = {
    async post(path, body, { turn = 0, key } = {}) {
      const text = JSON.stringify(body)
      const asked = request(`${urls[turn % urls.length]}${path}`, {
        agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          ...(key && { 'idempotency-key': key }),
        },
      })
      asked.end(text)
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const answer = JSON.parse(Buffer.concat(chunks).toString())
      const status = response.statusCode ?? 0
      return {
        status,
        kind: [status, answer.code].filter(Boolean).join(' '),
        retryAfter: retryAfterOf(response.headers['retry-after']),
        body: answer,
      }
    },
    async ask(path, body, { onTurnedAway, ...options } = {}) {
      for (let again = mostTimes - 1; ; again--) {
        const said = await caller.post(path, body, options)
        if (said.status !== 503 || said.retryAfter === undefined || again === 0) return said
        onTurnedAway?.()
        await pause(said.retryAfter * 1_000)
      }
    },
    async read(openid) {
      for (const until = performance.now() + readMs; performance.now() < until; await pause(5)) {
        // The notice of the login before may come after the code.
        const texts = simulator.world.ledger.sends.list().filter(({ touser }) => touser === openid)
        const digits = texts.map(({ data }) => digitsIn(data)).findLast(Boolean)
        if (digits) return digits
      }
      throw new Error('a code did not arrive')
    },
    close: () => agent.destroy(),
  }
  return caller
}

/** Six in a row, outside of links. */
function digitsIn(data: unknown): string | undefined {
  return /(?<!\d)\d{6}(?!\d)/.exec(JSON.stringify(data).replaceAll(/https?:[^\s"\\]+/g, ''))?.[0]
}
