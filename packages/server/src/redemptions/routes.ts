import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { ProfileSchema } from '../flows/flows.ts'
import { externalUserIdSchema, idParams, type Server } from '../http/server.ts'
import type { FlowKind } from '../store/tables.ts'
import type { Redemption, Redemptions } from './redemptions.ts'

const RedemptionSchema = Type.Unsafe<Redemption>(
  Type.Object(
    {
      kind: Type.Unsafe<FlowKind>({
        type: 'string',
        enum: ['login', 'bind', 'verify'],
        description: 'Begin a session for `login` only: a `verify` is a yes to its purpose, and nothing more',
      }),
      purpose: Type.Optional(Type.String({ description: 'Kind `verify`: what the person read, and agreed to' })),
      user: Type.Union([
        Type.Object({ id: Type.String(), external_user_id: Type.Optional(Type.String()), is_new: Type.Boolean() }),
        Type.Null(),
      ]),
      registration_token: Type.Optional(
        Type.String({ description: 'Policy `site`, unknown person: hand it to `register` within 30 minutes' }),
      ),
      wechat: Type.Object({
        account: Type.String({ description: 'appid' }),
        subscribed: Type.Boolean(),
        profile: Type.Optional(ProfileSchema),
        openid: Type.Optional(Type.String()),
        unionid: Type.Optional(Type.String()),
      }),
      assurance: Type.String(),
    },
    { $id: 'Redemption' },
  ),
)

export function redemptionRoutes(server: Server, deps: { redemptions: Redemptions; apps: Apps }): void {
  const { redemptions, apps } = deps
  const security = [{ apiKey: [] }]

  server.post(
    '/v1/flows/:id/redeem',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Redeem a completion code',
        description: 'Once, from your backend. Start a new session of your own after it.',
        tags: ['flows'],
        security,
        params: idParams,
        body: Type.Object(
          {
            completion_code: Type.String({ minLength: 1, maxLength: 128 }),
            browser_binding: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
            purpose: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 64,
                description: 'What you are about to do: any other flow is refused',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: RedemptionSchema },
      },
    },
    (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { completion_code, browser_binding, purpose } = request.body
      return redemptions.redeem(apps.get(request.appId), request.params.id, {
        completionCode: completion_code,
        ...(browser_binding !== undefined && { browserBinding: browser_binding }),
        ...(purpose !== undefined && { purpose }),
      })
    },
  )
  server.post(
    '/v1/flows/:id/register',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Give the person who was unknown an id of your own',
        tags: ['flows'],
        security,
        params: idParams,
        body: Type.Object(
          { registration_token: Type.String({ minLength: 1, maxLength: 128 }), external_user_id: externalUserIdSchema },
          { additionalProperties: false },
        ),
        response: { 200: RedemptionSchema },
      },
    },
    (request, reply) => {
      reply.header('cache-control', 'no-store')
      return redemptions.register(apps.get(request.appId), request.params.id, {
        registrationToken: request.body.registration_token,
        externalUserId: request.body.external_user_id,
      })
    },
  )
}
