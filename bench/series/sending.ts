import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import WechatApi from 'co-wechat-api'
import { type App, createApp } from '../../packages/server/src/app.ts'
import { loadConfig } from '../../packages/server/src/config.ts'
import { Secret } from '../../packages/server/src/vault/secret.ts'
import { type Simulator, startSimulator } from '../../packages/simulator/src/index.ts'
import { type Engine, openDatabase } from '../hufu/database.ts'
import { formatTable } from '../table.ts'

type Platform = ReturnType<Simulator['world']['accounts']['create']>
interface Recipient {
  user: string
  openid: string
}
interface Outcome {
  seconds: number
  /** People who were to have it and have not, and who have it more than once. */
  lost: number
  doubled: number
  growthMiB: number
}

const send = '/cgi-bin/message/template/send'
const latencyMs = 80
/** What a site that sends by itself does at once; Hufu's lane has sixteen places on each node. */
const concurrency = 16
const people = { clean: 2_000, faulty: 600 }
/** The same for both: a twentieth of the calls. A timeout would say how patient each is, not what it loses. */
const faults = [{ kind: 'reset_after_accept' }, { kind: 'errcode', errcode: -1 }, { kind: 'errcode', errcode: 43108 }]
const faultShare = 0.05

/** The same list, sent by Hufu as a batch and by a loop around co-wechat-api, to one simulated WeChat. */
export async function measureSending(directory: string, engine: Engine): Promise<string> {
  mkdirSync(directory, { recursive: true })
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await openDatabase(engine, `${directory}/hufu.sqlite`), (opened) => opened.stop())
  const simulator = stack.adopt(await startSimulator(), (started) => started.close())
  const config = loadConfig({
    HUFU_PORT: '0',
    HUFU_DATA_DIR: directory,
    HUFU_SECRET_KEY_FILE: `${directory}.key`,
    HUFU_LOG_LEVEL: 'silent',
  })
  const databaseUrl = database.url === undefined ? undefined : new Secret(database.url)
  const app = stack.adopt(await createApp({ ...config, databaseUrl, simulatorUrl: simulator.url }), (created) =>
    created.close(),
  )
  await app.listen()
  const { world } = simulator
  const platform = world.accounts.create({})
  const content = '单号：{{character_string1.DATA}}'
  const { template_id: template } = world.templates.add(platform, { kind: 'template', title: '订单', content })
  const site = await addSite(app, platform)
  await app.templates.sync(platform.appid)
  const recipients = await addPeople(app, simulator, platform, site.app.id)
  const list = { clean: recipients.slice(0, people.clean), faulty: recipients.slice(people.clean) }

  const rows: string[][] = []
  for (const name of ['clean', 'faulty'] as const) {
    const some = list[name]
    const byHufu = () => sendByHufu(app, site.app.id, template, some)
    const byPeer = (tries: number) => () => sendByPeer(simulator.url, platform, template, some, tries)
    const senders = {
      [`hufu on ${engine}`]: byHufu,
      'co-wechat-api': byPeer(1),
      'co-wechat-api, three tries': byPeer(3),
    }
    for (const [who, work] of Object.entries(senders)) {
      world.faults.clear()
      if (name === 'faulty')
        for (const fault of faults)
          world.faults.add({ ...fault, path: send, rate: faultShare / faults.length } as never)
      world.faults.add({ kind: 'slow', path: send, ms: latencyMs })
      world.ledger.sends.clear()
      const outcome = await measure(work, simulator, some)
      rows.push([
        `${who}, ${name}`,
        String(some.length),
        (some.length / outcome.seconds).toFixed(0),
        outcome.seconds.toFixed(1),
        String(outcome.lost),
        String(outcome.doubled),
        outcome.growthMiB.toFixed(0),
      ])
    }
  }
  const head = ['who', 'messages', 'sends/s', 's', 'lost', 'doubled', 'memory, MiB']
  return `### Sending, ${latencyMs} ms to WeChat, ${concurrency} at a time\n\n${formatTable(head, rows)}`
}

async function measure(work: () => Promise<void>, simulator: Simulator, to: Recipient[]): Promise<Outcome> {
  const before = process.memoryUsage.rss()
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1_000
  const growthMiB = (process.memoryUsage.rss() - before) / 2 ** 20
  const times = new Map<string, number>()
  for (const { api, touser } of simulator.world.ledger.sends.list())
    if (api === send) times.set(touser, (times.get(touser) ?? 0) + 1)
  const lost = to.filter(({ openid }) => !times.has(openid)).length
  const doubled = [...times.values()].filter((count) => count > 1).length
  return { seconds, lost, doubled, growthMiB }
}

async function sendByHufu(app: App, appId: string, template: string, to: Recipient[]): Promise<void> {
  const site = app.apps.get(appId)
  const users = to.map(({ user }, number) => ({ user, data: { character_string1: String(number) } }))
  const { row } = await app.batches.create(site, { users, template, data: {} })
  for (;;) {
    const { progress } = await app.batches.get(appId, row.id)
    if (progress.queued + progress.sending === 0) return
    await pause(50)
  }
}

/** As sites do it: a few at a time, and what fails is left, or asked for once more at once. */
async function sendByPeer(
  url: string,
  { appid, secret }: Platform,
  template: string,
  to: Recipient[],
  tries: number,
): Promise<void> {
  const api = new WechatApi(appid, secret)
  api.prefix = `${url}/cgi-bin/`
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

function addSite(app: App, platform: Platform) {
  return app.accounts
    .add({
      appid: platform.appid,
      originalId: platform.original_id,
      name: platform.name,
      kind: 'service',
      verified: true,
      simulated: true,
      mode: 'safe',
      secret: platform.secret,
      token: platform.token,
      encodingAesKey: platform.encoding_aes_key,
    })
    .then(() => app.apps.add({ name: 'Bench', allowedOrigins: ['https://bench.example'], appid: platform.appid }))
}

/** Followers whom the platform has told of, each a user of the site. */
async function addPeople(app: App, simulator: Simulator, platform: Platform, appId: string): Promise<Recipient[]> {
  const { appid } = platform
  const { actions, people: known } = simulator.world
  actions.crowd(platform, people.clean + people.faulty)
  const served = [app.accounts.get(appid)]
  await app.reconciling.want(served, 0)
  const { signal } = new AbortController()
  await app.reconciling.run(
    { payload: null, signal, write: (fn) => app.store.write(fn), finish: async () => {} },
    served,
  )
  const made: Recipient[] = []
  for (const person of known.followers(platform)) {
    const openid = known.openid(platform, person)
    const index = app.users.wechatIndex(appid, openid)
    const sealed = app.vault.seal(app.users.openidPlace(appid, index), openid)
    const wechat = { kind: 'wechat', namespace: appid, index, sealed } as const
    const { id } = await app.store.write((tx) => app.users.recognise(tx, appId, wechat))
    made.push({ user: id, openid })
  }
  return made
}
