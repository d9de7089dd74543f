import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { idParams, type Server } from '../http/server.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Messages } from './messages.ts'

const Message = Type.Object(
  {
    id: Type.String(),
    in_reply_to: Type.Optional(Type.String()),
    state: Type.String({
      description:
        '`ready`, `sending`, `sent`, `failed`, or `unknown`: WeChat was asked and did not answer, and is not asked again',
    }),
    sent_as: Type.Optional(
      Type.String({ description: '`passive`: as the answer of the push itself; or `customer_service`' }),
    ),
    reason: Type.Optional(
      Type.String({
        description:
          '`not_following`, `refused_by_user`, `reply_window_over`, `content_refused`, `account_refused`, `expired`, `unknown`',
      }),
    ),
    created_at: Type.String({ format: 'date-time' }),
    finished_at: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { $id: 'Message' },
)

export function messageRoutes(server: Server, deps: { messages: Messages; apps: Apps }): void {
  const { messages, apps } = deps
  const security = [{ apiKey: [] }]

  server.post(
    '/v1/messages/:id/reply',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Answer what one of your users wrote, or tapped in the menu',
        description:
          'The id is that of a `follower.message` or `follower.menu` event. An app with `reply-within` answers in the push itself while it is open; else it is a customer-service message, which WeChat allows five times within 48 hours after a message, three times within a minute after a tap.',
        tags: ['messages'],
        security,
        params: idParams,
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
        body: Type.Object(
          { text: Type.String({ minLength: 1, maxLength: 2048, description: 'At most 2048 bytes of UTF-8' }) },
          { additionalProperties: false },
        ),
        response: { 202: Message },
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key']
      const message = await messages.reply(apps.get(request.appId), request.params.id, {
        text: request.body.text,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      })
      return reply.code(202).send(present(message))
    },
  )
  server.get(
    '/v1/messages/:id',
    {
      preHandler: server.backend,
      schema: {
        summary: 'What became of a message',
        tags: ['messages'],
        security,
        params: idParams,
        response: { 200: Message },
      },
    },
    async (request) => present(await messages.get(request.appId, request.params.id)),
  )
}

function present(row: MessageRow) {
  return {
    id: row.id,
    ...(row.answers && { in_reply_to: row.answers }),
    state: row.state,
    ...(row.sent_as && { sent_as: row.sent_as }),
    ...(row.reason && { reason: row.reason }),
    created_at: new Date(row.created_at).toISOString(),
    ...(row.finished_at && { finished_at: new Date(row.finished_at).toISOString() }),
  }
}
