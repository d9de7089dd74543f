import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompiledQuery, type RootOperationNode, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteConversations, findReceived, listConversations } from '../src/messages/queries.ts'
import { findDue, leaseDue } from '../src/outbox/queries.ts'
import { type Db, openStore, type Store, type Tx } from '../src/store/store.ts'
import { createDatabase, type TestDatabase } from './database.ts'

const rows = 5_000
const folder = mkdtempSync(join(tmpdir(), 'hufu-plans-'))
let database: TestDatabase
let store: Store

/** Many people with a few messages each; one in four still waits for its receipt. */
beforeAll(async () => {
  database = await createDatabase()
  const databaseUrl = database.config.databaseUrl?.reveal()
  store = await openStore({ sqlitePath: join(folder, 'hufu.sqlite'), databaseUrl })
  const numbers = sql`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${sql.lit(rows)})`
  await store.write(async (tx) => {
    await sql`INSERT INTO messages (id, app_id, appid, openid_index, state, via, lane, template_id, msgid, delivered_at, not_after, created_at, finished_at)
      ${numbers} SELECT 'ms_' || n, 'app_1', 'wx1', 'o' || (n % ${sql.lit(rows / 5)}), 'sent', CASE n % 2 WHEN 0 THEN 'template' ELSE 'subscription' END,
        'messages', 't1', CASE n % 4 WHEN 3 THEN NULL ELSE 'm' || n END, CASE n % 4 WHEN 3 THEN NULL ELSE n END, 1, n, n FROM numbers`.execute(
      tx,
    )
    await sql`INSERT INTO receipts (appid, openid_index, template_id, msgid, outcome, received_at)
      ${numbers} SELECT 'wx1', 'o' || (n % ${sql.lit(rows / 5)}), 't1', 'm' || n, 'delivered', n FROM numbers`.execute(
      tx,
    )
    await sql`INSERT INTO jobs (id, lane, queue, kind, payload, state, run_at, created_at)
      ${numbers} SELECT 'jb_' || n, 'messages', CASE n % 500 WHEN 0 THEN 'wx2' ELSE 'wx1 mb_1' END, 'send', 'null', 'ready', n, n FROM numbers`.execute(
      tx,
    )
    for (const table of ['messages', 'receipts', 'jobs']) await sql`ANALYZE ${sql.ref(table)}`.execute(tx)
  })
})
afterAll(async () => {
  await store.close()
  await database.drop()
  rmSync(folder, { recursive: true })
})

/** How the engine carries out what `work` asks. */
async function plansOf(work: (tx: Tx & Db) => Promise<unknown>): Promise<string> {
  const plans: string[] = []
  await store.write(async (tx) => {
    const nodes: RootOperationNode[] = []
    const watched = tx.withPlugin({
      transformQuery({ node }) {
        nodes.push(node)
        return node
      },
      transformResult: async ({ result }) => result,
    })
    await work(watched as unknown as Tx & Db)
    for (const node of nodes) {
      const { sql: text, parameters } = tx.getExecutor().compileQuery(node, { queryId: 'plan' })
      const explain = store.engine === 'postgres' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN'
      const { rows } = await tx.executeQuery<object>(CompiledQuery.raw(`${explain} ${text}`, [...parameters]))
      plans.push(...rows.map((row) => String('detail' in row ? row.detail : Object.values(row)[0])))
    }
  })
  return plans.join('\n')
}

const of = { appid: 'wx1', openidIndex: 'o3', appId: undefined }
const lanes = ['codes', 'messages'] as const
const due = { kinds: ['send', 'ask'], now: rows, switchName: 'paused' }
const receipt = { appid: 'wx1', openid_index: 'o3', template_id: 't1', msgid: 'm9' }
/** Each with the indexes by which it is found. */
test.each<[string, (tx: Tx & Db) => Promise<unknown>, string[]]>([
  ['a receipt of a subscription notice', (tx) => findReceived(tx, receipt), ['messages_unreceived']],
  ['what a person was told', (tx) => listConversations(tx, of), ['messages_of']],
  ['what is due, by queues', (tx) => findDue(tx, { ...due, lanes }), ['jobs_queued']],
  [
    'what is due of a short queue',
    (tx) => leaseDue(tx, { ...due, lane: 'messages', queue: 'wx2', until: rows, limit: 16 }),
    ['jobs_queued'],
  ],
  ['what is erased of a person', (tx) => deleteConversations(tx, of), ['messages_of', 'receipts_of']],
])('%s is found without reading everything', async (_name, work, indexes) => {
  const plan = await plansOf(work)
  for (const index of indexes) expect(plan).toContain(index)
  expect(plan).not.toMatch(/(?:Seq Scan on|SCAN) (?:messages|receipts|jobs)\b/)
})
