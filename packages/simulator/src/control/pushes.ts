import type { FastifyInstance } from 'fastify'
import type { Account } from '../accounts.ts'
import { isJson, type Json } from '../api/calls.ts'
import { readQuery } from '../api/routes.ts'
import type { Person } from '../people.ts'
import * as documents from '../pushes/documents.ts'
import type { Order, Push } from '../pushes/engine.ts'
import { buildMutated, MUTATIONS } from '../pushes/mutations.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { writeXml, type XmlFields, type XmlValue } from '../xml.ts'
import { type Input, readInput } from './input.ts'

const UNKNOWN_OPENID = 'oSimulatedUnknownPerson00000'
const BARE_NUMBERS = new Set(['CreateTime', 'MsgId', 'MsgID'])

function readValue(name: string, value: unknown): XmlValue {
  if (typeof value === 'string') return BARE_NUMBERS.has(name) && /^\d+$/.test(value) ? BigInt(value) : value
  if (typeof value === 'number') return value
  if (Array.isArray(value) && value.every(isJson)) return value.map(readFields)
  if (isJson(value)) return readFields(value)
  throw new Refusal(400, 'bad_field', `event.${name} must be a string, a number, an object or a list of objects`)
}

function readFields(value: Json): XmlFields {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readValue(name, one)]))
}

function readMutations(input: Input): string[] {
  const { mutate } = input.body
  const names: unknown[] = mutate === undefined ? [] : Array.isArray(mutate) ? mutate : [mutate]
  return names.map((name) => {
    if (typeof name !== 'string' || !MUTATIONS.includes(name))
      throw new Refusal(400, 'bad_mutation', `mutate knows ${MUTATIONS.join(', ')}`)
    return name
  })
}

type Document = { event: string; bytes: Buffer }

function readDocuments(input: Input, envelope: documents.Envelope): Document[] {
  const { event, events, xml } = input.body
  if (typeof xml === 'string') {
    const name = /<Event>(?:<!\[CDATA\[)?(\w+)/.exec(xml)?.[1] ?? 'xml'
    return [{ event: name, bytes: Buffer.from(xml) }]
  }
  const list: unknown[] = Array.isArray(events) ? events : [event]
  return list.map((one, n) => {
    if (!isJson(one)) throw new Refusal(400, 'bad_field', 'event, events or xml must be given')
    const fields = documents.custom({ ...envelope, seconds: envelope.seconds + n }, readFields(one))
    return { event: documents.eventName(fields), bytes: Buffer.from(writeXml(fields)) }
  })
}

export function registerPushes(app: FastifyInstance, world: World): void {
  app.get('/_sim/pushes', (request) => world.pushes.list(readQuery(request.query).account))

  app.get<{ Params: { id: string } }>('/_sim/pushes/:id', (request) => {
    const push = world.pushes.find(request.params.id)
    if (push === undefined) throw new Refusal(404, 'unknown_push', 'there is no such push (any more)')
    return push
  })

  app.post('/_sim/push', async (request) => {
    const input = readInput(request)
    const account = world.accounts.get(input.requiredText('account'))
    const personId = input.text('person')
    const person = personId === undefined ? undefined : world.people.get(personId)
    const pushes = await deliver(world, account, person, input)
    return { push: pushes[0]?.id ?? null, pushes }
  })
}

async function deliver(world: World, account: Account, person: Person | undefined, input: Input): Promise<Push[]> {
  const names = readMutations(input)
  const openid = person ? world.people.openid(account, person) : (input.text('openid') ?? UNKNOWN_OPENID)
  const found = readDocuments(input, { account, openid, seconds: world.clock.seconds() })
  if (names.includes('reorder')) found.reverse()
  const repeated = names.includes('reencrypt') ? found.flatMap((one) => [one, one, one]) : found
  const pushes: Push[] = []
  for (const { event, bytes } of repeated) {
    const mutated: Partial<Order> = names.length > 0 ? mutate(world, account, openid, bytes, names) : {}
    const order: Order = { account, event, document: bytes, openid, ...(person && { person }), ...mutated }
    pushes.push(await world.pushes.deliver(order).settled)
  }
  return pushes
}

/** Tried once and shown to nobody; a duplicate goes out three times at once. */
function mutate(world: World, account: Account, openid: string, document: Buffer, names: string[]): Partial<Order> {
  const duplicate = names.includes('duplicate')
  const build = () => buildMutated({ account, document, openid, names, clock: world.clock })
  return { hidden: true, attempts: duplicate ? 3 : 1, concurrent: duplicate, build }
}
