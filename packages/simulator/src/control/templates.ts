import type { FastifyInstance } from 'fastify'
import { isJson } from '../api/calls.ts'
import { Refusal } from '../refusals.ts'
import type { NewTemplate, Template } from '../templates/templates.ts'
import type { World } from '../world.ts'
import { type Input, readInput } from './input.ts'

type AccountRoute = { Params: { appid: string } }

const KINDS = ['template', 'subscribe'] as const

function readEnums(value: unknown): Record<string, string[]> {
  const isTexts = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((one) => typeof one === 'string')
  const entries = isJson(value) ? Object.entries(value) : []
  if (!isJson(value) || !entries.every(([, list]) => isTexts(list)))
    throw new Refusal(400, 'bad_field', 'enums must be an object of lists of strings')
  return Object.fromEntries(entries.map(([key, list]) => [key, isTexts(list) ? list : []]))
}

function readTemplate(input: Input): NewTemplate {
  const { type, enums } = input.body
  if (type !== undefined && type !== 2 && type !== 3)
    throw new Refusal(400, 'bad_field', 'type must be 2 (one-time) or 3 (long-term)')
  const given = {
    template_id: input.text('template_id'),
    example: input.text('example'),
    primary_industry: input.text('primary_industry'),
    deputy_industry: input.text('deputy_industry'),
    type,
    enums: enums === undefined ? undefined : readEnums(enums),
  }
  return {
    kind: input.choice('kind', KINDS) ?? 'template',
    title: input.requiredText('title'),
    content: input.requiredText('content'),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}

function ofBothKinds(world: World, appid: string): Template[] {
  const account = world.accounts.get(appid)
  return KINDS.flatMap((kind) => world.templates.list(account, kind))
}

/** Templates without the library: what a console, or years of use, would have put there. */
export function registerTemplates(app: FastifyInstance, world: World): void {
  app.get<AccountRoute>('/_sim/accounts/:appid/templates', (request) => ofBothKinds(world, request.params.appid))

  app.post<AccountRoute>('/_sim/accounts/:appid/templates', (request) => {
    const template = readTemplate(readInput(request))
    return world.templates.add(world.accounts.get(request.params.appid), template)
  })

  app.delete<{ Params: { appid: string; id: string } }>('/_sim/accounts/:appid/templates/:id', (request) => {
    const { appid, id } = request.params
    const template = ofBothKinds(world, appid).find(({ template_id }) => template_id === id)
    if (template === undefined) throw new Refusal(404, 'unknown_template', 'there is no such template')
    world.templates.remove(world.accounts.get(appid), template)
    return {}
  })
}
