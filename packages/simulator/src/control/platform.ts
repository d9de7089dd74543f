import type { FastifyInstance } from 'fastify'
import { readQuery } from '../api/routes.ts'
import type { Code } from '../codes.ts'
import { FAULT_KINDS, type Fault } from '../faults.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { readInput } from './input.ts'

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Codes, logs, faults and the clock. */
export function registerPlatform(app: FastifyInstance, world: World): void {
  const viewCode = (code: Code) => ({
    content: code.content,
    ticket: code.ticket,
    account: code.appid,
    account_name: world.accounts.find(code.appid)?.name ?? '',
    scene: code.scene,
    permanent: code.permanent,
    expires_at: code.expiresAt === null ? null : iso(code.expiresAt),
    created_at: iso(code.createdAt),
  })

  app.get('/_sim/codes', (request) => world.codes.recent(readQuery(request.query).account).map(viewCode))
  app.get('/_sim/calls', () => world.ledger.calls())
  app.get('/_sim/sends', (request) => {
    const { account, touser } = readQuery(request.query)
    return world.ledger.sends
      .list()
      .filter((send) => (account ?? send.account) === send.account && (touser ?? send.touser) === send.touser)
  })
  registerFaults(app, world)
  registerClock(app, world)
}

function registerFaults(app: FastifyInstance, world: World): void {
  app.get('/_sim/faults', () => world.faults.list())
  app.delete('/_sim/faults', () => {
    world.faults.clear()
    return []
  })
  app.post('/_sim/faults', (request) => {
    const input = readInput(request)
    const kind = input.choice('kind', FAULT_KINDS)
    if (kind === undefined) throw new Refusal(400, 'bad_field', `kind must be one of ${FAULT_KINDS.join(', ')}`)
    const given = {
      path: input.text('path'),
      errcode: input.number('errcode'),
      status: input.number('status'),
      ms: input.number('ms'),
      times: input.number('times'),
      rate: input.number('rate'),
    }
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    const fault: Fault = { kind, ...known }
    world.faults.add(fault)
    return world.faults.list()
  })
}

function registerClock(app: FastifyInstance, world: World): void {
  const view = () => ({ offset_ms: world.clock.offset, now: iso(world.clock.now()) })
  app.get('/_sim/clock', view)
  app.post('/_sim/clock', (request) => {
    const offset = readInput(request).number('offset_ms')
    if (offset === undefined) throw new Refusal(400, 'bad_field', 'offset_ms must be a number')
    world.clock.shift(offset)
    return view()
  })
  app.post('/_sim/reset', () => {
    world.reset()
    return {}
  })
}
