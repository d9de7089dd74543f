/** Every refusal a caller can meet. The HTTP status of each stands in http/problems.ts, and only there. */
export type ErrorCode =
  | 'invalid_request'
  | 'unknown_field'
  | 'invalid_value'
  | 'unauthorized'
  | 'origin_not_allowed'
  | 'scope_missing'
  | 'reauth_required'
  | 'not_found'
  | 'method_not_allowed'
  | 'account_mode_insecure'
  | 'account_capability_missing'
  | 'not_confirmed'
  | 'binding_mismatch'
  | 'purpose_mismatch'
  | 'wechat_already_bound'
  | 'user_already_bound'
  | 'too_many_tries'
  | 'last_credential'
  | 'move_final'
  | 'scope_missing'
  | 'credential_proof_required'
  | 'external_user_id_taken'
  | 'idempotency_mismatch'
  | 'link_claimed'
  | 'already_redeemed'
  | 'already_registered'
  | 'code_expired'
  | 'code_invalid'
  | 'flow_over'
  | 'link_over'
  | 'reply_window_over'
  | 'user_unreachable'
  | 'message_sent'
  | 'batch_over'
  | 'redirect_not_registered'
  | 'url_not_allowed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'wechat_unavailable'
  | 'unavailable'
  | 'internal'

export interface ErrorDetails {
  /** One sentence for the developer who reads it: what to do. */
  detail?: string
  /** Seconds. */
  retryAfter?: number
  errors?: { path: string; message: string }[]
  /** Further members of the problem document. */
  members?: Record<string, string | number | boolean | readonly object[]>
}

/** A refusal that the caller can understand and act on. Anything else that is thrown is a bug. */
export class DomainError extends Error {
  override name = 'DomainError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails | string = {}) {
    super(code)
    this.code = code
    this.details = typeof details === 'string' ? { detail: details } : details
  }
}

/** What was made by this Idempotency-Key before; the same key for something else is a mistake. @throws idempotency_mismatch */
export function sameRequest<Row extends { request_hash: string | null }>(
  known: Row | undefined,
  hash: string | null,
): Row | undefined {
  if (!known || known.request_hash === hash) return known
  throw new DomainError('idempotency_mismatch', 'This Idempotency-Key was used for another request. Use a new one.')
}
