import type { Menu } from '@hufu/wechat'
import { Type } from 'typebox'
import type { Apps } from '../apps/apps.ts'
import { accountParams, type Server } from '../http/server.ts'
import type { MenuState, Menus } from './menus.ts'

/** WeChat's own JSON, which operators have from elsewhere; its limits are checked by one reader, wherever it comes from. */
const MenuBody = Type.Object(
  {
    button: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      description: 'As WeChat’s menu/create takes it: 1 to 3 buttons, each an act or 1 to 5 of its own',
    }),
  },
  { additionalProperties: false },
)
const MenuView = Type.Object(
  {
    draft: Type.Optional(Type.Unsafe<Menu>(MenuBody)),
    saved_at: Type.Optional(Type.String({ format: 'date-time' })),
    published: Type.Optional(Type.Unsafe<Menu>(MenuBody)),
    published_at: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { $id: 'Menu' },
)

export function menuRoutes(server: Server, deps: { menus: Menus; apps: Apps }): void {
  const { menus, apps } = deps
  const common = { tags: ['accounts'], security: [{ apiKey: [] }], params: accountParams, response: { 200: MenuView } }

  server.get(
    '/v1/accounts/:appid/menu',
    { preHandler: server.backend, schema: { summary: 'The account’s menu: draft, and what phones show', ...common } },
    async (request) => {
      apps.mayWrite(request.appId, request.params.appid)
      return present(await menus.get(request.params.appid))
    },
  )
  server.put(
    '/v1/accounts/:appid/menu',
    {
      preHandler: server.backend,
      schema: { summary: 'Keep a draft of the menu', description: 'Scope `replies`.', ...common, body: MenuBody },
    },
    async (request) => {
      apps.mayWrite(request.appId, request.params.appid)
      return present(await menus.save(request.params.appid, request.body))
    },
  )
  server.post(
    '/v1/accounts/:appid/menu/publish',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Give the draft to WeChat',
        description: 'Phones show it within five minutes, or when they open the chat anew. Scope `replies`.',
        ...common,
      },
    },
    async (request) => {
      apps.mayWrite(request.appId, request.params.appid)
      return present(await menus.publish(request.params.appid))
    },
  )
  server.delete(
    '/v1/accounts/:appid/menu',
    {
      preHandler: server.backend,
      schema: { summary: 'Take the menu away from the phones; the draft stays', ...common },
    },
    async (request) => {
      apps.mayWrite(request.appId, request.params.appid)
      return present(await menus.withdraw(request.params.appid))
    },
  )
}

function present({ draft, savedAt, published, publishedAt }: MenuState) {
  return {
    ...(draft && { draft }),
    ...(savedAt !== undefined && { saved_at: new Date(savedAt).toISOString() }),
    ...(published && { published }),
    ...(publishedAt !== undefined && { published_at: new Date(publishedAt).toISOString() }),
  }
}
