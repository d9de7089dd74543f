import type { Generated, Selectable } from 'kysely'

/** Rows as they stand; the constraints are in migrations/. One module owns each table. */
export interface Tables {
  vault_keys: { id: Generated<number>; purpose: string; wrapped: Uint8Array; created_at: number }
  accounts: AccountRow & {
    departures: Generated<number>
    /** How far the people of this account have been recognised by their unionids, after an open platform was named; NULL: all of them. */
    union_back_fill: string | null
  }
  credentials: { appid: string; kind: CredentialKind; value_sealed: Uint8Array; fetched_at: number; expires_at: number }
  apps: Omit<AppRow, 'sign_in_notices'> & { sign_in_notices: Generated<number> }
  api_keys: { id: string; app_id: string; secret_hash: string; created_at: number; revoked_at: number | null }
  users: { id: string; created_at: number; seen_at: Generated<number | null> }
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
  passwords: PasswordRow
  proofs: ProofRow
  /** WeChats that need six digits for a login, until then. */
  guards: { appid: string; openid_index: string; until: number }
  identities: IdentityRow
  app_users: { app_id: string; user_id: string; public_id: string; created_at: number }
  /** `cancelled_at`: the person closed their WeChat, and the rest of them is erased, too. */
  followers: FollowerRow & { cancelled_at: Generated<number | null> }
  reconciles: ReconcileRow
  listed_followers: { appid: string; openid_index: string }
  flows: FlowRow
  links: LinkRow
  subscriptions: SubscriptionRow
  /** Wrong codes that a person typed in a chat, since when. */
  chat_tries: { openid_index: string; tries: number; since: number }
  verify_files: { name: string; appid: string; content: string; created_at: number }
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
  idempotency_keys: { app_id: string; key: string; request_hash: string; object_id: string; created_at: number }
  inbox: {
    id: Generated<number>
    appid: string
    dedupe_key: string
    kind: string
    openid_index: string
    created_at: number
    received_at: number
    document_sealed: Uint8Array | null
    reply_sealed: Uint8Array | null
  }
  quarantine: {
    id: Generated<number>
    appid: string
    reason: string
    document_sealed: Uint8Array
    received_at: number
    /** Whom it seems to be from. */
    openid_index: string | null
  }
  reply_rules: ReplyRuleRow
  menus: MenuRow
  templates: TemplateRow
  codes: Omit<CodeRow, 'tries'> & { tries: Generated<number> }
  /** Wrong digits of one user of one app, without a right one between. */
  code_tries: { app_id: string; user_key: string; wrong: number; tried_at: number }
  receipts: ReceiptTable
  permissions: PermissionRow
  mutes: MuteRow
  sending_pauses: SendingPauseRow
  sending_days: { appid: string; via: string; day: string; used: number }
  incoming_messages: IncomingMessageRow
  chat_windows: ChatWindowRow
  batches: Omit<BatchRow, 'dropped'> & { dropped: Generated<number> }
  batch_parts: Omit<BatchPartRow, 'edits'> & { edits: Generated<number> }
  batch_failures: { batch_id: string; position: number; reason: string }
  messages: MessageRow
  refreshes: { appid: string; kind: CredentialKind; started_at: number; fence: number }
  jobs: JobRow
  switches: { name: string; since: number }
  conflicts: ConflictRow
  events: {
    seq: Generated<number>
    app_id: string | null
    type: string
    data: string
    /** The user it is about, as the app knows them: found again when that user is forgotten. */
    subject: string | null
    created_at: number
  }
}

export type CredentialKind = 'access_token' | 'jsapi_ticket'

export interface JobRow {
  id: string
  lane: string
  /** Within the lane: whose it is, and of which of their lists. Each has its turn. */
  queue: string
  kind: string
  /** Of its kind there is one job with this key. */
  key: string | null
  payload: string
  /** A job that repeats is never over. */
  every_ms: number | null
  state: 'ready' | 'done' | 'failed' | 'expired'
  run_at: number
  not_after: number | null
  attempts: number
  /** Counts its leases: only the newest one may act. */
  fence: number
  lease_until: number | null
  last_error: string | null
  created_at: number
  finished_at: number | null
}

/** `exact`, `contains`: what was written. `click`: the key of a menu button. `any`: whatever was written and fits no other. */
export type ReplyRuleKind = 'exact' | 'contains' | 'click' | 'any'

export interface ReplyRuleRow {
  id: string
  appid: string
  kind: ReplyRuleKind
  keywords: string
  text: string
  priority: number
  created_at: number
}

export interface MenuRow {
  appid: string
  draft: string
  saved_at: number
  published: string | null
  published_at: number | null
}

/** What a follower wrote or tapped, as one app may answer it; what it says stands in the inbox. */
/** A time in which WeChat lets an account write to somebody; the same again opens it anew. */
export interface ChatWindowRow {
  appid: string
  openid_index: string
  opened_by: 'message' | 'menu' | 'follow' | 'scan'
  opened_at: number
  open_until: number
  remaining: number
}

export interface IncomingMessageRow {
  id: string
  app_id: string
  appid: string
  openid_index: string
  dedupe_key: string
  received_at: number
  /** Until then the push itself is waiting for the answer. */
  open_until: number | null
  reply_until: number
  replies_left: number
}

export interface MessageRow {
  id: string
  app_id: string
  appid: string
  openid_index: string
  /** The incoming message, and its push. */
  answers: string | null
  dedupe_key: string | null
  /** `unknown`: WeChat was asked and did not answer; it is not asked again, for it might send twice. */
  state: 'ready' | 'sending' | 'sent' | 'failed' | 'unknown'
  sent_as: 'passive' | NonNullable<MessageRow['via']> | null
  reason: string | null
  /** Gone as soon as it is not needed any more. */
  text_sealed: Uint8Array | null
  idempotency_key: string | null
  request_hash: string | null
  not_after: number
  created_at: number
  started_at: number | null
  finished_at: number | null
  /** How it goes to WeChat. null: as a customer-service message, or as the answer of a push. */
  via: 'customer_service' | 'template' | 'subscription' | 'one_time' | null
  /** Codes do not wait behind notices. */
  lane: 'codes' | 'messages'
  template_id: string | null
  /** Of a one-time subscription message: the one it was allowed for. */
  scene: number | null
  /** Not before; null: at once. */
  send_at: number | null
  /** Of the first try that WeChat may have taken: it knows the message again for ten minutes from then. */
  first_started_at: number | null
  /** WeChat's, by which it says later what became of it. */
  msgid: string | null
  delivered_at: number | null
  /** WeChat failed to deliver it, and was asked once more. */
  resent: number
  /** Why it did not go another way that was asked for; JSON. */
  skipped: string | null
  batch_id: string | null
  /** Its place in the list, from 0. */
  batch_position: number | null
  /** 1: its batch is paused, and no job will come for it. */
  held: number
  /** Not tried again before; null: as soon as it may. */
  next_at: number | null
  /** Tries that came to nothing, of which WeChat refused so many and may take it yet. */
  tries: number
  refusals: number
  /** Why WeChat refused it last. */
  wechat_errcode: number | null
}

/** A notice to a list of users. */
export interface BatchRow {
  id: string
  app_id: string
  state: 'running' | 'paused' | 'cancelled' | 'finished'
  /** Why it is paused, where nobody asked for that. */
  reason: 'internal' | null
  total: number
  /** Of how many nothing was made any more when it was cancelled. */
  dropped: number
  template: string
  /** The account that the site named. */
  asked_appid: string | null
  /** What all are told; gone when the batch is finished. */
  said_sealed: Uint8Array | null
  send_at: number | null
  not_after: number
  created_at: number
  finished_at: number | null
  idempotency_key: string | null
  request_hash: string | null
}

/** A piece of a batch's list that has not become messages yet. */
export interface BatchPartRow {
  batch_id: string
  first: number
  size: number
  /** How often somebody was erased from it: what was read before that is not to be used. */
  edits: number
  users_sealed: Uint8Array
}

/**
 * How many notices of a subscription template a person has allowed and not had. Of a long-term template any number above 0 is as good as many.
 * `template_id` of what is allowed for one scene has the scene with it: `TEMPLATE#7`.
 */
export interface PermissionRow {
  appid: string
  openid_index: string
  template_id: string
  remaining: number
  updated_at: number
}

/** This follower wants no notices of this app. */
export interface MuteRow {
  appid: string
  openid_index: string
  app_id: string
  since: number
}

/** What WeChat said became of a message, until that is written to the message. */
interface ReceiptTable {
  id: Generated<number>
  appid: string
  openid_index: string
  /** Of a subscription notice, whose sending was answered without an id. */
  template_id: string | null
  msgid: string
  outcome: 'delivered' | 'refused_by_user' | 'system_failed' | 'failed'
  received_at: number
}
export type ReceiptRow = Selectable<ReceiptTable>

/** Nothing of this kind is sent for this account until then. */
export interface SendingPauseRow {
  appid: string
  via: string
  until: number
  reason: 'quota_minute' | 'quota_day' | 'unavailable'
}

/** A template of an account's own, as WeChat last told. */
/** A verification code. The digits are not here: they are derived. */
export interface CodeRow {
  id: string
  app_id: string
  /** `us_…` where the app knows such a user, else the index of the id that it gave. */
  user_key: string
  purpose_index: string
  binding_index: string | null
  /** The account that the site named. */
  asked_appid: string | null
  /** What the message says besides the digits, until it is made. */
  asked_sealed: Uint8Array | null
  /** The WeChat it went to. */
  appid: string | null
  openid_index: string | null
  tries: number
  created_at: number
  expires_at: number
  /** A message was made, or it was decided that there is none. */
  dispatched_at: number | null
  used_at: number | null
  /** Another one took its place. */
  ended_at: number | null
}

export interface TemplateRow {
  appid: string
  template_id: string
  kind: 'template' | 'subscription'
  title: string
  /** Lines such as `时间:{{time1.DATA}}`. */
  content: string
  example: string
  /** What fields of type `enum` may say, by their keys; JSON. */
  enum_values: string
  /** Of a subscription template: whether a permission is good for one notice only. */
  is_one_time: number
  /** What the sites call it, on every account alike. */
  name: string | null
  /** 0: its texts may sound like advertising. */
  checks_words: number
  /** Of the one that codes go by: what stands in its fields; JSON. */
  code_fields: string | null
  synced_at: number
  /** WeChat has it no more. */
  gone_at: number | null
}

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

export interface IdentityRow {
  id: string
  user_id: string
  kind: 'wechat' | 'union' | 'external' | 'email' | 'phone'
  namespace: string
  value_index: string
  value_sealed: Uint8Array | null
  created_at: number
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

export interface FollowerRow {
  appid: string
  openid_index: string
  openid_sealed: Uint8Array | null
  unionid_index: string | null
  unionid_sealed: Uint8Array | null
  followed_at: number | null
  unfollowed_at: number | null
  /** CreateTime (seconds) of the newest push that decided whether this person follows. */
  event_at: number
  lookup_due_at: number | null
}

export interface ReconcileRow {
  appid: string
  step: 'rest' | 'list' | 'compare'
  /** When the next step may be taken. */
  next_at: number
  /** When somebody last had reason to want a round. */
  wanted_at: number
  started_at: number | null
  ended_at: number | null
  /** The last openid of the page of the platform's list that was read. */
  page_sealed: Uint8Array | null
  /** Followers up to this index have been compared. */
  compared: string
  /** How many the platform's list has shown so far, and how many it says it has. */
  listed: number
  total: number
  found: number
  gone: number
  /** The day, in China, in which so many calls were made. */
  day: number
  list_calls: number
  info_calls: number
  last_error: string | null
}

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

/** A person is asked to allow one message. The token is not here, nor is the openid. */
export interface SubscriptionRow {
  id: string
  token_hash: string
  app_id: string
  appid: string
  openid_index: string
  template_id: string
  scene: number
  return_url_sealed: Uint8Array
  allowed_at: number | null
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

export interface ConflictRow {
  id: string
  /** One conflict, however often it is met; none once it has been moved. */
  dedupe: string | null
  reason: 'wechat_already_bound' | 'user_already_bound' | 'same_person'
  app_id: string | null
  appid: string
  flow_id: string | null
  /** Who holds what is wanted: the user of the WeChat, or the user who has another WeChat; of one person's two, the older. */
  user_id: string
  /** The user who wants it, or is the same person, where there is one. */
  other_user_id: string | null
  /** The WeChat that scanned; and the one it would replace. */
  wechat_index: string
  holder_index: string | null
  /** The site's id that was to be linked. */
  external_index: string | null
  /** Masked. */
  display_name: string | null
  locale: string
  state: 'open' | 'asked' | 'refused' | 'moved' | 'undone'
  /** The person concerned asked for the move. */
  asked_at: number | null
  /** The message that tells the other WeChat of it, with the way to refuse; and when WeChat took it. */
  notice: string | null
  told_at: number | null
  /** The people were told that it was met. */
  notified_at: number | null
  /** The site released its former user, or the other WeChat said yes. */
  allowed_at: number | null
  moved_at: number | null
  /** What was moved, for the way back. */
  steps: string | null
  seen: number
  created_at: number
  updated_at: number
}
