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

export async function deleteOauthStatesBefore(tx: Tx, now: number): Promise<void> {
  await tx.deleteFrom('oauth_states').where('expires_at', '<', now).execute()
}
