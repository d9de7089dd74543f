export interface NoticeTables {
  templates: TemplateRow
  permissions: PermissionRow
  subscriptions: SubscriptionRow
  mutes: MuteRow
  sending_pauses: SendingPauseRow
  sending_days: { appid: string; via: string; day: string; used: number }
}

/** A template of an account's own, as WeChat last told. */
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

/** This follower wants no notices of this app. */
export interface MuteRow {
  appid: string
  openid_index: string
  app_id: string
  since: number
}

/** Nothing of this kind is sent for this account until then. */
export interface SendingPauseRow {
  appid: string
  via: string
  until: number
  reason: 'quota_minute' | 'quota_day' | 'unavailable'
}
