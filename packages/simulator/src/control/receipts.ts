import type { FastifyInstance } from 'fastify'
import { OUTCOMES } from '../receipts.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { readInput } from './input.ts'

const LONGEST_DELAY_MS = 3600_000

/** When receipts come, and how the next sends to somebody end. */
export function registerReceipts(app: FastifyInstance, world: World): void {
  app.get('/_sim/receipts', () => world.receipts.timing)

  app.post('/_sim/receipts', (request) => {
    const input = readInput(request)
    const { delay_ms, before_answer } = world.receipts.timing
    const delay = input.number('delay_ms') ?? delay_ms
    if (delay < 0 || delay > LONGEST_DELAY_MS)
      throw new Refusal(400, 'bad_field', `delay_ms must be 0 to ${LONGEST_DELAY_MS}`)
    world.receipts.timing = { delay_ms: delay, before_answer: input.flag('before_answer') ?? before_answer }
    return world.receipts.timing
  })

  app.post<{ Params: { id: string } }>('/_sim/people/:id/receipts', (request) => {
    const input = readInput(request)
    const person = world.people.get(request.params.id)
    const outcome = input.choice('status', OUTCOMES)
    if (outcome === undefined) throw new Refusal(400, 'bad_field', `status must be one of ${OUTCOMES.join(', ')}`)
    const times = input.number('times')
    if (times !== undefined && !(Number.isInteger(times) && times > 0))
      throw new Refusal(400, 'bad_field', 'times must be a whole number above 0')
    world.receipts.plan(world.accounts.get(input.requiredText('account')), person, outcome, times)
    return {}
  })
}
