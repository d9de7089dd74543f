import type { Generated } from 'kysely'

export interface FlowTables {
  flows: FlowRow
  idempotency_keys: { app_id: string; key: string; request_hash: string; object_id: string; created_at: number }
  oauth_states: {
    state_hash: string
    appid: string
    flow_id: string
    path: string
    cookie_hash: string
    used_at: number | null
    expires_at: number
    /** null: silent. */
    scope: string | null
  }
  links: LinkRow
}

/** How a flow is entered: the account's parametric code, the code of a page, or a short code typed in the chat. */
export type FlowEntry = 'qr' | 'page' | 'chat'

export type Assurance = 'instant' | 'tap' | 'number' | 'code'

/** A scan alone is no yes to a purpose. */
export type VerifyAssurance = Exclude<Assurance, 'instant'>

export type FlowKind = 'login' | 'bind' | 'verify'

/** A row of kind `verify` stands as a `login` with a purpose. */
export type StoredFlowKind = Exclude<FlowKind, 'verify'>

export type FlowState =
  | 'waiting'
  | 'scanned'
  | 'registration_required'
  | 'confirmed'
  | 'completed'
  | 'declined'
  | 'expired'
  | 'cancelled'
  | 'failed'

export type FlowReason =
  | 'wechat_already_bound'
  | 'user_already_bound'
  | 'too_many_tries'
  | 'snapshot_user'
  | 'not_following'

export interface FlowRow {
  id: string
  app_id: string
  appid: string
  kind: StoredFlowKind
  state: FlowState
  reason: FlowReason | null
  assurance: Assurance
  /** null: `qr`. */
  entry: FlowEntry | null
  /** Index of the code that is typed in the chat. */
  chat_index: string | null
  scene_hash: string
  ticket: string
  qr_content: string
  external_index: string | null
  external_sealed: Uint8Array | null
  purpose_sealed: Uint8Array | null
  /** `us_…` of whom alone an approval is asked; or an index that no user has. */
  named_user: string | null
  display_name: string | null
  binding_hash: string | null
  return_to: string | null
  locale: string
  browser: string | null
  metadata: string | null
  scanner_index: string | null
  scanner_sealed: Uint8Array | null
  profile_sealed: Uint8Array | null
  number_tries: Generated<number>
  code_tries: Generated<number>
  scanned_at: number | null
  phone_confirmed_at: number | null
  confirmed_at: number | null
  code_read_at: number | null
  completed_at: number | null
  registered_at: number | null
  link_id: string | null
  created_at: number
  expires_at: number
}

/** A link of the chat, for one follower into one app. The token is not here, nor is the openid. */
export interface LinkRow {
  id: string
  token_hash: string
  app_id: string
  appid: string
  openid_index: string
  /** The site's user who claims it; set once. */
  external_index: string | null
  used_at: number | null
  created_at: number
  expires_at: number
}
