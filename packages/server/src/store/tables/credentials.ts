import type { Generated } from 'kysely'

export interface CredentialTables {
  passwords: PasswordRow
  proofs: ProofRow
}

export type CredentialMethod = 'email' | 'phone'

export interface PasswordRow {
  user_id: string
  hash_sealed: Uint8Array
  /** Wrong ones in a row, and when the last of them was. */
  tries: Generated<number>
  tried_at: Generated<number>
  changed_at: number
}

export interface ProofRow {
  id: string
  purpose: 'registration' | 'reset'
  /** The flow, or the browser, that may use it. */
  about: string
  kind: CredentialMethod
  value_index: string
  value_sealed: Uint8Array
  /** The hash of the password that the person chose with it. */
  password_sealed: Uint8Array | null
  /** The openid behind the request, where there is one. */
  asker_index: string | null
  locale: string
  site: string
  tries: Generated<number>
  created_at: number
  expires_at: number
  used_at: number | null
}
