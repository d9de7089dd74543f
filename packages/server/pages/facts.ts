/** What pages of more than one kind are told. */

export type Locale = 'zh-CN' | 'en'

export type FlowAction = 'login' | 'bind' | 'verify'

/** How the person came: by a QR code on some screen; by a link in the chat, with no second screen; or from the site's own page, open inside WeChat. */
export type Arrival = 'scan' | 'link' | 'inside'

/** What can be wrong with what was typed; each has a text. */
export type FormError =
  | 'email'
  | 'phone'
  | 'password'
  | 'password_breached'
  | 'code_invalid'
  | 'code_expired'
  | 'too_many_tries'
  | 'rate_limited'
  | 'wrong_password'
  | 'support'
  | 'wechat_already_bound'
  | 'user_already_bound'
  | 'unavailable'

/** A browser, in pieces, so that the sentence can be localised. */
export interface Browser {
  browser?: string | undefined
  os?: string | undefined
}

export interface Traced {
  requestId?: string | undefined
}
