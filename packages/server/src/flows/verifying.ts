import type { Db, Tx } from '../store/store.ts'
import type { FlowKind, StoredFlowKind } from '../store/tables.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import type { ScannedFlow } from './arrivals/queries.ts'

type Purposed = { id: string; purpose_sealed: Uint8Array | null }

/** What is approved, and by whom: of flows of kind `verify`. */
export interface Verifying {
  sealPurpose(id: string, purpose: string): Uint8Array
  /** What a flow, or the sign-in that came of it, asks a yes for; undefined: no approval. */
  purposeOf(row: Purposed): string | undefined
  /** Whether this WeChat may answer: of an approval that names a user, theirs alone. */
  isFor(db: Db | Tx, flow: Pick<ScannedFlow, 'app_id' | 'appid' | 'named_user'>, openidIndex: string): Promise<boolean>
}

/** A purpose makes of a stored `login` what it is. */
export function kindOf(row: { kind: StoredFlowKind; purpose_sealed: Uint8Array | null }): FlowKind {
  return row.purpose_sealed === null ? row.kind : 'verify'
}

export function createVerifying({ vault, users }: { vault: Vault; users: Pick<Users, 'findOfApp'> }): Verifying {
  const place = (id: string) => `purpose.${id}`
  return {
    sealPurpose: (id, purpose) => vault.seal(place(id), purpose),
    purposeOf: (row) => (row.purpose_sealed === null ? undefined : vault.open(place(row.id), row.purpose_sealed)),
    async isFor(db, flow, openidIndex) {
      if (flow.named_user === null) return true
      const wechat = { kind: 'wechat', namespace: flow.appid, index: openidIndex } as const
      return (await users.findOfApp(db, flow.app_id, wechat))?.id === flow.named_user
    },
  }
}
