import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DemoSite, startDemoSite } from '@hufu/demo-site'
import { type Simulator, startSimulator } from '@hufu/simulator'
import { type App, createApp } from '../packages/server/src/app.ts'
import type { AppInput } from '../packages/server/src/apps/apps.ts'
import { type Config, loadConfig } from '../packages/server/src/config.ts'
import { playgroundRoutes } from '../packages/server/src/playground/routes.ts'
import { demoWelcome, seedAccount, seedApp } from '../packages/server/src/playground/seed.ts'
import type { ReplyRuleInput } from '../packages/server/src/replies/input.ts'
import { systemClock } from '../packages/server/src/store/clock.ts'

/** Hufu, the simulated WeChat and the demo site, each with a life of its own: Hufu can be away while the others go on. */
export interface World {
  readonly hufuUrl: string
  readonly demoUrl: string
  readonly simulatorUrl: string
  readonly appid: string
  /** Somebody with a phone. */
  newPerson(name: string, options?: { follows: boolean }): Promise<Person>
  /** Six digits that were sent to this person, once they are there. @returns the whole message, read once */
  message(person: Person, by: 'email' | 'phone'): Promise<string | undefined>
  /** What this person's WeChat says of itself to WeChat's own pages. */
  wechatHeader(person: Person): Record<string, string>
  /** What the account answers to a word, or to a key of its menu. */
  answer(rule: ReplyRuleInput): Promise<void>
  /** The person taps a key of the account's menu. */
  tap(person: Person, key: string): Promise<void>
  /** A number beside an e-mail address: what is left of two accounts that were joined. */
  addPhone(person: Person): Promise<void>
  /** What the demo site's operator may set on its app. */
  changeApp(change: Partial<AppInput>): Promise<void>
  /** The playground's own welcome, which hands out a link into the demo site. */
  welcomeWithLink(): Promise<void>
  /** The demo site goes through a subscription account from now on. @returns what that account's own QR code says */
  useSubscription(): Promise<string>
  /** Moves the clock of Hufu and of WeChat together, and lets Hufu do what is due by then. */
  pass(seconds: number): Promise<void>
  stopHufu(): Promise<void>
  /** On the same port and data. */
  startHufu(): Promise<void>
  close(): Promise<void>
}

export interface Person {
  id: string
  name: string
  email: string
  phone: string
}

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-e2e-'))
  const simulator = await startSimulator({ port: 0 })
  const clock = movableClock()
  const links = { simulatorUrl: simulator.url, demoUrl: '' }
  const config = configuration(folder, simulator.url)
  const start = async (port: number): Promise<{ app: App; url: string }> => {
    const app = await createApp(
      { ...config, port, ...(port > 0 && { publicUrl: `http://localhost:${port}` }) },
      { clock, extend: (server) => playgroundRoutes(server, links) },
    )
    return { app, url: await app.listen() }
  }
  const first = await start(0)
  const hufuUrl = first.url
  let app: App | undefined = first.app
  function running(): App {
    if (!app) throw new Error('Hufu is stopped')
    return app
  }
  const { dataDir } = config
  const { account } = await seedAccount({
    accounts: first.app.accounts,
    simulatorUrl: simulator.url,
    baseUrl: hufuUrl,
    dataDir,
  })
  const site = await startDemoSite({ port: 0, hufuUrl, dataDir, frameAncestor: hufuUrl })
  links.demoUrl = site.url
  const seeded = await seedApp({ apps: first.app.apps, demoUrl: site.url, dataDir, appid: account.appid })
  site.useApiKey(seeded.apiKey)

  const read = new Map<string, number>()
  const control = (path: string, body: object) => callSimulator(simulator, path, body)
  return {
    hufuUrl,
    demoUrl: site.url,
    simulatorUrl: simulator.url,
    appid: account.appid,
    async newPerson(name, { follows } = { follows: false }) {
      const person = await callSimulator<Person>(simulator, '/people', { name })
      if (follows) await control(`/people/${person.id}/follow`, { account: account.appid })
      return person
    },
    async message({ id, email, phone }, by) {
      await running().housekeep()
      const { mailbox, texts } = simulator.world
      const all = by === 'email' ? mailbox.list(email) : texts.list(phone)
      const known = read.get(`${id} ${by}`) ?? 0
      if (all.length > known) read.set(`${id} ${by}`, known + 1)
      return all[known]?.text
    },
    wechatHeader: ({ id }) => simulator.world.browsers.header(simulator.world.people.get(id), '#wechat_redirect'),
    async answer(rule) {
      await running().rules.add(account.appid, rule)
    },
    async tap({ id }, key) {
      await control(`/people/${id}/tap`, { account: account.appid, key })
    },
    async addPhone({ email, phone }) {
      const { store, users } = running()
      const owner = users.credentialKey('email', email)
      const { index, sealed } = users.credentialKey('phone', phone)
      await store.write(async (tx) => {
        const found = await users.findByCredential(tx, owner)
        if (!found) throw new Error(`nobody registered by ${email}`)
        const row = { id: `id_${phone.slice(1)}`, kind: 'phone', namespace: '', created_at: clock.now() } as const
        await tx
          .insertInto('identities')
          .values({ ...row, user_id: found.userId, value_index: index, value_sealed: sealed })
          .execute()
      })
    },
    async changeApp(change) {
      await running().apps.change(seeded.app.id, change)
    },
    async welcomeWithLink() {
      await running().accounts.change(account.appid, { welcome: demoWelcome })
    },
    async useSubscription() {
      const account = await callSimulator<SimulatedAccount>(simulator, '/accounts', { kind: 'subscription' })
      const { callbackKey } = await running().accounts.add({
        appid: account.appid,
        originalId: account.original_id,
        secret: account.secret,
        token: account.token,
        encodingAesKey: account.encoding_aes_key,
        name: account.name,
        kind: 'subscription',
        verified: false,
        mode: 'safe',
        simulated: true,
        followQr: account.follow_content,
      })
      const callback_url = `${hufuUrl}/wechat/${callbackKey}`
      await callSimulator(simulator, '/accounts', { appid: account.appid, callback_url })
      await running().apps.change(seeded.app.id, { appid: account.appid })
      return account.follow_content
    },
    async pass(seconds) {
      clock.advance(seconds * 1000)
      await control('/clock', { offset_ms: clock.advanced() })
      await running().housekeep()
    },
    async stopHufu() {
      const stopping = running()
      app = undefined
      await stopping.close()
    },
    async startHufu() {
      app = (await start(Number(new URL(hufuUrl).port))).app
    },
    close: () => closeAll(site, app, simulator, folder),
  }
}

async function closeAll(site: DemoSite, app: App | undefined, simulator: Simulator, folder: string): Promise<void> {
  await site.close()
  await app?.close()
  await simulator.close()
  rmSync(folder, { recursive: true, force: true })
}

function configuration(folder: string, simulatorUrl: string): Config {
  return loadConfig({
    HUFU_PORT: '0',
    HUFU_DATA_DIR: join(folder, 'data'),
    HUFU_SECRET_KEY_FILE: join(folder, 'hufu.key'),
    HUFU_SIMULATOR_URL: simulatorUrl,
    HUFU_LOG_LEVEL: process.env.HUFU_LOG_LEVEL ?? 'silent',
  })
}

function movableClock() {
  const system = systemClock()
  let advanced = 0
  return {
    now: () => system.now() + advanced,
    advance(ms: number): void {
      advanced += ms
    },
    advanced: () => advanced,
  }
}

/** The simulator's side of an account, as far as the other side has to know it. */
type SimulatedAccount = Record<
  'appid' | 'original_id' | 'secret' | 'token' | 'encoding_aes_key' | 'name' | 'follow_content',
  string
>

async function callSimulator<T = { id: string }>(simulator: Simulator, path: string, body: object): Promise<T> {
  const response = await fetch(`${simulator.url}/_sim${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`the simulator refused ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
