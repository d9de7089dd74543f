import type { Generated } from 'kysely'

export interface AccountTables {
  accounts: AccountRow & {
    departures: Generated<number>
    /** How far the people of this account have been recognised by their unionids, after an open platform was named; NULL: all of them. */
    union_back_fill: string | null
  }
  credentials: { appid: string; kind: CredentialKind; value_sealed: Uint8Array; fetched_at: number; expires_at: number }
  refreshes: { appid: string; kind: CredentialKind; started_at: number; fence: number }
  verify_files: { name: string; appid: string; content: string; created_at: number }
}

export type CredentialKind = 'access_token' | 'jsapi_ticket'

export interface AccountRow {
  appid: string
  original_id: string
  name: string
  kind: 'service' | 'subscription' | 'test'
  verified: number
  simulated: number
  mode: 'plaintext' | 'compatible' | 'safe'
  allow_plaintext: number
  callback_key: string
  secret_sealed: Uint8Array
  token_sealed: Uint8Array
  encoding_aes_key_sealed: Uint8Array | null
  on_unfollow: 'keep_index' | 'erase'
  open_platform: string | null
  welcome: string | null
  /** What the account's own follow code says. */
  follow_qr: string | null
  /** JSON: domains whose pages may use the JS-SDK. */
  js_domains: string | null
  /** What the chat speaks where nothing else says it; null: Chinese. */
  locale: 'zh-CN' | 'en' | null
  created_at: number
  updated_at: number
}
