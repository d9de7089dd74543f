import { setTimeout as pause } from 'node:timers/promises'
import type { Engine } from '../hufu/database.ts'
import { plant } from '../hufu/queue.ts'
import { addTemplate, latencyMs, openStage, type Stage, sendPath } from '../hufu/stage.ts'
import { formatTable } from '../table.ts'

const codes = 100
const everyMs = 200
const people = 2_000

/** Codes that are asked for while a backlog of notices goes out: from the request to WeChat's book. */
export async function measureCodes(directory: string, engine: Engine, queued: number): Promise<string> {
  await using stack = new AsyncDisposableStack()
  const stage = await openStage(stack, directory, engine, Math.max(codes, Math.min(queued, people)))
  const { app, simulator, platform } = stage
  const content = '验证码：{{character_string1.DATA}}'
  const template = addTemplate(simulator, platform, '验证码', content)
  await app.templates.sync(platform.appid)
  await app.templates.setCode(platform.appid, template, { character_string1: '{code}' })
  const idle = await ask(stage, template, [0, codes / 2])
  await plant(stage, queued)
  await app.outbox.resume()
  const behind = await ask(stage, template, [codes / 2, codes])
  const sent = simulator.world.ledger.sends.list().filter((one) => one.template_id === stage.template).length
  await app.outbox.pause()
  const rows = [
    ['nothing else', ...figures(idle)],
    [`${queued} notices queued, ${sent} sent meanwhile`, ...figures(behind)],
  ]
  const title = `### Codes on ${engine}, ms from the request to the phone, ${latencyMs} of them WeChat’s`
  return `${title}\n\n${formatTable(['beside', 'codes', 'arrived', 'p50', 'p95', 'worst'], rows)}`
}

/** One after the other, at a steady pace, however long each takes; each of another person. */
async function ask(stage: Stage, template: string, [from, to]: [number, number]): Promise<(number | undefined)[]> {
  const { app, site, simulator } = stage
  const asked: { openid: string; at: number }[] = []
  for (const { user, openid } of stage.people.slice(from, to)) {
    asked.push({ openid, at: Date.now() })
    await app.codes.issue(site, { user, purpose: '登录' })
    await pause(everyMs)
  }
  const arrivals = () =>
    new Map(
      simulator.world.ledger.sends
        .list()
        .filter((sent) => sent.api === sendPath && sent.template_id === template)
        .map(({ touser, at }) => [touser, Date.parse(at)]),
    )
  for (let n = 0; n < 300 && !asked.every(({ openid }) => arrivals().has(openid)); n++) await pause(100)
  const arrived = arrivals()
  return asked.map(({ openid, at }) => {
    const there = arrived.get(openid)
    return there === undefined ? undefined : there - at
  })
}

function figures(times: (number | undefined)[]): string[] {
  const arrived = times.filter((time) => time !== undefined).toSorted((a, b) => a - b)
  const at = (share: number) => String(arrived[Math.ceil(arrived.length * share) - 1] ?? '–')
  return [String(times.length), String(arrived.length), at(0.5), at(0.95), at(1)]
}
