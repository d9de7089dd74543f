import type { CodeRow } from '../store/tables.ts'
import { equalSecrets, type Vault } from '../vault/vault.ts'

/** What a code is bound to, and the digits themselves: made again from the row whenever they are needed. */
export interface CodeSecrets {
  purposeIndex(appId: string, purpose: string): string
  bindingIndex(appId: string, binding: string | undefined): string | null
  digits(row: Pick<CodeRow, 'id' | Bound>): string
  /** All of it at once, in the same time whatever differs. */
  isRight(
    row: Pick<CodeRow, 'id' | Bound>,
    said: { code: string; purpose: string; binding: string | undefined },
  ): boolean
}

type Bound = 'app_id' | 'user_key' | 'purpose_index' | 'binding_index'

export function createCodeSecrets(vault: Vault): CodeSecrets {
  const purposeIndex = (appId: string, purpose: string) => vault.index(`code purpose ${appId}`, purpose)
  const bindingIndex = (appId: string, binding: string | undefined) =>
    binding === undefined ? null : vault.index(`code binding ${appId}`, binding)
  const digits: CodeSecrets['digits'] = ({ id, app_id, user_key, purpose_index, binding_index }) => {
    const derived = vault.derive('verification code', id, app_id, user_key, purpose_index, binding_index ?? '')
    // 48 bits over a million: no digit is likelier than another by more than one in some hundred millions.
    return String(derived.readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
  }
  return {
    purposeIndex,
    bindingIndex,
    digits,
    isRight(row, { code, purpose, binding }) {
      const typed = code.normalize('NFKC').replace(/\s/g, '')
      const said = [typed, purposeIndex(row.app_id, purpose), bindingIndex(row.app_id, binding)]
      return equalSecrets(JSON.stringify(said), JSON.stringify([digits(row), row.purpose_index, row.binding_index]))
    },
  }
}
