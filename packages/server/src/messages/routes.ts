import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { idParams, type Server } from '../http/server.ts'
import type { MessageRow } from '../store/tables.ts'
import { messageState } from './ends.ts'
import type { Messages } from './messages.ts'
import type { FailureReason } from './outcomes.ts'
import { presentReach, Reachability } from './reach-view.ts'
import {
  reasonSchema,
  sceneSchema,
  stateSchema,
  tapSchemas,
  templateIdSchema,
  timeSchemas,
  viaSchema,
  waySchema,
} from './schemas.ts'

const Message = Type.Object(
  {
    id: Type.String(),
    in_reply_to: Type.Optional(Type.String()),
    account: Type.String({ description: 'appid' }),
    template: Type.Optional(Type.String({ description: 'WeChat’s template_id' })),
    scene: Type.Optional(Type.Integer({ description: 'Of a one-time subscription message' })),
    state: stateSchema,
    via: Type.Optional(viaSchema),
    reason: Type.Optional(reasonSchema),
    wechat_errcode: Type.Optional(Type.Integer({ description: 'Why WeChat refused it last' })),
    created_at: Type.String({ format: 'date-time' }),
    send_at: Type.Optional(Type.String({ format: 'date-time' })),
    finished_at: Type.Optional(Type.String({ format: 'date-time' })),
    delivered_at: Type.Optional(Type.String({ format: 'date-time' })),
    skipped: Type.Optional(
      Type.Array(Type.Object({ via: waySchema, account: Type.String(), reason: reasonSchema }), {
        description: 'Ways that were not allowed when it was accepted',
      }),
    ),
  },
  { $id: 'Message' },
)
const idempotency = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) })
const filled = {
  template: Type.String({ minLength: 1, maxLength: 128, description: 'Its id or name, see GET /v1/templates' }),
  data: Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 1000 }), {
    description: 'A value for each of the template’s fields: `{"thing1": "绿茶"}`',
  }),
}
const Notice = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 255, description: '`us_…`, or your own id of the user' }),
    template: Type.Optional(filled.template),
    data: Type.Optional(filled.data),
    subscription: Type.Optional(
      Type.Object(filled, { additionalProperties: false, description: 'The same by a subscription notice' }),
    ),
    one_time: Type.Optional(
      Type.Object(
        {
          template_id: templateIdSchema,
          scene: sceneSchema,
          title: Type.String({ minLength: 1, maxLength: 64, description: '1 to 15 characters' }),
          content: Type.String({ minLength: 1, maxLength: 1024, description: '1 to 200 characters, with line breaks' }),
        },
        {
          additionalProperties: false,
          description: 'The same by a one-time subscription message, see POST /v1/users/{id}/subscriptions',
        },
      ),
    ),
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 2048, description: 'The same as words in the chat' })),
    reach: Type.Optional(
      Type.Literal('any', {
        description: 'The first of these ways that is allowed now; `skipped` says why not the others',
      }),
    ),
    ...tapSchemas,
    account: Type.Optional(Type.String({ pattern: '^wx[0-9a-z]{16}$', description: 'Else where the user follows' })),
    ...timeSchemas,
  },
  {
    additionalProperties: false,
    examples: [
      {
        user: 'us_k3v5…',
        reach: 'any',
        template: 'order_shipped',
        data: { thing1: '铁观音', time3: '2026年11月21日 15:01' },
        text: '您的订单已发货',
        url: 'https://shop.example/orders/42',
      },
    ],
  },
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
        headers: idempotency,
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
  server.post(
    '/v1/messages',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Send one of your users a notice',
        description:
          'By a template of the account they follow. The values are checked by WeChat’s rules first: 422 names every field that would be refused. What becomes of it is told by `message.…` events.',
        tags: ['messages'],
        security,
        headers: idempotency,
        body: Notice,
        response: { 202: Message },
      },
    },
    async (request, reply) => {
      const {
        user,
        template,
        data,
        subscription,
        one_time,
        text,
        reach,
        url,
        mini_program,
        account,
        send_at,
        not_after,
      } = request.body
      const idempotencyKey = request.headers['idempotency-key']
      const message = await messages.post(apps.get(request.appId), {
        user,
        ...(template !== undefined && { template: { template, data: data ?? {} } }),
        ...(subscription && { subscription }),
        ...(one_time && {
          oneTime: {
            templateId: one_time.template_id,
            scene: one_time.scene,
            title: one_time.title,
            content: one_time.content,
          },
        }),
        ...(text !== undefined && { text }),
        ...(reach && { reach }),
        ...(url !== undefined && { url }),
        ...(mini_program && { miniProgram: mini_program }),
        ...(account !== undefined && { account }),
        ...(send_at !== undefined && { sendAt: Date.parse(send_at) }),
        ...(not_after !== undefined && { notAfter: Date.parse(not_after) }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      })
      return reply.code(202).send(present(message))
    },
  )
  server.get(
    '/v1/users/:id/reach',
    {
      preHandler: server.backend,
      schema: {
        summary: 'What may be sent to this user now, and why not the rest',
        tags: ['messages'],
        security,
        params: idParams,
        response: { 200: Type.Object({ data: Type.Array(Reachability), next_cursor: Type.Null() }) },
      },
    },
    async (request) => {
      const all = await messages.reachOf(apps.get(request.appId), request.params.id)
      return { data: all.map(presentReach), next_cursor: null }
    },
  )
  server.delete(
    '/v1/messages/:id',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Take back what is not sent yet; where WeChat may have it already it ends as `unknown`',
        tags: ['messages'],
        security,
        params: idParams,
        response: { 200: Message },
      },
    },
    async (request) => present(await messages.cancel(request.appId, request.params.id)),
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
  const time = (name: 'send_at' | 'finished_at' | 'delivered_at') =>
    row[name] === null ? {} : { [name]: new Date(row[name]).toISOString() }
  const via = row.sent_as ?? row.via
  return {
    id: row.id,
    ...(row.answers && { in_reply_to: row.answers }),
    account: row.appid,
    ...(row.template_id && { template: row.template_id }),
    ...(row.scene !== null && { scene: row.scene }),
    state: messageState(row),
    ...(via && { via }),
    // Written by this module alone.
    ...(row.reason && { reason: row.reason as FailureReason }),
    ...(row.wechat_errcode !== null && { wechat_errcode: row.wechat_errcode }),
    created_at: new Date(row.created_at).toISOString(),
    ...time('send_at'),
    ...time('finished_at'),
    ...time('delivered_at'),
    ...(row.skipped && { skipped: JSON.parse(row.skipped) }),
  }
}
