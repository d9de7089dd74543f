import type { Recipient } from './people.ts'
import type { Stage } from './stages.ts'

export const templateSend = '/cgi-bin/message/template/send'

export interface Reckoning {
  /** State and reason of every message, as Hufu tells it. */
  states: Record<string, number>
  /** Messages that WeChat took; it shows each of them to somebody. */
  taken: number
  /** Of those that Hufu calls unknown: taken by WeChat, or not. */
  unknownTaken: number
  unknown: string[]
  violations: string[]
}

interface Row {
  id: string
  state: string
  reason: string | null
}

/** Hufu's states against WeChat's own books. */
export async function reckon(
  stage: Stage,
  sent: ReadonlyMap<string, { recipient: Recipient; number: number }>,
): Promise<Reckoning> {
  const violations: string[] = []
  const times = new Map<string, number>()
  const last = new Map<string, number>()
  for (const { api, touser, data } of stage.simulator.world.ledger.sends.list()) {
    if (api !== templateSend) continue
    const number = Number((data as { character_string1: { value: string } }).character_string1.value)
    const key = `${touser} ${number}`
    times.set(key, (times.get(key) ?? 0) + 1)
    if (times.get(key) === 1 && number < (last.get(touser) ?? -1))
      violations.push(`order: ${touser} got ${number} after ${last.get(touser)}`)
    last.set(touser, Math.max(number, last.get(touser) ?? -1))
  }
  for (const [key, count] of times) if (count > 1) violations.push(`double: ${key} ${count} times`)
  const rows = (await stage.sql(`SELECT id, state, reason FROM messages WHERE via = 'template'`)) as unknown as Row[]
  const states: Record<string, number> = {}
  const unknown: string[] = []
  let unknownTaken = 0
  const seen = new Set<string>()
  for (const { id, state, reason } of rows) {
    const name = reason ? `${state} ${reason}` : state
    states[name] = (states[name] ?? 0) + 1
    seen.add(id)
    const one = sent.get(id)
    if (!one) {
      violations.push(`extra: ${id} was asked for by nobody`)
      continue
    }
    const isTaken = times.has(`${one.recipient.openid} ${one.number}`)
    if (state === 'ready' || state === 'sending') violations.push(`not final: ${id} is ${state}`)
    if (state === 'sent' && !isTaken) violations.push(`lost: ${id} is told as sent, and WeChat never took it`)
    if (state === 'failed' && isTaken) violations.push(`taken: ${id} is told as failed (${reason}), and WeChat has it`)
    if (state !== 'unknown') continue
    unknown.push(id)
    if (isTaken) unknownTaken++
  }
  for (const id of sent.keys()) if (!seen.has(id)) violations.push(`lost: ${id} was accepted and is gone`)
  return { states, taken: times.size, unknown, unknownTaken, violations }
}
