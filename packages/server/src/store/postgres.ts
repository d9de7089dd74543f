import { Kysely, sql } from 'kysely'
import type { PoolClient } from 'pg'
import { type BatchStatement, columnsOf, createEndings, type Ending, type Value } from './batch.ts'
import {
  asUnavailable,
  type Connections,
  createConnections,
  destroy,
  isBroken,
  isOverdue,
  isRaceLost,
} from './connections.ts'
import { Contended, isConstraintViolation, Outdated, StoreUnavailable, sqlState } from './errors.ts'
import { createNotices } from './notices.ts'
import { lend, pooled, single } from './postgres-dialect.ts'
import { migratePostgres } from './postgres-migrate.ts'
import type { Batch, Db, Store, Tx } from './store.ts'
import type { Tables } from './tables.ts'

/** Answers to WeChat are due within 5 s: what could not be done by then is told to come again. */
const patienceMs = 4_000
const statementMs = 3_000
/** Steps of one flow take turns in milliseconds; whoever holds a row longer is stuck, and must not take every connection with him. */
const lockMs = 2_000
/** Arrivals share a transaction: those that need no such row should not wait with the one that does. */
const arrivalLockMs = 700
/** Outside of a transaction the sessions are read-only. */
const begin = 'BEGIN READ WRITE'

/** Whoever appends numbered rows takes turns with this lock, so that a lower number is never committed after a higher one. */
const appendLock = 0x68756675

/** Names that transactions hold. */
const nameLocks = 0x68756e6d

/** Batches look everything up by key; the planner, which knows nothing of the length of an array, is kept from reading whole tables. */
const byKey =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan'

export async function openPostgres(url: string, most: number): Promise<Store> {
  await migratePostgres(url)
  // One connection listens, one writes arrivals; everything else shares the rest.
  const connections = createConnections({ url, most: Math.max(1, most - 2), statementMs, lockMs })
  const arrivals = createConnections({ url, most: 1, statementMs, lockMs: arrivalLockMs, settings: byKey })
  const endings = createEndings()
  const db: Db = new Kysely<Tables>({ dialect: pooled(connections, patienceMs) })
  const notices = createNotices(url)
  try {
    await notices.connected
  } catch (error) {
    await notices.close()
    throw new StoreUnavailable(`PostgreSQL let this node not listen (${(error as Error).message}).`, { cause: error })
  }
  const names = statementNames()

  function run(client: PoolClient, text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    return client.query({ name: names(text), text, values })
  }

  /** What a transaction does last, on its way without waiting for answers. */
  function finish(client: PoolClient, ending: Ending): Promise<unknown>[] {
    const sent: Promise<unknown>[] = []
    if (ending.appended.size > 0) sent.push(run(client, 'SELECT pg_advisory_xact_lock($1)', [appendLock]))
    for (const [statement, rows] of ending.appended) sent.push(run(client, statement.postgres, columnsOf(rows)))
    const payloads = notices.payloads(ending.names)
    if (payloads.length > 0) sent.push(run(client, notices.statement, [payloads]))
    sent.push(client.query('COMMIT'))
    return sent
  }

  /** COMMIT of a transaction in which something failed answers ROLLBACK and is no error: every answer is looked at. */
  async function settle(sent: Promise<unknown>[]): Promise<void> {
    const answers = await Promise.allSettled(sent)
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (failed) throw failed.reason
  }

  async function transact<T>(client: PoolClient, fn: (tx: Tx) => Promise<T>, deadline: number): Promise<T> {
    const timer = setTimeout(() => destroy(client), Math.max(0, deadline - performance.now()))
    const lent = lend(client)
    const tx = new Kysely<Tables>({ dialect: single(lent) }) as Tx
    const ending = endings.begin(tx)
    let committing = false
    try {
      await client.query(begin)
      const value = await fn(tx)
      committing = true
      await settle(finish(client, ending))
      client.release()
      notices.tell(ending.names)
      return value
    } catch (error) {
      if (isBroken(error) || lent.broken) {
        client.release(true)
        // Whether the commit was kept is not known: doing it again might do it twice.
        if (committing) {
          notices.suspect(ending.names)
          throw new CommitUnknown(error)
        }
      } else {
        await client.query('ROLLBACK').then(
          () => client.release(),
          () => client.release(true),
        )
      }
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  const store: Store = {
    engine: 'postgres',
    db,
    append: endings.append,
    changed: endings.changed,
    async hold(tx, name) {
      await sql`SELECT pg_advisory_xact_lock(${sql.lit(nameLocks)}, hashtext(${name}))`.execute(tx)
    },
    listen: notices.listen,
    // Its log is recycled, and its dead rows are swept, by the server's own settings.
    async fold() {},
    async write(fn) {
      const deadline = performance.now() + patienceMs
      for (let tries = 1; ; tries++) {
        let client: PoolClient | undefined
        try {
          client = await connections.take(deadline - performance.now())
          return await transact(client, fn, deadline)
        } catch (error) {
          const again =
            !(error instanceof CommitUnknown) &&
            !isOverdue(error) &&
            (isRaceLost(error) ||
              (isConstraintViolation(error) && tries < 3) ||
              (isBroken(error) && client !== undefined))
          if (!again || performance.now() > deadline) throw unavailable(error)
        }
      }
    },
    async batch(fn, patience) {
      const deadline = performance.now() + patience
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(fn, deadline)
        } catch (error) {
          if (sqlState(error) === '55P03') throw new Contended('somebody holds a row that is needed', { cause: error })
          // A batch finds what it wrote before, so one whose commit is in doubt is done again like any other.
          const again =
            error instanceof Outdated || isConstraintViolation(error) || isRaceLost(error) || isBroken(error)
          if (!again || (tries >= 5 && isConstraintViolation(error))) throw unavailable(error)
          if (performance.now() + 50 > deadline) throw new StoreUnavailable('the database was busy for too long')
          if (isBroken(error)) await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    },
    time: async () => Number((await timeOf(connections)).rows[0]?.now),
    async close() {
      await db.destroy()
      await Promise.all([notices.close(), connections.end(), arrivals.end()])
    },
  }

  async function attempt<T>(fn: (batch: Batch) => Promise<T>, deadline: number): Promise<T> {
    const client = await arrivals.take(deadline - performance.now())
    const puts: { statement: BatchStatement; rows: Value[][]; count: number | 'any'; reads: boolean }[] = []
    const holds: { name: string; alone: boolean }[] = []
    const batch: Batch = {
      async find<Row>(statement: BatchStatement, keys: Value[][]) {
        if (keys.length === 0) return []
        return (await run(client, statement.postgres, columnsOf(keys))).rows as Row[]
      },
      put(statement, rows, expect) {
        if (rows.length > 0)
          puts.push({ statement, rows, count: expect === 'each' ? rows.length : 'any', reads: false })
      },
      check(statement, rows, count) {
        if (rows.length > 0) puts.push({ statement, rows, count, reads: true })
      },
      hold(name, how) {
        holds.push({ name, alone: how === 'alone' })
      },
    }
    const ending = endings.begin(batch)
    let late = false
    // A connection that stands still is not waited for: nobody who waits for this batch would.
    const timer = setTimeout(
      () => {
        late = true
        destroy(client)
      },
      Math.max(0, deadline - performance.now()),
    )
    try {
      const value = await fn(batch)
      const sent: Promise<unknown>[] = [client.query(begin)]
      if (holds.length > 0) {
        const inOrder = holds.toSorted((a, b) => (a.name < b.name ? -1 : 1))
        sent.push(run(client, holdNames, [inOrder.map(({ name }) => name), inOrder.map(({ alone }) => alone)]))
      }
      for (const { statement, rows, count, reads } of puts) {
        const columns = columnsOf(rows)
        if (count === 'any') sent.push(run(client, statement.postgres, columns))
        else sent.push(run(client, counted(statement.postgres, columns.length, reads), [...columns, count]))
      }
      sent.push(...finish(client, ending))
      await settle(sent)
      client.release()
      notices.tell(ending.names)
      return value
    } catch (error) {
      if (late || isBroken(error)) notices.suspect(ending.names)
      client.release(late || isBroken(error))
      if (late) throw new StoreUnavailable('the database did not answer in time', { cause: error })
      throw sqlState(error) === '22012' ? new Outdated('a neighbour was faster') : error
    } finally {
      clearTimeout(timer)
    }
  }

  return store
}

class CommitUnknown extends StoreUnavailable {
  constructor(cause: unknown) {
    super('the connection was lost while the transaction was being committed', { cause })
  }
}

function unavailable(error: unknown): unknown {
  return error instanceof Outdated ? new StoreUnavailable('others were faster, again and again') : asUnavailable(error)
}

/** In order of the names, so that nobody waits in a circle. */
const holdNames = `SELECT CASE WHEN alone THEN pg_advisory_xact_lock(${nameLocks}, hashtext(name))::text
  ELSE pg_advisory_xact_lock_shared(${nameLocks}, hashtext(name))::text END FROM unnest($1::text[], $2::boolean[]) AS held (name, alone)`

/** A division by zero, which undoes the transaction, unless as many rows were changed, or are found, as there should be. */
function counted(text: string, parameters: number, reads: boolean): string {
  return `WITH done AS (${reads ? text : `${text} RETURNING 1`}) SELECT 1 / (CASE WHEN (SELECT count(*) FROM done) = $${parameters + 1}::bigint THEN 1 ELSE 0 END)`
}

/** A prepared statement is known by name; the same text has the same name on every connection. */
function statementNames(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const name = known.get(text) ?? `hufu_${known.size}`
    known.set(text, name)
    return name
  }
}

async function timeOf(connections: Connections): Promise<{ rows: { now: number }[] }> {
  let client: PoolClient | undefined
  try {
    client = await connections.take(patienceMs)
    const answer = await client.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now')
    client.release()
    return answer
  } catch (error) {
    client?.release(true)
    throw asUnavailable(error)
  }
}
