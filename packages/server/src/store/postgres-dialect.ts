import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { PoolClient } from 'pg'
import { asUnavailable, type Connections, isBroken } from './connections.ts'

/** A client lent to Kysely; `broken` once its connection cannot be trusted any more. */
export interface Lent extends DatabaseConnection {
  client: PoolClient
  broken: boolean
}

export function lend(client: PoolClient): Lent {
  const lent: Lent = {
    client,
    broken: false,
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      try {
        const result = await client.query(query.sql, [...query.parameters])
        return { rows: result.rows as R[], numAffectedRows: BigInt(result.rowCount ?? 0) }
      } catch (error) {
        if (isBroken(error)) lent.broken = true
        throw error
      }
    },
    // biome-ignore lint/correctness/useYield: the interface asks for a generator; nothing here streams
    async *streamQuery() {
      throw new Error('streaming is not offered')
    },
  }
  return lent
}

async function refuseTransaction(): Promise<void> {
  throw new Error('use store.write')
}

/** Kysely over a pool of ours: one that gives up in time, throws broken connections away, and leaves transactions to the store. */
function postgresDialect(source: { take(): Promise<Lent>; give(lent: Lent): void }): Dialect {
  const driver: Driver = {
    async init() {},
    acquireConnection: source.take,
    beginTransaction: refuseTransaction,
    commitTransaction: refuseTransaction,
    rollbackTransaction: refuseTransaction,
    releaseConnection: async (connection) => source.give(connection as Lent),
    async destroy() {},
  }
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

/** Reads: each takes a connection for itself, for as long as it takes. */
export function pooled(connections: Connections, patienceMs: number): Dialect {
  return postgresDialect({
    async take() {
      const lent = lend(await connections.take(patienceMs))
      const { executeQuery } = lent
      return Object.assign(lent, {
        executeQuery: <R>(query: CompiledQuery) =>
          executeQuery<R>(query).catch((error) => {
            throw asUnavailable(error)
          }),
      })
    },
    give: (lent) => lent.client.release(lent.broken),
  })
}

/** One connection, in a transaction that somebody else began. */
export function single(lent: Lent): Dialect {
  return postgresDialect({ take: async () => lent, give() {} })
}
