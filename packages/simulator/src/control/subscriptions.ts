import type { FastifyInstance } from 'fastify'
import { readQuery } from '../api/routes.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { type Input, readInput } from './input.ts'
import { pushOf } from './people.ts'

type PersonRoute = { Params: { id: string } }

function readIds(input: Input): string[] {
  const { template_ids } = input.body
  const ids: unknown[] = Array.isArray(template_ids) ? template_ids : []
  const texts = ids.filter((id) => typeof id === 'string')
  if (texts.length === 0 || texts.length !== ids.length)
    throw new Refusal(400, 'bad_field', 'template_ids must be a list of strings')
  return texts
}

function requiredFlag(input: Input, name: string): boolean {
  const flag = input.flag(name)
  if (flag === undefined) throw new Refusal(400, 'bad_field', `${name} must be true or false`)
  return flag
}

/** What a person allows: the popup and its answer, the settings of each notice, and refusing an account's messages. */
export function registerSubscriptions(app: FastifyInstance, world: World): void {
  app.post<PersonRoute>('/_sim/people/:id/subscription', async (request) => {
    const input = readInput(request)
    const person = world.people.get(request.params.id)
    const account = world.accounts.get(input.requiredText('account'))
    const ids = readIds(input)
    const accept = requiredFlag(input, 'accept')
    if (input.choice('from', ['popup', 'article', 'settings']) === 'settings')
      return { push: await pushOf(request, world.subscriptions.set(person, account, ids, accept)) }
    const scene = input.text('from') === 'article' ? 2 : 1
    return { push: await pushOf(request, world.subscriptions.answer(person, account, ids, { accept, scene })) }
  })

  app.get<PersonRoute>('/_sim/people/:id/subscriptions', (request) => {
    const person = world.people.get(request.params.id)
    const { account } = readQuery(request.query)
    const accounts = world.accounts.list().filter(({ appid }) => account === undefined || appid === account)
    return accounts.flatMap((one) =>
      world.templates.list(one, 'subscribe').map((template) => {
        const { left, standing, off } = world.subscriptions.permission(person, template)
        const { template_id, title, type } = template
        return { account: one.appid, template_id, title, type, left, standing, off }
      }),
    )
  })

  app.get<PersonRoute>('/_sim/people/:id/popup', (request, reply) => {
    const popup = world.subscriptions.popup(world.people.get(request.params.id))
    return popup ?? reply.type('application/json').send('null')
  })
  app.post<PersonRoute>('/_sim/people/:id/popup', (request) =>
    world.subscriptions.ask(world.people.get(request.params.id), readIds(readInput(request))),
  )

  app.post<PersonRoute>('/_sim/people/:id/refuse', (request) => {
    const input = readInput(request)
    const person = world.people.get(request.params.id)
    world.people.refuse(world.accounts.get(input.requiredText('account')), person, requiredFlag(input, 'refuse'))
    return { refuses: [...person.refuses] }
  })
}
