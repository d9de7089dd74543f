import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import WechatApi from 'co-wechat-api'
import type { Engine } from '../hufu/database.ts'
import { plant } from '../hufu/queue.ts'
import { latencyMs, openStage, type Recipient, type Stage, sendPath } from '../hufu/stage.ts'
import { formatTable } from '../table.ts'

/** What a site that sends by itself does at once; of Hufu's places on a node one account has sixteen. */
const concurrency = 16
const people = { clean: 2_000, faulty: 600 }
/** The same for both: a twentieth of the calls. A timeout would say how patient each is, not what it loses. */
const faults = [{ kind: 'reset_after_accept' }, { kind: 'errcode', errcode: -1 }, { kind: 'errcode', errcode: 43108 }]
const faultShare = 0.05
const head = ['who', 'messages', 'sends/s', 's', 'CPU ms/send', 'lost', 'doubled', 'RSS before', 'worst', 'after']

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

/** The same list, sent by Hufu as a batch and by a loop around co-wechat-api, to one simulated WeChat. */
export async function measureSending(directory: string, engine: Engine): Promise<string> {
  await using stack = new AsyncDisposableStack()
  const stage = await openStage(stack, directory, engine, people.clean + people.faulty)
  const list = { clean: stage.people.slice(0, people.clean), faulty: stage.people.slice(people.clean) }
  const rows: string[][] = []
  for (const name of ['clean', 'faulty'] as const) {
    const to = list[name]
    if (name === 'faulty') spoil(stage)
    const senders = {
      [`hufu on ${engine}`]: () => sendByHufu(stage, to),
      'co-wechat-api': () => sendByPeer(stage, to, 1),
      'co-wechat-api, three tries': () => sendByPeer(stage, to, 3),
    }
    for (const [who, work] of Object.entries(senders))
      rows.push([`${who}, ${name}`, ...(await measure(stage, work, to))])
  }
  return `### Sending, ${latencyMs} ms to WeChat, ${concurrency} at a time\n\n${formatTable(head, rows)}`
}

/** What waits already, from the moment at which it may go out; and the loop with the same list. */
export async function measureDrain(
  directory: string,
  engine: Engine,
  { queued, alone }: { queued: number; alone: boolean },
): Promise<string> {
  await using stack = new AsyncDisposableStack()
  const stage = await openStage(stack, directory, engine, Math.min(queued, people.clean))
  const { list, seconds } = await plant(stage, queued)
  const drain = async () => {
    await stage.app.outbox.resume()
    await untilSent(stage)
  }
  const rows = [[`hufu on ${engine}`, ...(await measure(stage, drain, list))]]
  if (!alone) rows.push(['co-wechat-api', ...(await measure(stage, () => sendByPeer(stage, list, 1), list))])
  const title = `### Drain of ${queued}, ${latencyMs} ms to WeChat, ${concurrency} at a time; accepted and written in ${seconds.toFixed(0)} s`
  return `${title}\n\n${formatTable(head, rows)}`
}

async function measure({ simulator }: Stage, work: () => Promise<void>, to: Recipient[]): Promise<string[]> {
  const { sends } = simulator.world.ledger
  sends.clear()
  gc()
  const before = process.memoryUsage.rss()
  let worst = before
  const looking = setInterval(() => {
    worst = Math.max(worst, process.memoryUsage.rss())
  }, 100)
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  clearInterval(looking)
  gc()
  const after = process.memoryUsage.rss()
  // To each as often as they are in the list: what is missing is lost, what is more is doubled.
  const due = new Map<string, number>()
  for (const { openid } of to) due.set(openid, (due.get(openid) ?? 0) + 1)
  for (const { api, touser } of sends.list()) if (api === sendPath) due.set(touser, (due.get(touser) ?? 0) - 1)
  const left = [...due.values()]
  const lost = left.reduce((sum, count) => sum + Math.max(0, count), 0)
  const doubled = left.reduce((sum, count) => sum + Math.max(0, -count), 0)
  return [
    String(to.length),
    (to.length / seconds).toFixed(0),
    seconds.toFixed(1),
    ((user + system) / 1_000 / to.length).toFixed(1),
    String(lost),
    String(doubled),
    ...[before, worst, after].map((bytes) => (bytes / 2 ** 20).toFixed(0)),
  ]
}

async function sendByHufu(stage: Stage, to: Recipient[]): Promise<void> {
  const { app, site, template } = stage
  const users = to.map(({ user }, number) => ({ user, data: { character_string1: String(number) } }))
  await app.batches.create(site, { users, template, data: {} })
  await untilSent(stage)
}

/** The first fault that fits is the one that happens, so that the latency of all comes last. */
function spoil({ simulator }: Stage): void {
  const { faults: present } = simulator.world
  present.clear()
  for (const fault of faults) present.add({ ...fault, path: sendPath, rate: faultShare / faults.length } as never)
  present.add({ kind: 'slow', path: sendPath, ms: latencyMs })
}

/** Until no job is left of lists and of messages. */
async function untilSent({ app }: Stage): Promise<void> {
  const open = () =>
    app.store.db
      .selectFrom('jobs')
      .select('id')
      .where('state', '=', 'ready')
      .where('kind', 'in', ['batches.expand', 'messages.send_next'])
      .limit(1)
      .executeTakeFirst()
  while (await open()) await pause(100)
}

/** As sites do it: a few at a time, and what fails is left, or asked for once more at once. */
async function sendByPeer({ simulator, platform, template }: Stage, to: Recipient[], tries: number): Promise<void> {
  const api = new WechatApi(platform.appid, platform.secret)
  api.prefix = `${simulator.url}/cgi-bin/`
  const left = to.entries()
  const sendOne = (openid: string, number: number) =>
    api.sendTemplate(openid, template, '', '', { character_string1: { value: String(number) } }).then(
      () => true,
      () => false,
    )
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const [number, { openid }] of left) for (let n = 0; n < tries && !(await sendOne(openid, number)); n++);
    }),
  )
}
