import type { BatchStatement, Tx } from '../store/store.ts'

/** Keys: openid_index. */
export const chatTriesOf: BatchStatement = {
  sqlite: 'SELECT openid_index, tries, since FROM chat_tries WHERE openid_index = ?',
  postgres: `SELECT chat_tries.openid_index, chat_tries.tries, chat_tries.since FROM unnest($1::text[]) AS key (openid_index)
    JOIN chat_tries ON chat_tries.openid_index = key.openid_index`,
}

/** Columns: all. Fails where the person's first wrong code was counted elsewhere meanwhile. */
export const insertChatTry: BatchStatement = {
  sqlite: 'INSERT INTO chat_tries (openid_index, tries, since) VALUES (?, ?, ?)',
  postgres: `INSERT INTO chat_tries (openid_index, tries, since) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])`,
}

/** Columns: tries, since; then what must still be so: openid_index, tries, since. */
export const updateChatTry: BatchStatement = {
  sqlite: 'UPDATE chat_tries SET tries = ?, since = ? WHERE openid_index = ? AND tries = ? AND since = ?',
  postgres: `UPDATE chat_tries SET tries = new.tries, since = new.since
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[]) AS new (tries, since, openid_index, was_tries, was_since)
    WHERE chat_tries.openid_index = new.openid_index AND chat_tries.tries = new.was_tries AND chat_tries.since = new.was_since`,
}

export async function deleteChatTriesOf(tx: Tx, openidIndexes: string[]): Promise<void> {
  if (openidIndexes.length === 0) return
  await tx.deleteFrom('chat_tries').where('openid_index', 'in', openidIndexes).execute()
}

/** @returns how many were deleted */
export async function deleteChatTriesBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('chat_tries')
    .select('openid_index')
    .where('since', '<', before)
    .orderBy('since')
    .limit(limit)
  const result = await tx
    .deleteFrom('chat_tries')
    .where('openid_index', 'in', old)
    // Once more, for the row as it is when it is had: it may have begun anew.
    .where('since', '<', before)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}
