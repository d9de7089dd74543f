import { Type } from 'typebox'
import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import { accountParams, type Server } from '../http/server.ts'
import type { ReplyRules } from './rules.ts'

const fields = {
  kind: Type.Union([Type.Literal('exact'), Type.Literal('contains'), Type.Literal('click'), Type.Literal('any')], {
    description:
      'What was written is a keyword, or contains one; a menu button with that key was tapped; or anything else was written',
  }),
  keywords: Type.Array(Type.String({ maxLength: 128 }), {
    maxItems: 20,
    description: 'Capitals and full-width letters make no difference; keys of buttons count letter by letter',
  }),
  text: Type.String({
    minLength: 1,
    maxLength: 2048,
    description: '`{link}` or `{link:ap_…}` becomes a one-time link for the person who is answered',
  }),
}
const NewRule = Type.Object(
  {
    ...fields,
    priority: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000, description: 'The highest is tried first' })),
  },
  { additionalProperties: false },
)
const Rule = Type.Object({ id: Type.String(), ...fields, priority: Type.Integer() }, { $id: 'ReplyRule' })
const ruleParams = Type.Object({ ...accountParams.properties, id: Type.String({ pattern: '^rr_[a-z2-7]{26}$' }) })
const Welcome = Type.Object({
  welcome: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    maxLength: 2048,
    description: 'What new followers are told; null: the built-in greeting',
  }),
})

export function replyRoutes(server: Server, deps: { rules: ReplyRules; accounts: Accounts; apps: Apps }): void {
  const { rules, accounts, apps } = deps
  const common = { tags: ['accounts'], security: [{ apiKey: [] }], description: 'Scope `replies`.' }

  server.get(
    '/v1/accounts/:appid/replies',
    {
      preHandler: server.backend,
      schema: {
        summary: 'What the account answers by itself, in the order in which it is tried',
        ...common,
        params: accountParams,
        response: {
          200: Type.Object({ ...Welcome.properties, data: Type.Array(Rule), next_cursor: Type.Null() }),
        },
      },
    },
    async (request) => {
      const { appid } = request.params
      apps.mayWrite(request.appId, appid)
      return { welcome: accounts.get(appid).welcome ?? null, data: rules.list(appid), next_cursor: null }
    },
  )
  server.post(
    '/v1/accounts/:appid/replies',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Add a reply rule',
        ...common,
        params: accountParams,
        body: NewRule,
        response: { 201: Rule },
      },
    },
    async (request, reply) => {
      apps.mayWrite(request.appId, request.params.appid)
      return reply.code(201).send(await rules.add(request.params.appid, request.body))
    },
  )
  server.put(
    '/v1/accounts/:appid/replies/welcome',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Set what new followers are told',
        ...common,
        params: accountParams,
        body: Type.Object(Welcome.properties, { additionalProperties: false }),
        response: { 200: Welcome },
      },
    },
    async (request) => {
      apps.mayWrite(request.appId, request.params.appid)
      return { welcome: (await rules.setWelcome(request.params.appid, request.body.welcome)).welcome ?? null }
    },
  )
  server.put(
    '/v1/accounts/:appid/replies/:id',
    {
      preHandler: server.backend,
      schema: {
        summary: 'Replace a reply rule',
        ...common,
        params: ruleParams,
        body: NewRule,
        response: { 200: Rule },
      },
    },
    async (request) => {
      const { appid, id } = request.params
      apps.mayWrite(request.appId, appid)
      return rules.change(appid, id, request.body)
    },
  )
  server.delete(
    '/v1/accounts/:appid/replies/:id',
    {
      preHandler: server.backend,
      schema: { summary: 'Remove a reply rule', ...common, params: ruleParams, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const { appid, id } = request.params
      apps.mayWrite(request.appId, appid)
      await rules.remove(appid, id)
      return reply.code(204).send(null)
    },
  )
}
