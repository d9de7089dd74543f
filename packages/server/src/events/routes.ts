import { Type } from 'typebox'
import type { Server } from '../http/server.ts'
import type { Events } from './events.ts'

const Event = Type.Object(
  {
    id: Type.String(),
    type: Type.String({ description: 'Such as `binding.created`; ignore types you do not know' }),
    at: Type.String({ format: 'date-time' }),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  { $id: 'Event' },
)

const longestWaitSeconds = 25

export function eventRoutes(server: Server, deps: { events: Events; closing: AbortSignal }): void {
  server.get(
    '/v1/events',
    {
      preHandler: server.backend,
      schema: {
        summary: 'The app’s event feed',
        description:
          'In order, replayable for 30 days. Keep the id of the last event you handled and pass it as `after`.',
        tags: ['events'],
        security: [{ apiKey: [] }],
        querystring: Type.Object(
          {
            after: Type.Optional(Type.String({ maxLength: 32 })),
            limit: Type.Optional(
              Type.String({ pattern: '^([1-9][0-9]{0,2}|1000)$', description: '1 to 1000, default 100' }),
            ),
            wait: Type.Optional(
              Type.String({ pattern: '^[0-9]{1,2}$', description: 'Seconds, at most 25: hold an empty answer' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            data: Type.Array(Event),
            next_cursor: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
          }),
        },
      },
    },
    async (request) => {
      const { after, limit, wait } = request.query
      const gone = new AbortController()
      request.raw.once('close', () => gone.abort())
      const data = await deps.events.list(request.appId, {
        after,
        limit: Number(limit ?? 100),
        waitMs: Math.min(Number(wait ?? 0), longestWaitSeconds) * 1000,
        signal: AbortSignal.any([gone.signal, deps.closing]),
      })
      return { data, next_cursor: data.at(-1)?.id ?? after ?? null }
    },
  )
}
