import type { FlowView } from '../src/flows/flows.ts'
import type { Answer, Harness, NewFlow, Problem } from './harness.ts'

export interface Visitor {
  person: string
  phone: string
  email: string
}

export const password = 'correct horse'

export async function newVisitor(world: Harness): Promise<Visitor> {
  const person = await world.newPerson()
  const { phone, email } = await world.sim('GET', `/people/${person}`)
  return { person, phone, email }
}

/** A login that somebody confirmed on the phone. */
export async function scanned(
  world: Harness,
  visitor: Visitor,
  key = world.apiKey,
  body: object = {},
): Promise<NewFlow> {
  const flow = (await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login', ...body }, { key })).body
  await world.scan(visitor.person, flow.qr.content)
  await world.decide(visitor.person, 'confirm')
  return flow
}

export function register(
  world: Harness,
  flow: NewFlow,
  body: object,
): Promise<Answer<FlowView & Problem & { needs?: string }>> {
  return world.browser('POST', `/v1/flows/${flow.id}/registration`, flow.secret, body)
}

/** The newest code in the mailbox, or on the phone. */
export async function codeOf(world: Harness, visitor: Visitor, kind: 'email' | 'phone'): Promise<string> {
  await world.app.housekeep()
  return sentCodeOf(world, visitor, kind)
}

/** Where all that waited to be sent has been. */
export async function sentCodeOf(world: Harness, visitor: Visitor, kind: 'email' | 'phone'): Promise<string> {
  const messages = await (kind === 'email'
    ? world.sim('GET', `/mail?to=${visitor.email}`)
    : world.sim('GET', `/people/${visitor.person}/sms`))
  return /\b\d{6}\b/.exec(messages.at(-1)?.text ?? '')?.[0] ?? ''
}

export async function redeem(world: Harness, flow: NewFlow, key = world.apiKey) {
  const { completion_code } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const path = `/v1/flows/${flow.id}/redeem`
  return (await world.api<{ user: { id: string; is_new: boolean } | null }>('POST', path, { completion_code }, { key }))
    .body
}

/** Registers by e-mail from beginning to end. */
export async function registerByEmail(world: Harness, visitor: Visitor, key = world.apiKey): Promise<NewFlow> {
  const flow = await scanned(world, visitor, key)
  await register(world, flow, { email: visitor.email, password })
  await register(world, flow, { email: visitor.email, email_code: await codeOf(world, visitor, 'email') })
  return flow
}

export async function registerByPhone(world: Harness, visitor: Visitor, key = world.apiKey): Promise<NewFlow> {
  const flow = await scanned(world, visitor, key)
  await register(world, flow, { phone: visitor.phone })
  await register(world, flow, { phone: visitor.phone, sms_code: await codeOf(world, visitor, 'phone') })
  return flow
}
