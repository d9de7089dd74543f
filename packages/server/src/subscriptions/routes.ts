import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { createCookie } from '../http/cookie.ts'
import { forPeople, pages } from '../http/pages.ts'
import { idParams, type Server } from '../http/server.ts'
import type { View } from '../http/view.ts'
import { sceneSchema, templateIdSchema } from '../messages/schemas.ts'
import type { Subscriptions } from './subscriptions.ts'

const browserPattern = /^[0-9A-Za-z_-]{43}$/
const cookieSeconds = 1_800

export function subscriptionRoutes(
  server: Server,
  deps: { subscriptions: Subscriptions; apps: Apps; view: View; publicUrl: () => string },
): void {
  const { subscriptions, apps } = deps
  const page = pages(deps.view)
  const cookie = createCookie({ name: 'subscriber', seconds: cookieSeconds, publicUrl: deps.publicUrl })
  function browserOf(request: FastifyRequest): string | undefined {
    const held = cookie.read(request) ?? ''
    return browserPattern.test(held) ? held : undefined
  }

  /** Leads to WeChat's page. Nothing changes: what looks ahead at addresses may look. */
  async function enter(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const browser = browserOf(request) ?? randomBytes(32).toString('base64url')
    const url = await subscriptions.enter(token, browser)
    if (url === undefined) return page(request, reply, { name: 'state_invalid' }, 410)
    return cookie.set(reply.header('cache-control', 'no-store'), browser).redirect(url, 302)
  }

  /** Where WeChat's page sends the browser back: only with the browser's own cookie does it come to anything. */
  async function decide(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { id } = request.params as { id: string }
    const query = request.query as Record<string, unknown>
    const text = (name: string) => {
      const value = query[name]
      return typeof value === 'string' && value.length <= 128 ? value : ''
    }
    const browser = browserOf(request)
    if (browser === undefined) return page(request, reply, { name: 'state_invalid' }, 400)
    const decision = {
      action: text('action'),
      templateId: text('template_id'),
      scene: text('scene'),
      reserved: text('reserved'),
      openid: text('openid') || undefined,
    }
    const decided = await subscriptions.decide(id, decision, browser)
    switch (decided.outcome) {
      case 'on':
        return reply.header('cache-control', 'no-store').redirect(decided.url, 303)
      case 'not_theirs':
        return page(request, reply, { name: 'not_theirs' }, 403)
      case 'invalid':
        return page(request, reply, { name: 'state_invalid' }, 400)
    }
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/s/:token', { schema: { hide: true } }, enter)
    scope.get('/subscribed/:id', { schema: { hide: true } }, decide)
  })
  server.post(
    '/v1/users/:id/subscriptions',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Ask this user to allow one message',
        description:
          'A one-time subscription message (一次性订阅消息). Lead the user, who is in WeChat, to `url`: WeChat’s page asks them, and they come back to `return_url` with `subscription` and `result`, `allowed` or `declined`. What counts is the event `subscription.allowed`, and GET /v1/users/{id}/reach.',
        tags: ['messages'],
        security: [{ apiKey: [] }],
        params: idParams,
        body: Type.Object(
          {
            template_id: templateIdSchema,
            scene: sceneSchema,
            return_url: Type.String({ maxLength: 1024, description: 'A page of the app’s origins' }),
            account: Type.Optional(
              Type.String({ pattern: '^wx[0-9a-z]{16}$', description: 'Else where the user follows' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          201: Type.Object({
            id: Type.String(),
            url: Type.String({ description: 'For this user alone' }),
            expires_at: Type.String({ format: 'date-time', description: 'Until then it may be opened' }),
          }),
        },
      },
    },
    async (request, reply) => {
      const { template_id, scene, return_url, account } = request.body
      const { id, url, expiresAt } = await subscriptions.ask(apps.get(request.appId), request.params.id, {
        templateId: template_id,
        scene,
        returnUrl: return_url,
        ...(account !== undefined && { account }),
      })
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ id, url, expires_at: new Date(expiresAt).toISOString() })
    },
  )
}
