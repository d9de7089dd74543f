import type { Generated } from 'kysely'
import type { Assurance, FlowEntry, VerifyAssurance } from './flows.ts'

export interface AppTables {
  apps: Omit<AppRow, 'sign_in_notices'> & { sign_in_notices: Generated<number> }
  api_keys: { id: string; app_id: string; secret_hash: string; created_at: number; revoked_at: number | null }
}

export interface AppRow {
  id: string
  name: string
  allowed_origins: string
  return_urls: string
  scopes: string
  login_assurance: Assurance
  bind_assurance: Assurance
  /** null: what a bind needs. */
  verify_assurance: VerifyAssurance | null
  registration: 'auto' | 'site'
  /** JSON list; with it `registration` is `site`, which a version that does not know it goes by. */
  registration_methods: string | null
  reauthenticate_within: number | null
  reply_within: number | null
  appid: string | null
  link_url: string | null
  /** null: what the account can do decides. */
  entry: FlowEntry | null
  sign_in_notices: number
  asks_profile: number
  /** JSON list of appids. */
  mini_programs: string | null
  created_at: number
}
