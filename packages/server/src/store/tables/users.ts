import type { Generated } from 'kysely'
import type { StoredFlowKind } from './flows.ts'

export interface UserTables {
  users: { id: string; created_at: number; seen_at: Generated<number | null> }
  identities: IdentityRow
  app_users: { app_id: string; user_id: string; public_id: string; created_at: number }
  sessions: {
    id: string
    user_id: string
    token_hash: string
    browser: string
    created_at: number
    authenticated_at: number
    seen_at: number
    ended_at: number | null
  }
  sign_ins: {
    id: string
    user_id: string
    app_id: string
    appid: string
    openid_index: string
    flow_id: string
    kind: StoredFlowKind
    browser: string
    at: number
    disowned_at: number | null
    purpose_sealed: Uint8Array | null
    /** JSON: ids of the identities that it added; null: none, or a link. */
    brought: string | null
  }
  /** WeChats that need six digits for a login, until then. */
  guards: { appid: string; openid_index: string; until: number }
}

export interface IdentityRow {
  id: string
  user_id: string
  kind: 'wechat' | 'union' | 'external' | 'email' | 'phone'
  namespace: string
  value_index: string
  value_sealed: Uint8Array | null
  created_at: number
}
