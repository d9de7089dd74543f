import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Limits } from '../config.ts'
import { DomainError } from '../errors.ts'
import { createLimiter } from '../limiter.ts'
import type { Live } from '../live/live.ts'
import type { Clock } from '../store/clock.ts'
import { type FlowRow, type Flows, isFinal, nextOf, stateOf } from './flows.ts'

/** The ways a page follows its flow: event stream, long poll, plain poll. Each tells the same. */
export interface Watching {
  untilChanged(row: FlowRow, seen: string | undefined, seconds: number, request: IncomingMessage): Promise<FlowRow>
  stream(row: FlowRow, request: FastifyRequest, reply: FastifyReply): void
  /** Whether a long poll has something to wait for; one that has not is a plain poll by another name. */
  canWait(row: FlowRow, seen: string | undefined, seconds: number): boolean
  /** Plain polls are counted: one a second, with some slack. */
  countPoll(row: FlowRow): void
  streams(): number
  /** Ends every stream; the pages come back elsewhere. */
  close(): void
}

const longestWaitSeconds = 25
const longestStreamMs = 10 * 60_000
const heartbeatMs = 15_000
/** A reader that lets this much pile up is gone, or means harm; it can still poll. */
const mostUnsentBytes = 64 * 1024
const reconnectMs = 1_000

export function createWatching(deps: { flows: Flows; live: Live; clock: Clock; limits: Limits }): Watching {
  const { flows, live, clock, limits } = deps
  const perAddress = new Map<string, number>()
  const perFlow = new Map<string, number>()
  const open = new Set<() => void>()
  const polls = createLimiter({ clock, limit: 60, windowMs: 60_000 })

  function admit(row: FlowRow, address: string): () => void {
    const busy = (perFlow.get(row.id) ?? 0) >= 2 || (perAddress.get(address) ?? 0) >= limits.streamsPerAddress
    if (busy) throw new DomainError('rate_limited', { retryAfter: 5, detail: 'Too many streams. Poll instead.' })
    if (open.size >= limits.streamsPerNode)
      throw new DomainError('unavailable', { retryAfter: 5, detail: 'Poll instead.' })
    add(perFlow, row.id, 1)
    add(perAddress, address, 1)
    return () => {
      add(perFlow, row.id, -1)
      add(perAddress, address, -1)
    }
  }

  return {
    streams: () => open.size,
    close() {
      for (const end of [...open]) end()
    },
    canWait: (row, seen, seconds) => {
      const now = clock.now()
      return seconds > 0 && !hasChanged(row, seen, now) && !isFinal(stateOf(row, now))
    },
    countPoll(row) {
      const retryAfter = polls.take(row.id)
      if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
    },
    async untilChanged(row, seen, seconds, request) {
      const gone = new AbortController()
      request.once('close', () => gone.abort())
      const deadline = clock.now() + Math.min(seconds, longestWaitSeconds) * 1000
      for (let current = row; ; ) {
        const change = new AbortController()
        const left = Math.max(0, Math.min(deadline, current.expires_at) - clock.now())
        const woken = live.next(row.id, left, AbortSignal.any([gone.signal, change.signal]))
        current = (await flows.find(row.id)) ?? current
        const now = clock.now()
        const settled = hasChanged(current, seen, now) || isFinal(stateOf(current, now))
        if (settled || now >= deadline || gone.signal.aborted) {
          change.abort()
          return current
        }
        await woken
      }
    },
    stream(row, request, reply) {
      const release = admit(row, request.ip)
      reply.hijack()
      const response = reply.raw
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      response.write(`retry: ${reconnectMs}\n\n`)
      let last = ''
      let reading = false
      let again = false
      let expiry: NodeJS.Timeout | undefined

      async function send(): Promise<void> {
        if (reading) {
          again = true
          return
        }
        reading = true
        do {
          again = false
          const current = await flows.find(row.id)
          if (!current || response.destroyed) break
          const view = JSON.stringify(await flows.show(current, 'browser'))
          if (view !== last) response.write(`event: flow\ndata: ${view}\n\n`)
          last = view
          if (isFinal(stateOf(current, clock.now()))) return finish()
          clearTimeout(expiry)
          expiry = setTimeout(() => void send().catch(finish), Math.max(20, current.expires_at - clock.now() + 5))
          if (response.writableLength > mostUnsentBytes) response.destroy()
        } while (again)
        reading = false
      }
      function finish(): void {
        cleanUp()
        response.end()
      }
      function cleanUp(): void {
        if (!open.delete(finish)) return
        clearTimeout(expiry)
        clearInterval(heartbeat)
        clearTimeout(longest)
        unwatch()
        release()
      }
      const heartbeat = setInterval(() => {
        response.write(': \n\n')
        if (response.writableLength > mostUnsentBytes) response.destroy()
      }, heartbeatMs)
      const longest = setTimeout(finish, longestStreamMs)
      const unwatch = live.watch(row.id, () => void send().catch(finish))
      open.add(finish)
      response.on('close', cleanUp)
      void send().catch(finish)
    },
  }
}

function hasChanged(row: FlowRow, seen: string | undefined, now: number): boolean {
  if (seen === undefined) return true
  const state = stateOf(row, now)
  return seen.includes(':') ? seen !== `${state}:${nextOf(row, now)}` : seen !== state
}

function add(counts: Map<string, number>, name: string, by: number): void {
  const count = (counts.get(name) ?? 0) + by
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
