import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { FlowSchema, type Flows } from '../flows/flows.ts'
import { forPeople, pages } from '../http/pages.ts'
import type { Phone } from '../http/phone.ts'
import { externalUserIdSchema, idParams, type Server } from '../http/server.ts'
import type { View } from '../http/view.ts'
import type { OauthStart, PhoneSession } from '../oauth/oauth.ts'
import type { Claim, Links, LinkView, Onward } from './links.ts'

const LinkSchema = Type.Unsafe<LinkView>(
  Type.Object(
    {
      id: Type.String(),
      account: Type.String({ description: 'appid of the Official Account it was handed out by' }),
      known: Type.Boolean({
        description:
          'Whether this person is one of your users already. Log nobody in by it: only `login` proves who is there',
      }),
      expires_at: Type.String({ format: 'date-time', description: 'Until then it may be claimed or logged in with' }),
    },
    { $id: 'Link' },
  ),
)

const returnTo = Type.String({
  maxLength: 2048,
  description: 'One of the app’s registered return URLs: where the phone goes after its yes',
})
const locale = Type.Unsafe<'zh-CN' | 'en'>({ type: 'string', enum: ['zh-CN', 'en'] })
const expiresIn = Type.Integer({ minimum: 5, maximum: 1800, description: 'Seconds to confirm in' })
const idempotency = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) })

const ClaimSchema = Type.Object(
  {
    external_user_id: externalUserIdSchema,
    display_name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Shown masked, so that a person sees whose account it is',
      }),
    ),
    return_to: Type.Optional(returnTo),
    reauthenticated_at: Type.Optional(
      Type.String({ maxLength: 64, description: 'RFC 3339: when your user last authenticated' }),
    ),
    expires_in: Type.Optional(expiresIn),
    locale: Type.Optional(locale),
  },
  { additionalProperties: false },
)

const LoginSchema = Type.Object(
  {
    browser_binding: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'Opaque value of your own session; redeem must repeat it',
      }),
    ),
    return_to: Type.Optional(returnTo),
    expires_in: Type.Optional(expiresIn),
    locale: Type.Optional(locale),
    browser: Type.Optional(
      Type.Object(
        {
          ip: Type.Optional(Type.String({ maxLength: 64 })),
          user_agent: Type.Optional(Type.String({ maxLength: 1024 })),
        },
        { additionalProperties: false },
      ),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 512 }), { maxProperties: 16 }),
    ),
  },
  { additionalProperties: false },
)

export function linkRoutes(
  server: Server,
  deps: { links: Links; flows: Flows; apps: Apps; phone: Phone<OauthStart, PhoneSession>; view: View },
): void {
  const { links, flows, apps, phone } = deps
  const page = pages(deps.view)
  const security = [{ apiKey: [] }]

  /** Proves who holds the phone and lets them through to the site. Nothing changes: what looks ahead at links may look. */
  async function enter(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const link = await links.open(token)
    const destination = link && links.destinationOf(link)
    if (!link || destination === undefined) return page(request, reply, { name: 'link_over' }, 410)
    const held = phone.held(request, link.id)
    if (!held) return phone.prove(request, reply, { appid: link.appid, about: link.id, path: `/l/${token}` })
    return reply.header('cache-control', 'no-store').redirect(destination, 303)
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/l/:token', { schema: { hide: true } }, enter)
  })
  server.get(
    '/v1/links/:id',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Look at a link that brought somebody to your link URL',
        tags: ['links'],
        security,
        params: idParams,
        response: { 200: LinkSchema },
      },
    },
    (request) => links.get(apps.get(request.appId), request.params.id),
  )
  server.post(
    '/v1/links/:id/claim',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Say which of your users has opened the link',
        description:
          'For the user who is logged in with you, in the browser that brought the link. Send that browser to `continue_url`: only the follower the link was given to can confirm there, and then the two are linked.',
        tags: ['links'],
        security,
        params: idParams,
        headers: idempotency,
        body: ClaimSchema,
        response: {
          200: Type.Object({
            continue_url: Type.String(),
            flow_id: Type.String({ description: 'Under which your event feed tells how it ended' }),
            expires_at: Type.String({ format: 'date-time' }),
          }),
        },
      },
    },
    async (request) => {
      const claim = claimOf(request.body, request.headers['idempotency-key'])
      const row = await links.claim(apps.get(request.appId), request.params.id, claim)
      return {
        continue_url: flows.confirmUrl(row.id),
        flow_id: row.id,
        expires_at: new Date(row.expires_at).toISOString(),
      }
    },
  )
  server.post(
    '/v1/links/:id/login',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Begin a login for whoever opened the link',
        description:
          'A flow like any other, but without a QR code: send the browser to its `wechat_url`, and redeem it when the browser is back.',
        tags: ['links'],
        security,
        params: idParams,
        headers: idempotency,
        body: LoginSchema,
        response: { 201: FlowSchema },
      },
    },
    async (request, reply) => {
      const onward = onwardOf(request.body, request.headers['idempotency-key'])
      const row = await links.logIn(apps.get(request.appId), request.params.id, onward)
      const view = await flows.show(row, 'backend')
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...view, secret: flows.secrets.browserSecret(row.id) })
    },
  )
}

function claimOf(body: Static<typeof ClaimSchema>, idempotencyKey: string | undefined): Claim {
  const { external_user_id, display_name, return_to, reauthenticated_at, expires_in, locale } = body
  return {
    externalUserId: external_user_id,
    ...(display_name !== undefined && { displayName: display_name }),
    ...(return_to !== undefined && { returnTo: return_to }),
    ...(reauthenticated_at !== undefined && { reauthenticatedAt: reauthenticated_at }),
    ...(expires_in !== undefined && { expiresIn: expires_in }),
    ...(locale !== undefined && { locale }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
}

function onwardOf(body: Static<typeof LoginSchema>, idempotencyKey: string | undefined): Onward {
  const { browser_binding, return_to, expires_in, ...same } = body
  return {
    ...(same as Pick<Onward, 'locale' | 'browser' | 'metadata'>),
    ...(browser_binding !== undefined && { browserBinding: browser_binding }),
    ...(return_to !== undefined && { returnTo: return_to }),
    ...(expires_in !== undefined && { expiresIn: expires_in }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
}
