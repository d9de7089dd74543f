import type { Db, Tx } from '../store/store.ts'
import type { SendingPauseRow } from '../store/tables.ts'

export type { SendingPauseRow } from '../store/tables.ts'

export async function findPause(
  db: Db | Tx,
  appid: string,
  via: string,
  now: number,
): Promise<SendingPauseRow | undefined> {
  return db
    .selectFrom('sending_pauses')
    .selectAll()
    .where('appid', '=', appid)
    .where('via', '=', via)
    .where('until', '>', now)
    .executeTakeFirst()
}

export async function putPause(tx: Tx, row: SendingPauseRow): Promise<void> {
  const { until, reason } = row
  await tx
    .insertInto('sending_pauses')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['appid', 'via']).doUpdateSet({ until, reason }).where('sending_pauses.until', '<', until),
    )
    .execute()
}

/** Counts one more of this day. @returns whether there was one left */
export async function addToDay(
  tx: Tx,
  of: { appid: string; via: string; day: string },
  most: number,
): Promise<boolean> {
  const result = await tx
    .insertInto('sending_days')
    .values({ ...of, used: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['appid', 'via', 'day'])
        .doUpdateSet((eb) => ({ used: eb('sending_days.used', '+', 1) }))
        .where('sending_days.used', '<', most),
    )
    .returning('used')
    .executeTakeFirst()
  return result !== undefined
}

/** Counts one less of this day. */
export async function takeFromDay(tx: Tx, of: { appid: string; via: string; day: string }): Promise<void> {
  await tx
    .updateTable('sending_days')
    .set((eb) => ({ used: eb('used', '-', 1) }))
    .where('appid', '=', of.appid)
    .where('via', '=', of.via)
    .where('day', '=', of.day)
    .where('used', '>', 0)
    .execute()
}

export async function listPauses(db: Db, now: number): Promise<SendingPauseRow[]> {
  return db.selectFrom('sending_pauses').selectAll().where('until', '>', now).orderBy('appid').orderBy('via').execute()
}

/** @returns until when they would have lasted */
export async function deletePauses(tx: Tx, appid: string): Promise<number[]> {
  const rows = await tx.deleteFrom('sending_pauses').where('appid', '=', appid).returning('until').execute()
  return rows.map(({ until }) => until)
}

export async function deleteDaysBefore(tx: Tx, day: string): Promise<void> {
  await tx.deleteFrom('sending_days').where('day', '<', day).execute()
}
