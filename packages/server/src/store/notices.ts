import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { destroy } from './connections.ts'
import type { Listener } from './store.ts'

/** Names told from node to node by LISTEN and NOTIFY. */
export interface Notices {
  /** Notifies as part of a transaction; `$1`: the payloads. */
  statement: string
  payloads(names: Set<string>): string[]
  /** To this node's own listeners, after the commit: it does not wait for its own echo. */
  tell(names: Set<string>): void
  listen(listener: Listener): void
  close(): Promise<void>
}

const channel = 'hufu'
/** PostgreSQL takes less than 8000 bytes. */
const longestPayload = 7_900
/** A listening connection that says nothing for so long is held to be dead: nobody may wait for a poll interval to learn of a loss. */
const heartbeatMs = 2_000
const reconnectMs = 100

export function createNotices(url: string): Notices {
  const node = randomBytes(6).toString('base64url')
  const listeners: Listener[] = []
  const names = (payload: string) => payload.split(' ').slice(1)
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

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
      if (!closed) timer = setTimeout(() => void connect(), reconnectMs).unref()
    }
    next.on('error', lose)
    next.on('end', lose)
    next.on('notification', ({ payload = '' }) => {
      if (payload.startsWith(`${node} `)) return
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
      for (const listener of listeners) listener.lost()
      await beat()
    } catch {
      lose()
    }
  }

  void connect()

  return {
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
    tell(changed) {
      if (changed.size > 0) for (const listener of listeners) listener.changed(changed)
    },
    listen: (listener) => void listeners.push(listener),
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
