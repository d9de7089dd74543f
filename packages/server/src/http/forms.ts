import type { FastifyRequest } from 'fastify'
import { DomainError } from '../errors.ts'

/** A field of the form that was posted: one text, or nothing. */
export function fieldOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.body as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' && value.length <= 512 && !value.includes('\u0000') ? value : undefined
}

/** What a page says of a refusal. @throws what is no refusal, or none that a form can meet */
export function formErrorOf(error: unknown) {
  if (!(error instanceof DomainError)) throw error
  const { code, details } = error
  switch (code) {
    case 'invalid_value': {
      const [first] = details.errors ?? []
      const field = first?.path === 'phone' || first?.path === 'password' ? first.path : 'email'
      const breached = field === 'password' && /leak/.test(details.detail ?? '')
      return { error: breached ? 'password_breached' : field, errorField: field } as const
    }
    case 'code_invalid':
      return { error: code, errorField: 'code', triesLeft: Number(details.members?.tries_left ?? 0) } as const
    case 'rate_limited':
      return { error: code, minutes: Math.ceil((details.retryAfter ?? 60) / 60) } as const
    case 'code_expired':
    case 'too_many_tries':
    case 'wechat_already_bound':
    case 'user_already_bound':
    case 'unavailable':
      return { error: code } as const
    default:
      throw error
  }
}
