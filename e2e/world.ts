import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHufu } from '@hufu/client'
import { type DemoSite, startDemoSite } from '@hufu/demo-site'
import { type Simulator, startSimulator } from '@hufu/simulator'
import { type App, createApp } from '../packages/server/src/app.ts'
import type { AppInput } from '../packages/server/src/apps/apps.ts'
import { type Config, loadConfig } from '../packages/server/src/config.ts'
import { playgroundRoutes } from '../packages/server/src/playground/routes.ts'
import { demoWelcome, seedAccount, seedApp } from '../packages/server/src/playground/seed.ts'
import { oneTimeTemplate, seedTemplates } from '../packages/server/src/playground/templates.ts'
import type { ReplyRuleInput } from '../packages/server/src/replies/input.ts'
import { systemClock } from '../packages/server/src/store/clock.ts'

/** Hufu, the simulated WeChat and the demo site, each with a life of its own: Hufu can be away while the others go on. */
export interface World {
  readonly hufuUrl: string
  readonly demoUrl: string
  readonly simulatorUrl: string
  readonly appid: string
  /** The simulator's control API: `sim('POST', '/people', {…})`. */
  // biome-ignore lint/suspicious/noExplicitAny: the control API's answers are asserted field by field
  sim(method: string, path: string, body?: object): Promise<any>
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
  /** One more account of the same company, through which the demo site goes from now on. @returns its appid */
  useSecondAccount(): Promise<string>
  /** In which mode WeChat's pushes arrive. */
  changeMode(mode: 'plaintext' | 'safe'): Promise<void>
  /** The site's operator lets go what somebody has just asked to move. */
  agreeToMove(): Promise<void>
  /** A site that knows people by their WeChat alone: begins a login there. @returns what its QR code says, and what it then calls who came */
  logInElsewhere(locale: 'zh-CN' | 'en'): Promise<{ content: string; finish(): Promise<string> }>
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

/** The open platform by which WeChat tells that two of its openids are one person. */
const company = 'the-company'

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
  await seedTemplates({ templates: first.app.templates, simulatorUrl: simulator.url, appid: account.appid })
  const site = await startDemoSite({ port: 0, hufuUrl, dataDir, oneTimeTemplate, frameAncestor: hufuUrl })
  links.demoUrl = site.url
  const seeded = await seedApp({ apps: first.app.apps, demoUrl: site.url, dataDir, appid: account.appid })
  site.useApiKey(seeded.apiKey)

  const read = new Map<string, number>()
  const sim = (method: string, path: string, body?: object) => callSimulator(simulator, method, path, body)
  const control = (path: string, body: object) => sim('POST', path, body)

  let elsewhere: { apiKey: string } | undefined

  /** One more account on both sides. */
  async function addAccount(
    kind: 'service' | 'subscription',
    more: { openPlatform?: string } = {},
  ): Promise<SimulatedAccount> {
    const account: SimulatedAccount = await control('/accounts', {
      kind,
      verified: kind === 'service',
      ...(more.openPlatform && { open_platform: more.openPlatform }),
    })
    const { callbackKey } = await running().accounts.add({
      appid: account.appid,
      originalId: account.original_id,
      secret: account.secret,
      token: account.token,
      encodingAesKey: account.encoding_aes_key,
      name: account.name,
      kind,
      verified: kind === 'service',
      mode: 'safe',
      simulated: true,
      followQr: account.follow_content,
      ...more,
    })
    await sim('PATCH', `/accounts/${account.appid}`, { callback_url: `${hufuUrl}/wechat/${callbackKey}` })
    await running().apps.change(seeded.app.id, { appid: account.appid })
    return account
  }

  return {
    hufuUrl,
    demoUrl: site.url,
    simulatorUrl: simulator.url,
    appid: account.appid,
    sim,
    async newPerson(name, { follows } = { follows: false }) {
      const person: Person = await control('/people', { name })
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
      return (await addAccount('subscription')).follow_content
    },
    async useSecondAccount() {
      await sim('PATCH', `/accounts/${account.appid}`, { open_platform: company })
      await running().accounts.change(account.appid, { openPlatform: company })
      return (await addAccount('service', { openPlatform: company })).appid
    },
    async changeMode(mode) {
      await running().accounts.change(account.appid, { mode })
    },
    async agreeToMove() {
      const [asked] = await running().conflicts.list({ states: ['asked'], limit: 1 })
      if (!asked) throw new Error('nobody has asked to move anything')
      await running().conflicts.release(seeded.app.id, asked.id)
    },
    async logInElsewhere(locale) {
      const { apps } = running()
      const appid = apps.get(seeded.app.id).appid ?? account.appid
      elsewhere ??= await apps.add({ name: '另一个网站', allowedOrigins: [], registration: 'auto' })
      const { flows } = createHufu({ baseUrl: hufuUrl, apiKey: elsewhere.apiKey })
      const { id, secret, qr } = await flows.create({ kind: 'login', locale, account: appid })
      return {
        content: qr.content,
        async finish() {
          const { user } = await flows.finish(id, { secret })
          return user?.id ?? ''
        },
      }
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

// biome-ignore lint/suspicious/noExplicitAny: the control API's answers are asserted field by field
async function callSimulator(simulator: Simulator, method: string, path: string, body?: object): Promise<any> {
  const response = await fetch(`${simulator.url}/_sim${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`the simulator refused ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
