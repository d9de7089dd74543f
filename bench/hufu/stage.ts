import { mkdirSync } from 'node:fs'
import { type App, createApp } from '../../packages/server/src/app.ts'
import { loadConfig } from '../../packages/server/src/config.ts'
import { Secret } from '../../packages/server/src/vault/secret.ts'
import { type Simulator, startSimulator } from '../../packages/simulator/src/index.ts'
import { type Engine, openDatabase } from './database.ts'

type Platform = ReturnType<Simulator['world']['accounts']['create']>
type Site = Awaited<ReturnType<typeof addSite>>['app']

export interface Recipient {
  user: string
  openid: string
}

/** Server and simulated WeChat in this process, a site, its template, and people who follow. */
export interface Stage {
  app: App
  simulator: Simulator
  platform: Platform
  site: Site
  template: string
  people: Recipient[]
}

export const sendPath = '/cgi-bin/message/template/send'
export const latencyMs = 80

export async function openStage(
  stack: AsyncDisposableStack,
  directory: string,
  engine: Engine,
  people: number,
): Promise<Stage> {
  mkdirSync(directory, { recursive: true })
  const database = stack.adopt(await openDatabase(engine, `${directory}/hufu.sqlite`), (opened) => opened.stop())
  const simulator = stack.adopt(await startSimulator(), (started) => started.close())
  const config = loadConfig({
    HUFU_PORT: '0',
    HUFU_DATA_DIR: directory,
    HUFU_SECRET_KEY_FILE: `${directory}.key`,
    HUFU_LOG_LEVEL: 'silent',
    // A day's quota is not what is measured.
    HUFU_LIMIT_TEMPLATES_PER_DAY: '100000000',
  })
  const databaseUrl = database.url === undefined ? undefined : new Secret(database.url)
  const app = stack.adopt(await createApp({ ...config, databaseUrl, simulatorUrl: simulator.url }), (created) =>
    created.close(),
  )
  await app.listen()
  const { world } = simulator
  const platform = world.accounts.create({})
  platform.quotas[sendPath] = { daily: 100_000_000, per_minute: 100_000_000 }
  const template = addTemplate(simulator, platform, '订单', '单号：{{character_string1.DATA}}')
  const { app: site } = await addSite(app, platform)
  await app.templates.sync(platform.appid)
  world.faults.add({ kind: 'slow', path: sendPath, ms: latencyMs })
  const recipients = await addPeople(app, simulator, platform, { appId: site.id, count: people })
  return { app, simulator, platform, site, template, people: recipients }
}

export function addTemplate({ world }: Simulator, platform: Platform, title: string, content: string): string {
  return world.templates.add(platform, { kind: 'template', title, content }).template_id
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
async function addPeople(
  app: App,
  simulator: Simulator,
  platform: Platform,
  { appId, count }: { appId: string; count: number },
): Promise<Recipient[]> {
  const { appid } = platform
  const { actions, people: known } = simulator.world
  actions.crowd(platform, count)
  const served = [app.accounts.get(appid)]
  await app.reconciling.want(served, 0)
  const { signal } = new AbortController()
  await app.reconciling.run(
    { payload: null, signal, write: (fn) => app.store.write(fn), finish: async () => {}, postpone: async () => {} },
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
