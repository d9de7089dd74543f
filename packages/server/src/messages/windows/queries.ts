import type { BatchStatement, Db, Tx } from '../../store/store.ts'
import type { ChatWindowRow } from '../../store/tables.ts'

/** Columns: all, as in the table. The same trigger again opens its window anew. */
export const openWindow: BatchStatement = {
  sqlite: `INSERT INTO chat_windows (appid, openid_index, opened_by, opened_at, open_until, remaining) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (appid, openid_index, opened_by)
    DO UPDATE SET opened_at = excluded.opened_at, open_until = excluded.open_until, remaining = excluded.remaining`,
  postgres: `INSERT INTO chat_windows (appid, openid_index, opened_by, opened_at, open_until, remaining)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
    ON CONFLICT (appid, openid_index, opened_by)
    DO UPDATE SET opened_at = excluded.opened_at, open_until = excluded.open_until, remaining = excluded.remaining`,
}

/** Columns: appid, openid_index. */
export const forgetWindows: BatchStatement = {
  sqlite: 'DELETE FROM chat_windows WHERE appid = ? AND openid_index = ?',
  postgres: `DELETE FROM chat_windows USING unnest($1::text[], $2::text[]) AS gone (appid, openid_index)
    WHERE chat_windows.appid = gone.appid AND chat_windows.openid_index = gone.openid_index`,
}

/** Whose windows, and when a message was on its way: what they did after that is of no concern to it. */
interface Sent {
  appid: string
  openidIndex: string
  at: number
}

/** Those that are still open at that time, with something left. */
export async function listWindows(db: Db, { appid, openidIndex, at }: Sent): Promise<ChatWindowRow[]> {
  return db
    .selectFrom('chat_windows')
    .selectAll()
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .where('open_until', '>', at)
    .where('remaining', '>', 0)
    .execute()
}

/** One message, from the window that ends first. */
export async function takeFromWindow(tx: Tx, { appid, openidIndex, at }: Sent): Promise<void> {
  const first = tx
    .selectFrom('chat_windows')
    .select('opened_by')
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .where('opened_at', '<=', at)
    .where('open_until', '>', at)
    .where('remaining', '>', 0)
    .orderBy('open_until')
    .limit(1)
  await tx
    .updateTable('chat_windows')
    .set((eb) => ({ remaining: eb('remaining', '-', 1) }))
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .where('opened_by', '=', first)
    .where('opened_at', '<=', at)
    .where('remaining', '>', 0)
    .execute()
}

export async function closeWindows(tx: Tx, { appid, openidIndex, at }: Sent): Promise<void> {
  await tx
    .deleteFrom('chat_windows')
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .where('opened_at', '<=', at)
    .execute()
}

export async function listAllWindows(db: Db, appid: string, openidIndex: string): Promise<ChatWindowRow[]> {
  return db
    .selectFrom('chat_windows')
    .selectAll()
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .orderBy('opened_at')
    .execute()
}

export async function deleteWindowsOf(tx: Tx, appid: string, openidIndexes: string[]): Promise<void> {
  await tx.deleteFrom('chat_windows').where('appid', '=', appid).where('openid_index', 'in', openidIndexes).execute()
}

export async function deleteWindowsBefore(tx: Tx, before: number): Promise<void> {
  await tx.deleteFrom('chat_windows').where('open_until', '<', before).execute()
}
