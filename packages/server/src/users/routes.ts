import { Type } from 'typebox'
import { externalUserIdSchema, idParams, type Server } from '../http/server.ts'
import type { AppUser, Users } from './users.ts'

const User = Type.Object(
  {
    id: Type.String(),
    external_user_id: Type.Optional(Type.String()),
    created_at: Type.String({ format: 'date-time' }),
    accounts: Type.Array(Type.String(), { description: 'appids of the Official Accounts this person is linked with' }),
  },
  { $id: 'User' },
)

const Export = Type.Unsafe<Record<string, unknown>>(
  Type.Object(
    {
      id: Type.String(),
      external_user_id: Type.Optional(Type.String()),
      created_at: Type.String({ format: 'date-time' }),
      identities: Type.Array(
        Type.Object({ kind: Type.String(), since: Type.String() }, { additionalProperties: true }),
      ),
      events: Type.Array(Type.Object({}, { additionalProperties: true })),
    },
    { $id: 'UserExport', additionalProperties: true },
  ),
)

export function userRoutes(server: Server, deps: { users: Users }): void {
  const { users } = deps
  const security = [{ apiKey: [] }]

  server.get(
    '/v1/users',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Find a user by your own id',
        tags: ['users'],
        security,
        querystring: Type.Object({ external_user_id: externalUserIdSchema }, { additionalProperties: false }),
        response: { 200: Type.Object({ data: Type.Array(User), next_cursor: Type.Null() }) },
      },
    },
    async (request) => {
      const found = await users.findByExternal(request.appId, request.query.external_user_id)
      return { data: found ? [present(found)] : [], next_cursor: null }
    },
  )
  server.get(
    '/v1/users/:id',
    {
      preHandler: server.backend,
      schema: { summary: 'Look up a user', tags: ['users'], security, params: idParams, response: { 200: User } },
    },
    async (request) => present(await users.get(request.appId, request.params.id)),
  )
  server.put(
    '/v1/users/:id/external_user_id',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Attach your own id to a user',
        tags: ['users'],
        security,
        params: idParams,
        body: Type.Object({ external_user_id: externalUserIdSchema }, { additionalProperties: false }),
        response: { 200: User },
      },
    },
    async (request) =>
      present(await users.setExternal(request.appId, request.params.id, request.body.external_user_id)),
  )
  server.get(
    '/v1/users/:id/export',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Everything that Hufu keeps of your user for you',
        description:
          'Your part of the person, for somebody who asks for their data. What other sites know is not in it.',
        tags: ['users'],
        security,
        params: idParams,
        response: { 200: Export },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return users.export(request.appId, request.params.id)
    },
  )
  server.delete(
    '/v1/users/:id',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Delete your user',
        description:
          'Your part of the person: your own id of them, their flows, what your feed said of them. A person with no other site and no credential of their own is erased. Cannot be undone.',
        tags: ['users'],
        security,
        params: idParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await users.delete(request.appId, request.params.id)
      return reply.code(204).send(null)
    },
  )
  server.delete(
    '/v1/users/:id/binding',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Unlink your user from the WeChat',
        tags: ['users'],
        security,
        params: idParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await users.unlink(request.appId, request.params.id)
      return reply.code(204).send(null)
    },
  )
}

function present(user: AppUser) {
  return {
    id: user.id,
    ...(user.externalUserId !== undefined && { external_user_id: user.externalUserId }),
    created_at: new Date(user.createdAt).toISOString(),
    accounts: user.accounts,
  }
}
