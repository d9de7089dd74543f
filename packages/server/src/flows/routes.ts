import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { allowOrigin } from '../http/cors.ts'
import { bearerOf, idParams, type Server } from '../http/server.ts'
import type { Answered, Registrations } from '../registrations/registrations.ts'
import { browserSecretPattern, type FlowInput, type FlowRow, type Flows, type FlowView } from './flows.ts'
import { FlowSchema, NewFlowSchema, RegistrationSchema } from './schemas.ts'
import type { Watching } from './watching.ts'

const browserSecurity = [{ browserSecret: [] }]
const apiKeySecurity = [{ apiKey: [] }]

export function flowRoutes(
  server: Server,
  deps: { flows: Flows; apps: Apps; watching: Watching; registrations: Registrations },
): void {
  const { flows, apps, watching, registrations } = deps

  /** The flow of a browser secret. What is no secret at all is 401, whether or not the flow exists; another flow's secret is 404. */
  async function ofBrowser(request: FastifyRequest, id: string): Promise<FlowRow> {
    const secret = bearerOf(request)
    if (!secret || !browserSecretPattern.test(secret))
      throw new DomainError('unauthorized', 'Send the flow’s browser secret as Bearer token.')
    const row = flows.secrets.isBrowserSecret(id, secret) ? await flows.find(id) : undefined
    if (!row) throw new DomainError('not_found')
    const { origin } = request.headers
    if (origin !== undefined && !apps.get(row.app_id).allowedOrigins.includes(origin)) {
      throw new DomainError('origin_not_allowed', 'Add this origin to the app’s allowed origins.')
    }
    return row
  }

  /** Browser and backend may both read and cancel; each sees what is its own. */
  async function ofEither(
    request: FastifyRequest,
    id: string,
  ): Promise<{ row: FlowRow; audience: 'browser' | 'backend' }> {
    if (!bearerOf(request)?.startsWith('hk_')) return { row: await ofBrowser(request, id), audience: 'browser' }
    await server.backend.call(server, request, undefined as never)
    const row = await flows.find(id)
    if (row?.app_id !== request.appId) throw new DomainError('not_found')
    return { row, audience: 'backend' }
  }

  server.post(
    '/v1/flows',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Begin a flow',
        description:
          'For the visitor in front of your page. The answer holds the browser secret: give it to that browser and to nobody else.',
        tags: ['flows'],
        security: apiKeySecurity,
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
        body: NewFlowSchema,
        response: { 201: FlowSchema },
      },
    },
    async (request, reply) => {
      const row = await flows.create(apps.get(request.appId), inputOf(request.body, request.headers['idempotency-key']))
      const view = await flows.show(row, 'backend')
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...view, secret: flows.secrets.browserSecret(row.id) })
    },
  )

  server.register(async (scope) => {
    const browser = scope as Server
    allowOrigin(browser, apps.allowsOrigin)
    browser.get(
      '/v1/flows/:id',
      {
        schema: {
          summary: 'Read a flow, or wait for it to change',
          tags: ['flows'],
          security: [...browserSecurity, ...apiKeySecurity],
          params: idParams,
          querystring: Type.Object(
            {
              wait: Type.Optional(
                Type.String({
                  pattern: '^[0-9]{1,2}$',
                  description: 'Seconds, at most 25: hold the answer until the state differs from `seen`',
                }),
              ),
              seen: Type.Optional(Type.String({ maxLength: 64, description: 'A state, or `state:next`' })),
            },
            { additionalProperties: false },
          ),
          response: { 200: FlowSchema },
        },
      },
      async (request) => {
        const { row, audience } = await ofEither(request, request.params.id)
        const { wait = '0', seen } = request.query
        if (watching.canWait(row, seen, Number(wait))) {
          return flows.show(await watching.untilChanged(row, seen, Number(wait), request), audience)
        }
        if (audience === 'browser') watching.countPoll(row)
        return flows.show(row, audience)
      },
    )
    browser.get(
      '/v1/flows/:id/events',
      {
        schema: {
          summary: 'Follow a flow by server-sent events',
          description: '`event: flow`, `data:` the flow. Ends at a final state; reconnect, or poll, when it is cut.',
          tags: ['flows'],
          security: browserSecurity,
          params: idParams,
        },
      },
      async (request, reply) => {
        const row = await ofBrowser(request, request.params.id)
        watching.stream(row, request, reply)
        return reply
      },
    )
    browser.post(
      '/v1/flows/:id/code',
      {
        schema: {
          summary: 'Hand in the six digits that the phone shows',
          tags: ['flows'],
          security: browserSecurity,
          params: idParams,
          body: Type.Object({ code: Type.String({ minLength: 1, maxLength: 32 }) }, { additionalProperties: false }),
          response: { 200: FlowSchema },
        },
      },
      async (request) => {
        const row = await ofBrowser(request, request.params.id)
        return flows.show(await flows.enterCode(row.id, request.body.code), 'browser')
      },
    )
    browser.post(
      '/v1/flows/:id/registration',
      {
        schema: {
          summary: 'Register the person who is unknown',
          description:
            'While `next` is `register`. First `{email, password}` or `{phone}`: a code is sent there, whoever has it. Then the same with `email_code` or `sms_code`.',
          tags: ['flows'],
          security: browserSecurity,
          params: idParams,
          body: RegistrationSchema,
          response: { 200: FlowSchema },
        },
      },
      async (request) => {
        const row = await ofBrowser(request, request.params.id)
        const answered = await registrations.answer(row, request.body, request.ip)
        return withSent(await flows.show(answered.row, 'browser'), answered)
      },
    )
    browser.delete(
      '/v1/flows/:id',
      {
        schema: {
          summary: 'Cancel a flow',
          tags: ['flows'],
          security: [...browserSecurity, ...apiKeySecurity],
          params: idParams,
          response: { 200: FlowSchema },
        },
      },
      async (request) => {
        const { row, audience } = await ofEither(request, request.params.id)
        return flows.show(await flows.cancel(row.id), audience)
      },
    )
  })
}

/** Where the code went, for the page that asked. */
function withSent(view: FlowView, { sent }: Answered): FlowView {
  if (!sent || !view.registration) return view
  const times = { expires_at: isoTime(sent.expiresAt), resend_at: isoTime(sent.resendAt) }
  return { ...view, registration: { ...view.registration, sent: { method: sent.contact.kind, to: sent.to, ...times } } }
}

function isoTime(at: number): string {
  return new Date(at).toISOString()
}

function inputOf(body: Static<typeof NewFlowSchema>, idempotencyKey: string | undefined): FlowInput {
  const { external_user_id, display_name, expires_in, browser_binding, reauthenticated_at, return_to, ...same } = body
  return {
    ...same,
    ...(external_user_id !== undefined && { externalUserId: external_user_id }),
    ...(display_name !== undefined && { displayName: display_name }),
    ...(expires_in !== undefined && { expiresIn: expires_in }),
    ...(browser_binding !== undefined && { browserBinding: browser_binding }),
    ...(reauthenticated_at !== undefined && { reauthenticatedAt: reauthenticated_at }),
    ...(return_to !== undefined && { returnTo: return_to }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  } as FlowInput
}
