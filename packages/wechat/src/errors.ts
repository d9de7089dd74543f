/** Why a callback request was refused. Tell the sender none of it: one answer for all. */
export type CallbackReason =
  | 'query'
  | 'timestamp'
  | 'signature'
  | 'envelope'
  | 'base64'
  | 'ciphertext_length'
  | 'padding'
  | 'message_length'
  | 'appid'
  | 'xml'
  | 'original_id'
  | 'echostr'

/** A callback request that must be answered 403 without a body. */
export class CallbackError extends Error {
  override readonly name = 'CallbackError'
  readonly reason: CallbackReason
  /** Whether the sender knew the token: a bug or a foreign account rather than a stranger. */
  readonly signatureValid: boolean
  /** The decrypted document when everything but its parsing went well: keep it for the owner to look at. */
  readonly document?: string

  constructor(reason: CallbackReason, signatureValid = false, document?: string) {
    super(`callback refused: ${reason}`)
    this.reason = reason
    this.signatureValid = signatureValid
    if (document !== undefined) this.document = document
  }
}

/** A callback or client was configured with something that can never work. `field` names it; its value is not repeated. */
export class ConfigError extends TypeError {
  override readonly name = 'ConfigError'
  readonly field: string

  constructor(field: string, rule: string) {
    super(`${field} ${rule}`)
    this.field = field
  }
}

/** A value breaks a limit of the platform, found before anything was sent. `field` names it. */
export class LimitError extends RangeError {
  override readonly name = 'LimitError'
  readonly field: string

  constructor(field: string, rule: string) {
    super(`${field} ${rule}`)
    this.field = field
  }
}

/**
 * What a caller may do about an `errcode`: retry after 1 s, 4 s, 15 s… · refresh the token once · wait for the next minute ·
 * wait for the next day (Asia/Shanghai) · wait for an operator · mend the request · give up on this person · wait for the
 * person's next action · restart web authorisation.
 */
export type RetryClass =
  | 'backoff'
  | 'token'
  | 'quota_minute'
  | 'quota_day'
  | 'config'
  | 'request'
  | 'user'
  | 'user_time'
  | 'reauth'

/** The platform answered with an `errcode`. Decide by `errcode` or `retry`; `errmsg` is not stable. */
export class WechatError extends Error {
  override readonly name = 'WechatError'
  readonly errcode: number
  /** The platform's text, with every credential masked. */
  readonly errmsg: string
  /** The platform's request id, readable for 7 days by openapi/rid/get. */
  readonly rid?: string
  readonly retry: RetryClass
  /** The path called, without its query. */
  readonly path: string
  /** HTTP status of the answer. */
  readonly status: number

  constructor(answer: {
    errcode: number
    errmsg: string
    rid?: string
    retry: RetryClass
    path: string
    status: number
  }) {
    super(`${answer.path} answered ${answer.errcode}: ${answer.errmsg}`)
    this.errcode = answer.errcode
    this.errmsg = answer.errmsg
    if (answer.rid !== undefined) this.rid = answer.rid
    this.retry = answer.retry
    this.path = answer.path
    this.status = answer.status
  }
}

/**
 * There was no usable answer. `connect`: nothing was sent. `timeout`, `reset`, `http`, `garbage`: the platform may have done
 * what was asked.
 */
export type NetworkErrorKind = 'timeout' | 'connect' | 'reset' | 'http' | 'garbage'

/** No usable answer from the platform. It has no `cause`: what fetch throws may hold the URL, and the URL holds the token. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly kind: NetworkErrorKind
  /** The path called, without its query. */
  readonly path: string
  /** HTTP status, when there was one. */
  readonly status?: number

  constructor(kind: NetworkErrorKind, path: string, status?: number) {
    super(`${path}: ${kind}${status === undefined ? '' : ` (HTTP ${status})`}`)
    this.kind = kind
    this.path = path
    if (status !== undefined) this.status = status
  }
}
