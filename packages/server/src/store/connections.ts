import pg from 'pg'
import { StoreUnavailable, sqlState } from './errors.ts'
import { withOptions } from './postgres-url.ts'

/** What comes back from PostgreSQL: counts and times are 64-bit there, and safe integers here. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8 && format !== 'binary') return Number
    return pg.types.getTypeParser(oid, format)
  },
}

/** How long a goodbye to the server may take: it waits for the server's own, and a line that is dead brings none. */
const goodbyeMs = 1_000

/** Beyond this many waiting for a connection, the next is told at once to come again. */
const mostWaiting = 20_000

export interface Connections {
  /** A connection of the pool, to be given back by `release`. @throws StoreUnavailable */
  take(patienceMs: number): Promise<pg.PoolClient>
  /** What is still in use after a second is cut. */
  end(): Promise<void>
}

export interface ConnectionOptions {
  url: string
  most: number
  /** After so long a statement is given up, by the server; and by us a little later, with its connection. */
  statementMs: number
  /** Whoever waits so long for what somebody else holds is told so. */
  lockMs: number
  /** Settings of the session. */
  settings?: string
}

export function createConnections(options: ConnectionOptions): Connections {
  const { statementMs } = options
  const pool = new pg.Pool({
    // What forgot its transaction (BEGIN READ WRITE) changes nothing.
    ...withOptions(options.url, `-c default_transaction_read_only=on ${options.settings ?? ''}`),
    max: options.most,
    application_name: 'hufu',
    // A statement is sent without waiting for the answer to the one before.
    pipeline: true,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    statement_timeout: statementMs,
    lock_timeout: options.lockMs,
    // A node that stands still in the middle of a transaction must not hold up the others.
    idle_in_transaction_session_timeout: 5_000,
    query_timeout: statementMs + 500,
    types,
  })
  // A connection that breaks while nobody uses it is replaced when somebody does.
  pool.on('error', () => {})
  // One that breaks in use fails its query, which is heard; the event would end the process.
  const open = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    client.on('error', () => {})
    open.add(client)
    client.on('end', () => open.delete(client))
  })
  return {
    async take(patienceMs) {
      if (pool.waitingCount >= mostWaiting) throw new StoreUnavailable('too many wait for the database')
      let late = false
      const taken = pool.connect()
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => {
            late = true
            reject(new StoreUnavailable('the database was busy for too long'))
          },
          Math.max(0, patienceMs),
        )
      })
      // Whoever gave up does not keep the connection that comes after all.
      taken.then(
        (client) => late && client.release(),
        () => {},
      )
      try {
        return await Promise.race([taken, patience])
      } catch (error) {
        throw error instanceof StoreUnavailable ? error : new StoreUnavailable(String(error), { cause: error })
      } finally {
        clearTimeout(timer)
      }
    },
    async end() {
      // The pool's own end waits for what is in use, and does not wait for what says goodbye.
      const ended = [...open].map((client) => new Promise((resolve) => client.once('end', resolve)))
      await within(goodbyeMs, Promise.all([pool.end(), ...ended]))
      for (const client of open) destroy(client)
    },
  }
}

/**
 * Conditions of the server, not mistakes of ours: shutting down, starting, full, out of connections, a standby that cannot write, statements
 * prepared before a newer version changed a table.
 */
const troubles = /^(08|53|57P|58|55P03|57014|25006|25P03|25P04|26000|0A000|XX00[12])/

/** Whether the answer says that all is lost for this transaction but another may do. */
export function isRaceLost(error: unknown): boolean {
  return /^(40001|40P01)$/.test(sqlState(error) ?? '')
}

export function isBroken(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined ? isConnectionError(error) : troubles.test(state)
}

/** A statement or a lock took too long: trying again at once would only take as long again. */
export function isOverdue(error: unknown): boolean {
  return /^(55P03|57014)$/.test(sqlState(error) ?? '')
}

/** Errors of the socket and of the driver carry no SQLSTATE. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && /^(E[A-Z]+)$/.test(String(error.code))) return true
  return /connection|timeout|not queryable|terminat|client was closed/i.test(error.message)
}

export function asUnavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error
  return isBroken(error) || isRaceLost(error)
    ? new StoreUnavailable(`the database: ${sqlState(error) ?? 'no connection'}`, { cause: error })
    : error
}

/** Ends a connection that is in nobody's use; one whose server does not answer is cut after a second. */
export async function end(client: pg.Client): Promise<void> {
  await within(goodbyeMs, client.end())
  destroy(client)
}

/** Resolves when the work is done, has failed, or has taken so long. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work.catch(() => {}), late])
  clearTimeout(timer)
}

/** Ends a connection that may not answer any more: ending it politely would wait for the very answer that does not come. */
export function destroy(client: pg.ClientBase): void {
  // @types/pg does not name the connection.
  const { connection } = client as pg.ClientBase & { connection?: { stream?: { destroy(): void } } }
  connection?.stream?.destroy()
}
