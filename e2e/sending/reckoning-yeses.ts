import { call } from '../faults/calls.ts'
import type { Stage } from './stages.ts'
import type { Said } from './yeses.ts'

export const oneTimeSend = '/cgi-bin/message/template/subscribe'

export interface ReckonedYeses {
  /** What the site was told, by how often. */
  told: Record<string, number>
  violations: string[]
}

/** What the site was told, against what people pressed and what WeChat took. */
export async function reckonYeses(stage: Stage, said: readonly Said[]): Promise<ReckonedYeses> {
  const violations: string[] = []
  const told: Record<string, number> = {}
  const taken = new Map<string, number>()
  for (const { api, data } of stage.simulator.world.ledger.sends.list()) {
    if (api !== oneTimeSend) continue
    const content = (data as { content: { value: string } }).content.value
    taken.set(content, (taken.get(content) ?? 0) + 1)
  }
  const events = await eventsOf(stage)
  const heard = (name: string) => {
    told[name] = (told[name] ?? 0) + 1
  }
  const get = async (path: string) => (await call('GET', `${stage.url}/v1/${path}`, { bearer: stage.apiKey })).body

  async function reckonMessages({ recipient, messages }: Said): Promise<void> {
    let used = 0
    for (const { id, content } of messages) {
      const { state, reason, wechat_errcode } = await get(`messages/${id}`)
      heard(`message ${reason ?? state}`)
      const times = taken.get(content) ?? 0
      if (times > 1) violations.push(`double: ${id} was sent ${times} times`)
      if (state === 'accepted' && times === 0) violations.push(`lost: ${id} is told as accepted, and WeChat has none`)
      if (state === 'failed' && times > 0) violations.push(`wrong: ${id} is told as failed, and WeChat took it`)
      if (wechat_errcode === 43101) violations.push(`twice: ${id} was sent by a permission that was used up`)
      const ends = events.get(id) ?? []
      if (ends.length !== 1 || ends[0] !== `message.${state}`)
        violations.push(`feed: ${id} is ${state}, and told as ${ends.join(', ') || 'nothing'}`)
      if (state === 'accepted' || state === 'unknown') used++
    }
    const { data } = await get(`users/${recipient.user}/reach`)
    const [left] = data.flatMap((one: { one_time: { remaining: number }[] }) => one.one_time)
    const counted = used + (left?.remaining ?? 0)
    if (counted !== 1)
      violations.push(`permission: of one of ${recipient.user} ${used} are used and ${counted - used} left`)
  }

  function reckonApproval({ approval: { flow, pressed, heard: end } }: Said): void {
    heard(`approval ${end}`)
    const decided = (events.get(flow) ?? []).filter((type) => /\.(confirmed|declined|completed)$/.test(type)).sort()
    const [expected, told] =
      pressed === 'confirm' ? ['completed', 'flow.completed, flow.confirmed'] : (['declined', 'flow.declined'] as const)
    if (end !== expected) violations.push(`approval: ${flow} was answered by ${pressed}, and the site heard ${end}`)
    if (decided.join(', ') !== told) violations.push(`feed: ${flow} was answered by ${pressed}, and told as ${decided}`)
  }

  for (const one of said) {
    await reckonMessages(one)
    reckonApproval(one)
  }
  return { told, violations }
}

/** What the feed tells of each message and flow. */
async function eventsOf(stage: Stage): Promise<Map<string, string[]>> {
  const all = new Map<string, string[]>()
  for (const { type, data } of await stage.sql('SELECT type, data FROM events')) {
    const { message_id, flow_id } = JSON.parse(String(data))
    const about = message_id ?? flow_id
    if (about) all.set(about, [...(all.get(about) ?? []), String(type)])
  }
  return all
}
