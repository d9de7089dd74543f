import { Type } from 'typebox'
import type { Apps } from '../../apps/apps.ts'
import { idParams, type Server } from '../../http/server.ts'
import { tapSchemas, timeSchemas, wordOf } from '../schemas.ts'
import type { Batches, BatchView } from './batches.ts'

/** Ten thousand users, with a line of their own each. */
const bodyLimit = 8 * 1024 * 1024

const count = (description: string) => Type.Integer({ description })
const Batch = Type.Object(
  {
    id: Type.String(),
    state: wordOf<BatchView['row']['state']>({ running: '', paused: '', cancelled: '', finished: '' }),
    reason: Type.Optional(
      Type.String({
        description:
          '`internal`: Hufu failed, again and again, to make messages of the list, and has paused it. Its operator finds why in the log; then resume',
      }),
    ),
    template: Type.String(),
    total: count('Users in the list. The numbers below add up to it'),
    queued: count('Not sent yet'),
    sending: Type.Integer(),
    accepted: count('WeChat has it'),
    delivered: count('WeChat says that it arrived'),
    failed: Type.Integer(),
    unknown: count('WeChat was asked and did not answer, and is not asked again'),
    expired: Type.Integer(),
    suppressed: count('Not sent by the wish of the person, or yours'),
    forgotten: count('Erased since'),
    failures: Type.Array(
      Type.Object({
        position: count('In `users`, from 0'),
        reason: Type.String({
          description: '`unknown_user`, `no_wechat`, `content_refused`, `expired`, `duplicate`: the same WeChat twice',
        }),
      }),
      { description: 'Users of whom no message was made. What becomes of messages is told by `message.…` events' },
    ),
    created_at: Type.String({ format: 'date-time' }),
    send_at: Type.Optional(Type.String({ format: 'date-time' })),
    finished_at: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { $id: 'Batch' },
)

const values = Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 1000 }))
const List = Type.Object(
  {
    users: Type.Array(
      Type.Union([
        Type.String({ minLength: 1, maxLength: 255 }),
        Type.Object(
          { user: Type.String({ minLength: 1, maxLength: 255 }), data: Type.Optional(values) },
          { additionalProperties: false },
        ),
      ]),
      {
        minItems: 1,
        maxItems: 10_000,
        description: '`us_…`, or your own ids; or `{"user": …, "data": {…}}` with values beside those for all',
      },
    ),
    template: Type.String({ minLength: 1, maxLength: 128, description: 'Its id or name, see GET /v1/templates' }),
    data: Type.Optional(values),
    ...tapSchemas,
    account: Type.Optional(Type.String({ pattern: '^wx[0-9a-z]{16}$', description: 'Else where each user follows' })),
    ...timeSchemas,
  },
  {
    additionalProperties: false,
    examples: [
      {
        users: ['us_k3v5…', { user: '42', data: { thing1: '普洱' } }],
        template: 'order_shipped',
        data: { thing1: '铁观音', time3: '2026年11月21日 15:01' },
      },
    ],
  },
)

const turns = {
  pause: 'Hold back what is not sent yet',
  resume: 'Go on with a batch that was paused',
  cancel: 'Take back what is not sent yet, for good',
} as const

export function batchRoutes(server: Server, deps: { batches: Batches; apps: Apps }): void {
  const { batches, apps } = deps
  const security = [{ apiKey: [] }]
  const tags = ['messages']

  server.post(
    '/v1/messages/batch',
    {
      preHandler: server.backend,
      bodyLimit,
      schema: {
        summary: 'Send a list of users a notice',
        description:
          'Up to 10 000 users, who become messages by and by. Every value is checked by WeChat’s rules first; users that are not known fail alone. Nobody gets it twice. `batch.finished` tells when nothing is under way any more, `batch.paused` that Hufu could not go on.',
        tags,
        security,
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
        body: List,
        response: { 202: Batch },
      },
    },
    async (request, reply) => {
      const { users, template, data, url, mini_program, account, send_at, not_after } = request.body
      const idempotencyKey = request.headers['idempotency-key']
      const batch = await batches.create(apps.get(request.appId), {
        users: users.map((user) => (typeof user === 'string' ? { user } : user)),
        template,
        data: data ?? {},
        ...(url !== undefined && { url }),
        ...(mini_program && { miniProgram: mini_program }),
        ...(account !== undefined && { account }),
        ...(send_at !== undefined && { sendAt: Date.parse(send_at) }),
        ...(not_after !== undefined && { notAfter: Date.parse(not_after) }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      })
      return reply.code(202).send(present(batch))
    },
  )
  server.get(
    '/v1/messages/batch/:id',
    {
      preHandler: server.backend,
      schema: { summary: 'How far a batch is', tags, security, params: idParams, response: { 200: Batch } },
    },
    async (request) => present(await batches.get(request.appId, request.params.id)),
  )
  for (const turn of ['pause', 'resume', 'cancel'] as const)
    server.post(
      `/v1/messages/batch/:id/${turn}`,
      {
        preHandler: server.backend,
        schema: { summary: turns[turn], tags, security, params: idParams, response: { 200: Batch } },
      },
      async (request) => present(await batches[turn](request.appId, request.params.id)),
    )
}

function present({ row, progress, failures }: BatchView) {
  const time = (name: 'send_at' | 'finished_at') =>
    row[name] === null ? {} : { [name]: new Date(row[name]).toISOString() }
  return {
    id: row.id,
    state: row.state,
    ...(row.reason && { reason: row.reason }),
    template: row.template,
    total: row.total,
    ...progress,
    failures,
    created_at: new Date(row.created_at).toISOString(),
    ...time('send_at'),
    ...time('finished_at'),
  }
}
