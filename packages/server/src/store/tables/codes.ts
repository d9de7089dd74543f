import type { Generated } from 'kysely'

export interface CodeTables {
  codes: Omit<CodeRow, 'tries'> & { tries: Generated<number> }
  /** Wrong digits of one user of one app, without a right one between. */
  code_tries: { app_id: string; user_key: string; wrong: number; tried_at: number }
}

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
