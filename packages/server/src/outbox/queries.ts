import { sql } from 'kysely'
import type { Db, Tx } from '../store/store.ts'
import type { JobRow } from '../store/tables.ts'

export type { JobRow } from '../store/tables.ts'

export type Leased = Pick<JobRow, 'id' | 'kind' | 'payload' | 'every_ms' | 'not_after' | 'attempts' | 'fence'>

const leasedColumns = ['id', 'kind', 'payload', 'every_ms', 'not_after', 'attempts', 'fence'] as const

/** As a literal: SQLite plans a parameter that an index names anew at every run. */
const ready = sql.lit<JobRow['state']>('ready')

/** Adds a job, unless its kind has one with this key. */
export async function insertJob(tx: Tx, row: JobRow): Promise<void> {
  await tx
    .insertInto('jobs')
    .values(row)
    .onConflict((conflict) => conflict.columns(['kind', 'key']).doNothing())
    .execute()
}

/** What stands of a job that repeats, and a version of Hufu may have changed. */
export async function updateSchedule(tx: Tx, row: Pick<JobRow, 'kind' | 'lane' | 'every_ms'>): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ lane: row.lane, every_ms: row.every_ms })
    .where('kind', '=', row.kind)
    .where('key', '=', '')
    .execute()
}

/**
 * One look: in which queues of these lanes something is due and free, and whether the switch is on. From queue to queue by the index, however long
 * they are: PostgreSQL would read all of them for an `EXISTS`, and the first of each for a `LIMIT`.
 */
export async function findDue<Lane extends string>(
  db: Db,
  { lanes, kinds, now, switchName }: { lanes: readonly Lane[]; kinds: string[]; now: number; switchName: string },
): Promise<{ due: { lane: Lane; queue: string }[]; isOn: boolean }> {
  if (lanes.length === 0) return { due: [], isOn: false }
  const { rows } = await sql<{ lane: Lane; queue: string; isOn: boolean | number }>`
    WITH RECURSIVE open_lanes (lane) AS (VALUES ${sql.join(lanes.map((lane) => sql`(${sql.lit(lane)})`))}),
    queues (lane, queue) AS (
      SELECT lane, (SELECT min(queue) FROM jobs WHERE state = ${ready} AND jobs.lane = open_lanes.lane) FROM open_lanes
      UNION ALL
      SELECT lane, (SELECT min(queue) FROM jobs WHERE state = ${ready} AND jobs.lane = queues.lane AND jobs.queue > queues.queue)
      FROM queues WHERE queue IS NOT NULL
    )
    SELECT lane, queue, EXISTS (SELECT 1 FROM switches WHERE name = ${switchName}) AS "isOn" FROM queues
    WHERE queue IS NOT NULL AND (
      SELECT id FROM jobs WHERE state = ${ready} AND jobs.lane = queues.lane AND jobs.queue = queues.queue
        AND kind IN (${sql.join(kinds)}) AND run_at <= ${now} AND (lease_until IS NULL OR lease_until <= ${now})
      ORDER BY run_at LIMIT 1) IS NOT NULL`.execute(db)
  return { due: rows.map(({ lane, queue }) => ({ lane, queue })), isOn: rows.some(({ isOn }) => Boolean(isOn)) }
}

/**
 * Leases jobs of a queue that are due, the oldest first. Whoever else leases at the same time takes others; a lease that ran out is free again, and
 * its former holder's fence is too low from then on.
 */
export async function leaseDue(
  tx: Tx,
  due: { lane: string; queue: string; kinds: string[]; now: number; until: number; limit: number },
): Promise<Leased[]> {
  const free = tx
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', ready)
    .where('lane', '=', due.lane)
    .where('queue', '=', due.queue)
    .where('kind', 'in', due.kinds)
    .where('run_at', '<=', due.now)
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', due.now)]))
    .orderBy('run_at')
    .limit(due.limit)
    .forUpdate()
    .skipLocked()
  return tx
    .updateTable('jobs')
    .set((eb) => ({ lease_until: due.until, fence: eb('fence', '+', 1), attempts: eb('attempts', '+', 1) }))
    .where('id', 'in', free)
    .returning(leasedColumns)
    .execute()
}

/** Makes the job that repeats due at once. */
export async function hasten(tx: Tx, kind: string, now: number): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ run_at: now })
    .where('kind', '=', kind)
    .where('key', '=', '')
    .where('run_at', '>', now)
    .execute()
}

/** Makes due what rests until one of these moments. */
export async function wakeJobs(
  tx: Tx,
  kinds: readonly string[],
  moments: readonly number[],
  now: number,
): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ run_at: now })
    .where('state', '=', ready)
    .where('kind', 'in', kinds)
    .where('run_at', 'in', moments)
    .where('lease_until', 'is', null)
    .execute()
}

/** Holds the job still until the transaction ends. @returns whether this lease is still the newest */
export async function holdLease(tx: Tx, { id, fence }: Pick<Leased, 'id' | 'fence'>): Promise<boolean> {
  const row = await tx.selectFrom('jobs').select('fence').where('id', '=', id).forUpdate().executeTakeFirst()
  return row?.fence === fence
}

/** One step of a job by its holder. @returns false where the lease was lost */
export async function changeLeased(
  tx: Tx,
  { id, fence }: Pick<Leased, 'id' | 'fence'>,
  change: Partial<JobRow>,
): Promise<boolean> {
  const result = await tx
    .updateTable('jobs')
    .set(change)
    .where('id', '=', id)
    .where('fence', '=', fence)
    .where('state', '=', ready)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function deleteFinished(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx.selectFrom('jobs').select('id').where('finished_at', '<', before).orderBy('finished_at').limit(limit)
  const result = await tx.deleteFrom('jobs').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

export async function countJobs(
  db: Db,
): Promise<{ lane: string; state: JobRow['state']; jobs: number; oldest: number }[]> {
  return db
    .selectFrom('jobs')
    .select((eb) => ['lane', 'state', eb.fn.countAll<number>().as('jobs'), eb.fn.min('run_at').as('oldest')])
    .groupBy(['lane', 'state'])
    .orderBy('lane')
    .orderBy('state')
    .execute()
}

export async function isSwitched(db: Db | Tx, name: string): Promise<boolean> {
  return (await db.selectFrom('switches').select('name').where('name', '=', name).executeTakeFirst()) !== undefined
}

export async function switchOn(tx: Tx, name: string, now: number): Promise<void> {
  await tx
    .insertInto('switches')
    .values({ name, since: now })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}

export async function switchOff(tx: Tx, name: string): Promise<void> {
  await tx.deleteFrom('switches').where('name', '=', name).execute()
}
