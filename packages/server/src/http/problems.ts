import type { FastifyError, FastifyReply } from 'fastify'
import { DomainError, type ErrorCode } from '../errors.ts'
import { StoreUnavailable } from '../store/store.ts'

/** The HTTP status of every refusal. A code without a status does not compile. */
const statuses: Record<ErrorCode, number> = {
  invalid_request: 400,
  unknown_field: 400,
  invalid_value: 422,
  unauthorized: 401,
  origin_not_allowed: 403,
  scope_missing: 403,
  reauth_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  account_mode_insecure: 409,
  account_capability_missing: 409,
  not_confirmed: 409,
  binding_mismatch: 409,
  purpose_mismatch: 409,
  wechat_already_bound: 409,
  user_already_bound: 409,
  too_many_tries: 409,
  last_credential: 409,
  move_final: 409,
  credential_proof_required: 409,
  external_user_id_taken: 409,
  idempotency_mismatch: 409,
  link_claimed: 409,
  user_unreachable: 409,
  message_sent: 409,
  already_redeemed: 410,
  already_registered: 410,
  code_expired: 410,
  flow_over: 410,
  link_over: 410,
  reply_window_over: 410,
  batch_over: 410,
  code_invalid: 401,
  redirect_not_registered: 422,
  url_not_allowed: 422,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  wechat_unavailable: 503,
  unavailable: 503,
  internal: 500,
}

const titles: Record<ErrorCode, string> = {
  invalid_request: 'The request is malformed',
  unknown_field: 'The request has a member that is not known here',
  invalid_value: 'A value is not allowed',
  unauthorized: 'A credential is missing or not valid',
  origin_not_allowed: 'This origin is not one of the app’s',
  scope_missing: 'The app lacks a scope',
  reauth_required: 'The user must authenticate again first',
  not_found: 'There is no such object',
  method_not_allowed: 'This method is not offered here',
  account_mode_insecure: 'The account’s callback mode is not safe enough',
  account_capability_missing: 'WeChat does not let this account do that',
  not_confirmed: 'The person has not confirmed yet',
  binding_mismatch: 'The flow belongs to another browser session',
  purpose_mismatch: 'The flow is for another purpose',
  user_unreachable: 'The user cannot be reached by WeChat',
  message_sent: 'The message is under way, or over',
  batch_over: 'The batch is over',
  wechat_already_bound: 'This WeChat is linked with somebody else',
  user_already_bound: 'This user is linked with another WeChat',
  too_many_tries: 'Too many wrong tries',
  last_credential: 'This is the last way in',
  move_final: 'There is nothing left to move or to undo',
  credential_proof_required: 'There is an account with this address or number',
  external_user_id_taken: 'That id, or this user’s place for one, is taken',
  idempotency_mismatch: 'The Idempotency-Key belongs to another request',
  link_claimed: 'Another user of the site has claimed this link',
  already_redeemed: 'The code has been redeemed',
  already_registered: 'The person has been registered',
  code_expired: 'The code is too old',
  flow_over: 'The flow is over',
  link_over: 'The link is over',
  reply_window_over: 'WeChat lets nobody answer this any more',
  code_invalid: 'The code is not right',
  redirect_not_registered: 'The return address is not registered',
  url_not_allowed: 'This address is not allowed here',
  payload_too_large: 'The request is too large',
  unsupported_media_type: 'application/json is expected',
  rate_limited: 'Too many requests',
  wechat_unavailable: 'WeChat cannot be reached',
  unavailable: 'Not possible at the moment',
  internal: 'Something went wrong here',
}

/** Answers with a problem document (RFC 9457). Nothing of the input is repeated in it. */
export function sendProblem(reply: FastifyReply, error: DomainError): FastifyReply {
  const { code, details } = error
  const status = statuses[code]
  const retryAfter = details.retryAfter ?? (status === 503 ? 2 : undefined)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: titles[code],
        status,
        code,
        ...(details.detail && { detail: details.detail }),
        request_id: reply.request.id,
        ...(details.errors && { errors: details.errors }),
        ...details.members,
      }),
    )
}

/** What was thrown, as a refusal. What is none of ours and none of Fastify's is a bug. */
export function problemOf(error: FastifyError | Error): DomainError {
  if (error instanceof DomainError) return error
  if (error instanceof StoreUnavailable) return new DomainError('unavailable')
  if ('validation' in error && error.validation) {
    // An address that can be nobody's names nothing, like any other that is not there.
    return error.validationContext === 'params' ? new DomainError('not_found') : problemOfValidation(error)
  }
  const status = 'statusCode' in error ? error.statusCode : undefined
  switch (status) {
    case 400:
      return new DomainError('invalid_request')
    case 413:
      return new DomainError('payload_too_large')
    case 415:
      return new DomainError('unsupported_media_type')
    default:
      return new DomainError('internal')
  }
}

/** Malformed is 400; well-formed but not allowed is 422. */
const malformed = new Set(['type', 'required', 'additionalProperties', 'format'])

function problemOfValidation(error: FastifyError): DomainError {
  const first = error.validation?.[0]
  const path = (first?.instancePath ?? '').slice(1).replaceAll('/', '.')
  if (first?.keyword === 'additionalProperties') {
    const member = String(first.params.additionalProperty ?? '').slice(0, 64)
    return new DomainError('unknown_field', {
      errors: [{ path: [path, member].filter(Boolean).join('.'), message: 'is not known here' }],
    })
  }
  const missing = first?.keyword === 'required' ? String(first.params.missingProperty) : ''
  const errors = [{ path: [path, missing].filter(Boolean).join('.'), message: first?.message ?? 'is not valid' }]
  const code = first && malformed.has(first.keyword) ? 'invalid_request' : 'invalid_value'
  return new DomainError(code, { errors })
}

export function statusOf(error: unknown): number {
  return error instanceof Error ? statuses[problemOf(error).code] : 500
}
