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

export async function deleteDaysBefore(tx: Tx, day: string): Promise<void> {
  await tx.deleteFrom('sending_days').where('day', '<', day).execute()
}
