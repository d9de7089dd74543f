import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { idParams, type Server } from '../http/server.ts'
import type { Db } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import type { ConflictRow, Conflicts } from './conflicts.ts'

const Conflict = Type.Object(
  {
    id: Type.String(),
    reason: Type.String({
      description: '`wechat_already_bound`, `user_already_bound`, or `same_person`, found by its id only',
    }),
    state: Type.String({ description: '`open`, `asked`, `refused`, `moved` or `undone`' }),
    account: Type.String({ description: 'appid' }),
    flow_id: Type.Optional(Type.String()),
    user_id: Type.Optional(Type.String({ description: 'Your user who has what is wanted' })),
    other_user_id: Type.Optional(Type.String({ description: 'Your user on the other side, if there is one' })),
    display_name: Type.Optional(Type.String({ description: 'Masked: the account that was to be linked' })),
    released: Type.Boolean(),
    seen: Type.Integer({ description: 'How often it was met' }),
    created_at: Type.String({ format: 'date-time' }),
    moved_at: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { $id: 'Conflict' },
)

export function conflictRoutes(server: Server, deps: { conflicts: Conflicts; users: Users; apps: Apps; db: Db }): void {
  const { conflicts, users, apps, db } = deps
  const security = [{ apiKey: [] }]
  const tags = ['conflicts']

  function mayUse(request: FastifyRequest): string {
    if (apps.get(request.appId).scopes.includes('conflicts')) return request.appId
    throw new DomainError('scope_missing', 'Let the operator add the scope: hufu app set … --scope conflicts')
  }

  async function present(row: ConflictRow, appId: string) {
    const user = await users.findPublicId(db, appId, row.user_id)
    const other = row.other_user_id === null ? undefined : await users.findPublicId(db, appId, row.other_user_id)
    return {
      id: row.id,
      reason: row.reason,
      state: row.state,
      account: row.appid,
      ...(row.flow_id && { flow_id: row.flow_id }),
      ...(user && { user_id: user }),
      ...(other && { other_user_id: other }),
      ...(row.display_name && { display_name: row.display_name }),
      released: row.allowed_at !== null,
      seen: row.seen,
      created_at: new Date(row.created_at).toISOString(),
      ...(row.moved_at !== null && { moved_at: new Date(row.moved_at).toISOString() }),
    }
  }

  server.get(
    '/v1/conflicts',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Who wanted what belongs to somebody else',
        description: 'The newest first, of 30 days. For apps with the scope `conflicts`.',
        tags,
        security,
        querystring: Type.Object(
          {
            cursor: Type.Optional(Type.String({ pattern: '^cf_[a-z2-7]{26}$' })),
            limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, default 50' })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            data: Type.Array(Conflict),
            next_cursor: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
          }),
        },
      },
    },
    async (request) => {
      const appId = mayUse(request)
      const { cursor } = request.query
      const limit = Number(request.query.limit ?? 50)
      const after = cursor === undefined ? undefined : await conflicts.get(cursor, appId)
      const rows = await conflicts.list({ appId, after, limit })
      const data = await Promise.all(rows.map((row) => present(row, appId)))
      return { data, next_cursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null }
    },
  )
  server.get(
    '/v1/conflicts/:id',
    {
      preHandler: server.backend,
      schema: { summary: 'One of them', tags, security, params: idParams, response: { 200: Conflict } },
    },
    async (request) => {
      const appId = mayUse(request)
      return present(await conflicts.get(request.params.id, appId), appId)
    },
  )
  const acts = [
    {
      path: 'release',
      summary: 'Let the WeChat of your former user go',
      description:
        'Only for a user who came into being by WeChat alone and has nothing to lose at your site. The person has to have asked, and scans once more.',
      act: (appId: string, id: string) => conflicts.release(appId, id),
    },
    {
      path: 'undo',
      summary: 'Undo a move',
      description: 'Within 24 hours, and while nothing of it has been changed again.',
      act: (appId: string, id: string) => conflicts.undo(id, appId),
    },
  ]
  for (const { path, summary, description, act } of acts) {
    server.post(
      `/v1/conflicts/:id/${path}`,
      {
        preHandler: server.backend,
        schema: { summary, description, tags, security, params: idParams, response: { 200: Conflict } },
      },
      async (request) => {
        const appId = mayUse(request)
        await act(appId, request.params.id)
        return present(await conflicts.get(request.params.id, appId), appId)
      },
    )
  }
}
