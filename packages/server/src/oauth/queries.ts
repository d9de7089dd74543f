import type { Tx } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

export type OauthState = Tables['oauth_states']

export async function insertOauthState(tx: Tx, row: Omit<OauthState, 'used_at'>): Promise<void> {
  await tx
    .insertInto('oauth_states')
    .values({ ...row, used_at: null })
    .execute()
}

/** Uses a state up, once, in the browser and for the account it was made for. */
export async function useOauthState(
  tx: Tx,
  presented: Pick<OauthState, 'state_hash' | 'appid' | 'cookie_hash'>,
  now: number,
): Promise<OauthState | undefined> {
  return tx
    .updateTable('oauth_states')
    .set({ used_at: now })
    .where('state_hash', '=', presented.state_hash)
    .where('appid', '=', presented.appid)
    .where('cookie_hash', '=', presented.cookie_hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
}

/** @returns how many were deleted */
export async function deleteOauthStatesBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('oauth_states')
    .select('state_hash')
    .where('expires_at', '<', before)
    .orderBy('expires_at')
    .limit(limit)
  const result = await tx.deleteFrom('oauth_states').where('state_hash', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
