import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { destroy, end } from './connections.ts'
import type { Listener } from './store.ts'

/** Names told from node to node by LISTEN and NOTIFY. */
export interface Notices {
  /** Notifies as part of a transaction; `$1`: the payloads. */
  statement: string
  payloads(names: Set<string>): string[]
  /** Resolves when this node listens. @throws what kept it from listening the first time */
  connected: Promise<void>
  /** To this node's own listeners, after the commit: it does not wait for its own echo. */
  tell(names: Set<string>): void
  /** The commit's answer was lost: what was changed is looked at now, and again should the echo come after all. */
  suspect(names: Set<string>): void
  listen(listener: Listener): void
  close(): Promise<void>
}

const channel = 'hufu'
/** PostgreSQL takes less than 8000 bytes. */
const longestPayload = 7_900
/** A listening connection that says nothing for so long is held to be dead: nobody may wait for a poll interval to learn of a loss. */
const heartbeatMs = 2_000
const reconnectMs = 100
/** While this node cannot listen, whoever waits looks so often. */
const deafMs = 1_000
/** A commit that has not told of itself after so long was not kept. */
const suspicionMs = 10_000

export function createNotices(url: string): Notices {
  const node = randomBytes(6).toString('base64url')
  const listeners: Listener[] = []
  const names = (payload: string) => payload.split(' ').slice(1)
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let deaf: NodeJS.Timeout | undefined
  let echoesCountUntil = 0
  let closed = false

  function lookAgain(): void {
    for (const listener of listeners) listener.lost()
  }

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'hufu listen',
      connectionTimeoutMillis: 3_000,
      query_timeout: heartbeatMs,
      keepAlive: true,
    })
    client = next
    let gone = false
    function lose(): void {
      if (gone) return
      gone = true
      clearTimeout(timer)
      destroy(next)
      if (closed) return
      deaf ??= setInterval(lookAgain, deafMs).unref()
      timer = setTimeout(() => void connect().catch(() => {}), reconnectMs).unref()
    }
    next.on('error', lose)
    next.on('end', lose)
    next.on('notification', ({ payload = '' }) => {
      if (payload.startsWith(`${node} `) && performance.now() > echoesCountUntil) return
      for (const listener of listeners) listener.changed(names(payload))
    })
    async function beat(): Promise<void> {
      await next.query('SELECT 1')
      if (!gone && !closed) timer = setTimeout(() => void beat().catch(lose), heartbeatMs).unref()
    }
    try {
      await next.connect()
      await next.query(`LISTEN ${channel}`)
      // What was told while nobody listened is not told again.
      clearInterval(deaf)
      deaf = undefined
      lookAgain()
    } catch (error) {
      lose()
      throw error
    }
    void beat().catch(lose)
  }

  function tell(changed: Set<string>): void {
    if (changed.size > 0) for (const listener of listeners) listener.changed(changed)
  }

  return {
    connected: connect(),
    statement: `SELECT pg_notify('${channel}', payload) FROM unnest($1::text[]) AS payload`,
    payloads(changed) {
      const payloads: string[] = []
      let payload = ''
      for (const name of changed) {
        if (payload.length + name.length + 1 > longestPayload) {
          payloads.push(payload)
          payload = ''
        }
        payload = `${payload || node} ${name}`
      }
      return payload ? [...payloads, payload] : payloads
    },
    tell,
    suspect(changed) {
      echoesCountUntil = performance.now() + suspicionMs
      tell(changed)
    },
    listen: (listener) => void listeners.push(listener),
    async close() {
      closed = true
      clearTimeout(timer)
      clearInterval(deaf)
      if (client) await end(client)
    },
  }
}
