import { fieldLimitOf } from '@hufu/wechat'
import { Type } from 'typebox'
import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import { foreignValues, ownHosts } from '../foreign-links.ts'
import type { Server } from '../http/server.ts'
import type { Template, Templates } from './templates.ts'

const Field = Type.Object({
  key: Type.String({ description: 'As `data` names it' }),
  label: Type.String({ description: 'What stands before the value on the phone' }),
  type: Type.String({
    description:
      '`thing`, `time`, `amount` …: what a value may say (see the guide); `free` has no rule that WeChat tells; `removed` is shown to nobody and must be left out',
  }),
  max_length: Type.Optional(Type.Integer({ description: 'Characters; most emoji count twice' })),
  values: Type.Optional(Type.Array(Type.String(), { description: 'All that a field of type `enum` may say' })),
})
const TemplateView = Type.Object(
  {
    id: Type.String({ description: 'WeChat’s template_id' }),
    account: Type.String({ description: 'appid' }),
    name: Type.Optional(Type.String({ description: 'What the operator calls it, on every account alike' })),
    kind: Type.Union([Type.Literal('template'), Type.Literal('subscription')]),
    one_time: Type.Optional(Type.Boolean({ description: 'A permission is good for one notice' })),
    title: Type.String(),
    content: Type.String(),
    example: Type.String(),
    fields: Type.Array(Field),
  },
  { $id: 'Template' },
)
const Filling = Type.Object(
  {
    account: Type.String({ pattern: '^wx[0-9a-z]{16}$' }),
    template: Type.String({ minLength: 1, maxLength: 128, description: 'Its id or name' }),
    data: Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false },
)
const Preview = Type.Object({
  title: Type.String(),
  lines: Type.Array(Type.String(), { description: 'As the phone shows them' }),
  errors: Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
    description: 'Why it would not be sent; empty where it would be',
  }),
  warnings: Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
    description: 'What is sent, and WeChat may refuse or show in part',
  }),
})

export function templateRoutes(
  server: Server,
  deps: { templates: Templates; accounts: Accounts; apps: Apps; publicUrl: () => string },
): void {
  const { templates, accounts, apps } = deps
  const common = { tags: ['messages'], security: [{ apiKey: [] }] }

  server.get(
    '/v1/templates',
    {
      preHandler: server.backend,
      schema: {
        summary: 'The templates that messages can be sent by, with their fields',
        description: 'As WeChat last told; asked again every hour, and by `hufu template sync`.',
        ...common,
        querystring: Type.Object({ account: Type.Optional(Type.String({ pattern: '^wx[0-9a-z]{16}$' })) }),
        response: { 200: Type.Object({ data: Type.Array(TemplateView), next_cursor: Type.Null() }) },
      },
    },
    async (request) => {
      const { account } = request.query
      if (account) accounts.get(account)
      const served = new Set(accounts.list().map(({ appid }) => appid))
      const data = (await templates.list(account)).filter(({ appid }) => served.has(appid)).map(present)
      return { data, next_cursor: null }
    },
  )
  server.post(
    '/v1/templates/preview',
    {
      preHandler: server.backend,
      schema: {
        summary: 'How a message would look, and what WeChat would refuse in it',
        description: 'Nothing is sent.',
        ...common,
        body: Filling,
        response: { 200: Preview },
      },
    },
    async (request) => {
      const { account, template: name, data } = request.body
      const template = await templates.get(account, name)
      return {
        title: template.title,
        lines: templates.preview(template, data),
        errors: [
          ...templates.lint(template, data),
          ...foreignValues(data, ownHosts(apps.get(request.appId), deps.publicUrl())),
        ],
        warnings: templates.warn(template, data),
      }
    },
  )
}

function present(template: Template) {
  const { appid, templateId, name, kind, title, content, example } = template
  return {
    id: templateId,
    account: appid,
    ...(name && { name }),
    kind,
    ...(kind === 'subscription' && { one_time: template.isOneTime }),
    title,
    content,
    example,
    fields: template.fields.map(({ key, label, type, values }) => {
      const limit = fieldLimitOf(type)
      return { key, label, type, ...(limit && { max_length: limit }), ...(values && { values: [...values] }) }
    }),
  }
}
