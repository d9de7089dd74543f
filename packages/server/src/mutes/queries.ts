import type { BatchStatement, Db, Tx } from '../store/store.ts'
import type { MuteRow } from '../store/tables.ts'

export type { MuteRow } from '../store/tables.ts'

/** Columns: appid, openid_index, app_id, since. */
export const insertMute: BatchStatement = {
  sqlite: 'INSERT INTO mutes (appid, openid_index, app_id, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  postgres: `INSERT INTO mutes (appid, openid_index, app_id, since)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING`,
}

/** Columns: appid, openid_index. */
export const endMutes: BatchStatement = {
  sqlite: 'DELETE FROM mutes WHERE appid = ? AND openid_index = ?',
  postgres: `DELETE FROM mutes USING unnest($1::text[], $2::text[]) AS gone (appid, openid_index)
    WHERE mutes.appid = gone.appid AND mutes.openid_index = gone.openid_index`,
}

/** Whether this person wants no notices of this app. */
export async function isMuted(db: Db | Tx, appid: string, openidIndex: string, appId: string): Promise<boolean> {
  const row = await db
    .selectFrom('mutes')
    .select('since')
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .where('app_id', '=', appId)
    .executeTakeFirst()
  return row !== undefined
}

export async function putMute(tx: Tx, row: MuteRow): Promise<void> {
  await tx
    .insertInto('mutes')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Without `app_id`: of all apps. */
export async function deleteMutes(
  tx: Tx,
  of: { appid: string; openid_index: string; app_id?: string | undefined },
): Promise<void> {
  const all = tx.deleteFrom('mutes').where('appid', '=', of.appid).where('openid_index', '=', of.openid_index)
  await (of.app_id === undefined ? all : all.where('app_id', '=', of.app_id)).execute()
}

export async function listMutes(db: Db | Tx, appid: string, openidIndex: string): Promise<MuteRow[]> {
  return db.selectFrom('mutes').selectAll().where('appid', '=', appid).where('openid_index', '=', openidIndex).execute()
}
