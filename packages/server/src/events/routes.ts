import { Type } from 'typebox'
import type { Server } from '../http/server.ts'
import type { Event as AppEvent, Events } from './events.ts'

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

/** The message whose words belong to the event, if there are any. */
function worded({ type, data }: AppEvent): string | undefined {
  return type === 'follower.message' && data.message_type === 'text' ? String(data.message_id) : undefined
}

export function eventRoutes(
  server: Server,
  deps: {
    events: Events
    /** What the app's users wrote, by the ids of their messages: no event keeps it. */
    wordsOf(appId: string, messageIds: string[]): Promise<Map<string, string>>
    closing: AbortSignal
  },
): void {
  server.get(
    '/v1/events',
    {
      preHandler: server.backend,
      schema: {
        summary: 'The app’s event feed',
        description:
          'In order, replayable for 30 days. Keep the id of the last event you handled and pass it as `after`. The `text` of a `follower.message` is there for a week, and only while the person follows.',
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
      const words = await deps.wordsOf(
        request.appId,
        data.flatMap((event) => worded(event) ?? []),
      )
      for (const event of data) {
        const text = words.get(worded(event) ?? '')
        if (text !== undefined) event.data.text = text
      }
      return { data, next_cursor: data.at(-1)?.id ?? after ?? null }
    },
  )
}
