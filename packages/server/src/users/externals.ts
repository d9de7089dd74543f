import type { IdentityRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import type { IdentityKey } from './users.ts'

/** The ids that sites give their users. */
export interface Externals {
  externalKey(appId: string, externalUserId: string): IdentityKey
  openExternal(row: IdentityRow | undefined): string | undefined
}

export function createExternals(vault: Vault): Externals {
  return {
    externalKey(appId, externalUserId) {
      const index = vault.index(`external ${appId}`, externalUserId)
      const sealed = vault.seal(`identities.value.external.${appId}.${index}`, externalUserId)
      return { kind: 'external', namespace: appId, index, sealed }
    },
    openExternal(row) {
      if (!row?.value_sealed) return undefined
      return vault.open(`identities.value.external.${row.namespace}.${row.value_index}`, row.value_sealed)
    },
  }
}
