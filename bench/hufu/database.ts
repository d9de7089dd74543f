import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import pg from 'pg'
import { type Cluster, startCluster } from '../../tools/postgres.ts'

export type Engine = 'sqlite' | 'postgres'
export type Row = Record<string, SQLInputValue>

/** The database under the server, reached by a connection of the bench's own. */
export interface BenchDatabase {
  readonly engine: Engine
  /** For HUFU_DATABASE_URL; absent: the file. */
  readonly url: string | undefined
  insert(table: string, rows: Row[]): Promise<void>
  get(sql: string): Promise<Row | undefined>
  /** So many followers in all, as many as are missing made up. */
  fillFollowers(appid: string, count: number): Promise<void>
  /** What was written is on its disk, at nobody's cost; and the planner knows what there is. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export async function openDatabase(engine: Engine, file: string): Promise<BenchDatabase> {
  return engine === 'sqlite' ? onSqlite(file) : onPostgres()
}

function onSqlite(file: string): BenchDatabase {
  function using<T>(work: (database: DatabaseSync) => T): T {
    const database = new DatabaseSync(file, { timeout: 30_000 })
    database.exec('PRAGMA synchronous = OFF')
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  return {
    engine: 'sqlite',
    url: undefined,
    async insert(table, rows) {
      using((database) => {
        const columns = Object.keys(rows[0] ?? {})
        const marks = columns.map(() => '?').join(', ')
        const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`)
        database.exec('BEGIN IMMEDIATE')
        for (const row of rows) insert.run(...columns.map((column) => row[column] ?? null))
        database.exec('COMMIT')
      })
    },
    get: async (sql) => using((database) => database.prepare(sql).get()),
    async fillFollowers(appid, count) {
      using((database) => {
        const has = Number(database.prepare('SELECT count(*) AS n FROM followers').get()?.n)
        database
          .prepare(
            `WITH RECURSIVE made (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM made WHERE n < ?)
             INSERT INTO followers (appid, openid_index, openid_sealed, followed_at, event_at)
             SELECT ?, hex(randomblob(11)), randomblob(57), 1, 1 FROM made`,
          )
          .run(Math.max(1, count - has), appid)
      })
    },
    settle: async () => using((database) => void database.exec('PRAGMA wal_checkpoint(TRUNCATE); ANALYZE')),
    async stop() {},
  }
}

async function onPostgres(): Promise<BenchDatabase> {
  // fsync as in production; the caches as one would set them for a machine of this size.
  const cluster: Cluster = await startCluster({ fsync: true, settings: { shared_buffers: '1GB', max_wal_size: '4GB' } })
  const url = await cluster.create('bench')
  async function using<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('SET synchronous_commit = off')
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
  return {
    engine: 'postgres',
    url,
    insert: (table, rows) =>
      using(async (client) => {
        const columns = Object.keys(rows[0] ?? {})
        const { rows: kinds } = await client.query<{ name: string; type: string }>(
          `SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_name = $1`,
          [table],
        )
        const typeOf = new Map(kinds.map(({ name, type }) => [name, type]))
        const arrays = columns.map((column, position) => `$${position + 1}::${typeOf.get(column)}[]`)
        const values = columns.map((column) => rows.map((row) => row[column] ?? null))
        await client.query(
          `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`,
          values,
        )
      }),
    get: (sql) => using(async (client) => (await client.query(sql)).rows[0]),
    fillFollowers: (appid, count) =>
      using(async (client) => {
        const has = Number((await client.query('SELECT count(*) AS n FROM followers')).rows[0].n)
        await client.query(
          `INSERT INTO followers (appid, openid_index, openid_sealed, followed_at, event_at)
           SELECT $1, key, decode(md5(key) || md5(key || 'x') || md5(key || 'y') || substr(md5(key || 'z'), 1, 18), 'hex'), 1, 1
           FROM (SELECT substr(md5(random()::text), 1, 22) AS key FROM generate_series(1, $2::bigint) ORDER BY 1) AS made
           ON CONFLICT DO NOTHING`,
          [appid, Math.max(1, count - has)],
        )
      }),
    settle: () =>
      using(async (client) => {
        await client.query('VACUUM ANALYZE')
        await client.query('CHECKPOINT')
      }),
    stop: cluster.stop,
  }
}
