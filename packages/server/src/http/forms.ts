import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DomainError } from '../errors.ts'
import type { pages } from './pages.ts'
import { statusOf } from './problems.ts'

/** Pages with plain forms. Forms are read in such a scope and nowhere else: the API takes JSON only. Whatever goes wrong, a person is told on a page. */
export async function readForms(scope: FastifyInstance, page: ReturnType<typeof pages>): Promise<void> {
  await scope.register(formbody, { bodyLimit: 8 * 1024 })
  scope.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    if (status === 500) request.log.error({ err: error, request_id: request.id }, 'a page failed')
    if (status === 503) reply.header('retry-after', 2)
    return page(request, reply, { name: 'try_again' }, status)
  })
}

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
