import type { TokenStore } from '@hufu/wechat'
import type { Live } from '../live/live.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { AccountRow, CredentialKind } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import { claimRefresh, findCredential, holdRefresh, isAccountAsOf, putCredential } from './queries.ts'

/** However it ended: another one this soon would not do better, and the platform counts them. */
const refreshPauseMs = 60_000

/** The account was changed since this node read it: a refresh with what it was before would only cost those who know better their minute. */
class AccountChanged extends Error {}

/**
 * A central credential of an account, sealed in the database: every node uses the same one, and one of them at a time asks for the next. The fence
 * keeps a node that stood still from putting its old answer over a newer one; its death costs a minute, in which the old token goes on working.
 */
export function sealedTokenStore(
  { store, vault, clock, live }: { store: Store; vault: Vault; clock: Clock; live: Live },
  { appid, updated_at: asOf }: Pick<AccountRow, 'appid' | 'updated_at'>,
  kind: CredentialKind,
): TokenStore {
  const place = `credentials.${kind}.${appid}`
  const liveName = `${kind}:${appid}`
  let fence = 0
  return {
    async read() {
      const row = await findCredential(store.db, appid, kind)
      return row && { accessToken: vault.open(place, row.value_sealed), expiresAt: row.expires_at }
    },
    async claim() {
      const now = clock.now()
      const claimed = store.write(async (tx) => {
        const next = await claimRefresh(tx, { appid, kind, now, since: now - refreshPauseMs })
        // Looked at with the claim in hand: a change that was faster is seen, one that is slower takes the claim back.
        if (next !== undefined && !(await isAccountAsOf(tx, appid, asOf))) throw new AccountChanged()
        return next
      })
      const ours = await claimed.catch((error) => {
        if (error instanceof AccountChanged) return undefined
        throw error
      })
      fence = ours ?? fence
      return ours !== undefined
    },
    changed: (timeoutMs) => live.next(liveName, timeoutMs),
    async write(token) {
      const row = {
        appid,
        kind,
        value_sealed: vault.seal(place, token.accessToken),
        fetched_at: clock.now(),
        expires_at: token.expiresAt,
      }
      const ours = fence
      return store.write(async (tx) => {
        if (!(await holdRefresh(tx, appid, kind, ours))) return false
        await putCredential(tx, row)
        live.changed(tx, [liveName])
        return true
      })
    },
  }
}
