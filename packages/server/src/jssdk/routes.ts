import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import type { Server } from '../http/server.ts'
import type { Jssdk } from './jssdk.ts'

export function jssdkRoutes(server: Server, deps: { jssdk: Jssdk; apps: Apps }): void {
  server.post(
    '/v1/jssdk/signature',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Sign a page for WeChat’s JS-SDK',
        description:
          'The answer is what `wx.config` takes, by its own names; add `jsApiList`. The page’s origin must be the app’s, its host one of the account’s JS domains.',
        tags: ['jssdk'],
        security: [{ apiKey: [] }],
        body: Type.Object(
          {
            url: Type.String({ minLength: 1, maxLength: 2048, description: '`location.href` of the page' }),
            ip: Type.Optional(
              Type.String({
                maxLength: 64,
                description: 'The visitor’s address, as your server saw it: limits go by it',
              }),
            ),
            account: Type.Optional(Type.String({ maxLength: 32, description: 'appid of the Official Account to use' })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            appId: Type.String(),
            timestamp: Type.Integer(),
            nonceStr: Type.String(),
            signature: Type.String(),
          }),
        },
      },
    },
    async (request, reply) => {
      const signed = await deps.jssdk.sign(deps.apps.get(request.appId), request.body)
      return reply.header('cache-control', 'no-store').send(signed)
    },
  )
}
