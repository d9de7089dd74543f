import type { FastifyInstance } from 'fastify'
import { isJson } from '../api/calls.ts'
import { readQuery } from '../api/routes.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { readInput } from './input.ts'

/** Text messages and mails: `POST /_sim/sms` is a gateway, as an operator's would be. */
export function registerMessages(app: FastifyInstance, world: World): void {
  app.post('/_sim/sms', (request) => {
    const { body } = readInput(request)
    const { to, text } = isJson(body.data) ? body.data : body
    if (typeof to !== 'string' || !/^\+[1-9]\d{6,14}$/.test(to) || typeof text !== 'string')
      throw new Refusal(400, 'bad_field', 'to must be a number such as +8613800138000, text a string')
    world.texts.deliver(to, text)
    return {}
  })
  app.get<{ Params: { id: string } }>('/_sim/people/:id/sms', (request) =>
    world.texts.list(world.people.get(request.params.id).phone),
  )
  app.get('/_sim/mail', (request) => world.mailbox.list(readQuery(request.query).to))
  app.get('/_sim/mail/server', () => ({ url: world.mailbox.url }))
}
