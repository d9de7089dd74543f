import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../errors.ts'
import { type EventStream, openEventStream } from '../http/event-stream.ts'
import { createLimiter } from '../limiter.ts'
import type { Limits } from '../limits.ts'
import type { Live } from '../live/live.ts'
import { networkOf } from '../network.ts'
import type { Clock } from '../store/clock.ts'
import { type FlowRow, type Flows, isFinal, nextOf, stateOf } from './flows.ts'

/** The ways a page follows its flow: event stream, long poll, plain poll. Each tells the same. */
export interface Watching {
  untilChanged(row: FlowRow, seen: string | undefined, seconds: number, request: FastifyRequest): Promise<FlowRow>
  stream(row: FlowRow, request: FastifyRequest, reply: FastifyReply): void
  /** Whether a long poll has something to wait for; one that has not is a plain poll by another name. */
  canWait(row: FlowRow, seen: string | undefined, seconds: number): boolean
  /** Plain polls are counted: one a second, with some slack. */
  countPoll(row: FlowRow): void
  streams(): number
  /** Ends every stream; the pages come back elsewhere. */
  close(): void
}

const streamsPerFlow = 2
const waitsPerFlow = 4
const longestWaitSeconds = 25
const longestStreamMs = 10 * 60_000
const heartbeatMs = 15_000

export function createWatching(deps: {
  flows: Flows
  live: Live
  clock: Clock
  limits: Limits
  /** Aborted when the server stops: whoever waits is answered with what is. */
  closing: AbortSignal
}): Watching {
  const { flows, live, clock, limits, closing } = deps
  const perAddress = new Map<string, number>()
  const streamsOf = new Map<string, number>()
  const waitsOf = new Map<string, number>()
  let seated = 0
  const open = new Set<EventStream>()
  const polls = createLimiter({ clock, limit: 60, windowMs: 60_000 })

  const heartbeat = setInterval(() => {
    for (const stream of open) stream.beat()
  }, heartbeatMs).unref()

  /** A seat for one who waits: few for each flow, more for an address, all for the node. @returns a function that gives it back */
  function admit(seats: Map<string, number>, most: number, id: string, address: string): () => void {
    const busy = (seats.get(id) ?? 0) >= most || (perAddress.get(address) ?? 0) >= limits.streamsPerAddress
    if (busy) throw new DomainError('rate_limited', { retryAfter: 5, detail: 'Too many wait already. Poll instead.' })
    if (seated >= limits.streamsPerNode)
      throw new DomainError('unavailable', { retryAfter: 5, detail: 'Poll instead.' })
    add(seats, id, 1)
    add(perAddress, address, 1)
    seated++
    return () => {
      add(seats, id, -1)
      add(perAddress, address, -1)
      seated--
    }
  }

  async function wait(row: FlowRow, seen: string | undefined, seconds: number, gone: AbortSignal): Promise<FlowRow> {
    const deadline = clock.now() + Math.min(seconds, longestWaitSeconds) * 1000
    for (let current = row; ; ) {
      const change = new AbortController()
      const left = Math.max(0, Math.min(deadline, current.expires_at) - clock.now())
      const woken = live.next(row.id, left, AbortSignal.any([gone, change.signal, closing]))
      current = (await flows.find(row.id)) ?? current
      const now = clock.now()
      // `seen` may name the state alone; a step within it that comes while we wait is news all the same.
      const stepped = nextOf(current, now) !== nextOf(row, now)
      const settled = stepped || hasChanged(current, seen, now) || isFinal(stateOf(current, now))
      if (settled || now >= deadline) {
        change.abort()
        return current
      }
      await woken
      if (gone.aborted || closing.aborted) return current
    }
  }

  return {
    streams: () => open.size,
    close() {
      clearInterval(heartbeat)
      for (const stream of [...open]) stream.end()
    },
    canWait: (row, seen, seconds) => {
      const now = clock.now()
      return seconds > 0 && !hasChanged(row, seen, now) && !isFinal(stateOf(row, now))
    },
    countPoll(row) {
      const retryAfter = polls.take(row.id)
      if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
    },
    async untilChanged(row, seen, seconds, { raw: request, ip }) {
      const release = admit(waitsOf, waitsPerFlow, row.id, networkOf(ip))
      const gone = new AbortController()
      request.once('close', () => gone.abort())
      try {
        return await wait(row, seen, seconds, gone.signal)
      } finally {
        release()
        // One that did not wait to its end cost as much as a plain poll, and counts as one.
        if (gone.signal.aborted) polls.take(row.id)
      }
    },
    stream({ id }, request, reply) {
      const release = admit(streamsOf, streamsPerFlow, id, networkOf(request.ip))
      reply.hijack()
      const since = clock.now()
      let unwatch = () => {}
      const stream = openEventStream(reply.raw, reply.getHeaders() as OutgoingHttpHeaders, {
        async read() {
          const current = await flows.find(id)
          if (!current || clock.now() - since > longestStreamMs) return undefined
          const data = JSON.stringify(await flows.show(current, 'browser'))
          const left = Math.max(20, current.expires_at - clock.now() + 5)
          return {
            event: 'flow',
            data,
            last: isFinal(stateOf(current, clock.now())),
            staleInMs: Math.min(left, longestStreamMs),
          }
        },
        onEnd() {
          unwatch()
          open.delete(stream)
          release()
        },
      })
      unwatch = live.watch(id, stream.refresh)
      open.add(stream)
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
