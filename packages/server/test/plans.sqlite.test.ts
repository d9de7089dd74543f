import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CompiledQuery, Kysely } from 'kysely'
import { expect, test } from 'vitest'
import { finishBatch, holdReady, needsWork, releaseHeld } from '../src/messages/batches/queries.ts'
import { forgetTextsOf, holdNext, holdOpen, holdOverdue } from '../src/messages/queries.ts'
import { changeLeased, findDue, leaseDue } from '../src/outbox/queries.ts'
import { openSqlite, sqliteDialect } from '../src/store/sqlite.ts'
import { openStore, type Tables, type Tx } from '../src/store/store.ts'

test('what is asked for each message and job reads no whole table, however many there are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-plans-'))
  const sqlitePath = join(folder, 'plans.sqlite')
  await (await openStore({ sqlitePath })).close()
  const database = openSqlite(sqlitePath, { readOnly: false })
  const asked: CompiledQuery[] = []
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database), log: ({ query }) => void asked.push(query) })
  try {
    const tx = db as Tx
    const recipient = { appid: 'wx', openidIndex: 'o', lane: 'messages' } as const
    const batch = { id: 'mb', state: 'running' } as const
    await holdNext(tx, recipient, { now: 1, paused: new Set() })
    await holdOpen(tx, 'ms')
    await holdOverdue(tx, { before: 1, startedBefore: 1, limit: 200 })
    await forgetTextsOf(tx, 'wx', ['o'])
    await releaseHeld(tx, batch.id, 200)
    await holdReady(tx, batch.id, 200)
    await needsWork(tx, batch)
    await needsWork(tx, { ...batch, state: 'cancelled' })
    await finishBatch(tx, batch, 1)
    await findDue(tx, { lanes: ['codes', 'messages'], kinds: ['a', 'b'], now: 1, switchName: 'paused' })
    await leaseDue(tx, { lane: 'codes', queue: 'wx', kinds: ['a', 'b'], now: 1, until: 2, limit: 8 })
    await changeLeased(tx, { id: 'jb', fence: 1 }, { state: 'done' })
    expect(asked).toHaveLength(13)
    for (const { sql } of asked) {
      // Without the parameters: SQLite looks at them too late for a statement that is prepared once.
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
      // The names of a look's own lists are short.
      const isTable = (detail: string) => /^SCAN (?!CONSTANT|\d+ CONSTANT|open_lanes|queues)/.test(detail)
      const scans = steps.map(({ detail }) => String(detail)).filter(isTable)
      expect({ sql, scans }).toEqual({ sql, scans: [] })
      if (sql.includes('"not_after" < ?')) expect(JSON.stringify(steps)).toContain('messages_overdue')
      if (sql.includes('from "jobs"') && !sql.includes('"id" = ?'))
        expect(JSON.stringify(steps)).toContain('jobs_queued')
    }
  } finally {
    await db.destroy()
    rmSync(folder, { recursive: true })
  }
})
