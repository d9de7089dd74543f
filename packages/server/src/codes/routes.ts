import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { idParams, type Server } from '../http/server.ts'
import type { Codes } from './codes.ts'

const purpose = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'What it is for, in the person’s words: it stands in the message. A code is good for its purpose only',
})
const binding = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Opaque value of your own session; the check must repeat it',
})
const idempotency = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) })
const Wanted = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 255, description: '`us_…`, or your own id of the user' }),
    purpose,
    browser_binding: Type.Optional(binding),
    account: Type.Optional(Type.String({ pattern: '^wx[0-9a-z]{16}$', description: 'Else where the user follows' })),
    locale: Type.Optional(Type.Unsafe<'zh-CN' | 'en'>({ type: 'string', enum: ['zh-CN', 'en'] })),
    browser: Type.Optional(
      Type.Object(
        {
          ip: Type.Optional(Type.String({ maxLength: 64 })),
          user_agent: Type.Optional(Type.String({ maxLength: 1024 })),
        },
        { additionalProperties: false, description: 'Of whoever asks: the message says where it was asked for' },
      ),
    ),
  },
  { additionalProperties: false, examples: [{ user: 'us_k3v5…', purpose: '更换手机号' }] },
)
const Typed = Type.Object(
  {
    code: Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Integer()], {
      description: 'As it was typed',
    }),
    purpose,
    browser_binding: Type.Optional(binding),
  },
  { additionalProperties: false },
)
const Code = Type.Object(
  {
    id: Type.String(),
    expires_at: Type.String({ format: 'date-time' }),
    resend_after: Type.Integer({ description: 'Seconds until another one may be asked for' }),
  },
  { $id: 'Code' },
)

export function codeRoutes(server: Server, deps: { codes: Codes; apps: Apps }): void {
  const { codes, apps } = deps
  const common = { tags: ['codes'], security: [{ apiKey: [] }] }

  server.post(
    '/v1/codes',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Send a verification code to a user’s WeChat',
        description:
          'The answer is the same whether or not there is such a user, who follows or not. What becomes of it is told by events: `code.accepted`, `code.delivered`, or `code.failed` with a reason, after which you may send one by SMS or mail. Six digits, good for five minutes; another one for the same purpose ends the former.',
        ...common,
        headers: idempotency,
        body: Wanted,
        response: { 202: Code },
      },
    },
    async (request, reply) => {
      const { user, purpose, browser_binding, account, locale, browser } = request.body
      const idempotencyKey = request.headers['idempotency-key']
      const { id, expiresAt, resendAfter } = await codes.issue(apps.get(request.appId), {
        user,
        purpose,
        ...(browser_binding !== undefined && { browserBinding: browser_binding }),
        ...(account !== undefined && { account }),
        ...(locale && { locale }),
        ...(browser && { browser }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      })
      return reply.code(202).send({ id, expires_at: new Date(expiresAt).toISOString(), resend_after: resendAfter })
    },
  )
  server.post(
    '/v1/codes/:id/check',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Check what somebody typed',
        description:
          'Right once. Five tries, counted before they are looked at: `code_invalid` says how many are left, 0 also when the code is over. Spaces and full-width digits do not matter.',
        ...common,
        params: idParams,
        body: Typed,
        response: { 200: Type.Object({ id: Type.String() }) },
      },
    },
    async (request) => {
      const { code, purpose, browser_binding } = request.body
      await codes.check(apps.get(request.appId), request.params.id, {
        code: String(code),
        purpose,
        ...(browser_binding !== undefined && { browserBinding: browser_binding }),
      })
      return { id: request.params.id }
    },
  )
}
