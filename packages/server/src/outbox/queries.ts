import { sql } from 'kysely'
import type { Db, Tx } from '../store/store.ts'
import type { JobRow } from '../store/tables.ts'

export type { JobRow } from '../store/tables.ts'

export type Leased = Pick<JobRow, 'id' | 'kind' | 'payload' | 'every_ms' | 'attempts' | 'fence'>

const leasedColumns = ['id', 'kind', 'payload', 'every_ms', 'attempts', 'fence'] as const

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

interface Due {
  lane: string
  kinds: string[]
  now: number
}

/** What may run now and is in nobody's hands, the oldest first. */
function free(db: Db | Tx, { lane, kinds, now }: Due) {
  return db
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', 'ready')
    .where('lane', '=', lane)
    .where('kind', 'in', kinds)
    .where('run_at', '<=', now)
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
    .orderBy('run_at')
}

/** Whether there is something to lease, or to end as too late. A read: who looks in vain writes nothing, and what others are at is none of theirs. */
export async function isAnyFree(db: Db, due: Due): Promise<boolean> {
  return (await free(db, due).limit(1).executeTakeFirst()) !== undefined
}

/**
 * Leases jobs that are due, the oldest first. Whoever else leases at the same time takes others; a lease that ran out is free again, and its
 * former holder's fence is too low from then on.
 */
export async function leaseDue(tx: Tx, due: Due & { until: number; limit: number }): Promise<Leased[]> {
  const some = free(tx, due)
    .where((eb) => eb.or([eb('not_after', 'is', null), eb('not_after', '>', due.now)]))
    .limit(due.limit)
    .forUpdate()
    .skipLocked()
  return tx
    .updateTable('jobs')
    .set((eb) => ({ lease_until: due.until, fence: eb('fence', '+', 1), attempts: eb('attempts', '+', 1) }))
    .where('id', 'in', some)
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
    .where('state', '=', 'ready')
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** What came too late to be done is over. @returns how many */
export async function expireJobs(tx: Tx, now: number): Promise<number> {
  const result = await tx
    .updateTable('jobs')
    .set({ state: 'expired', finished_at: now, lease_until: null })
    .where('state', '=', sql.lit('ready'))
    .where('not_after', '<=', now)
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
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
