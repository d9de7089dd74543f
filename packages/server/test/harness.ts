import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Simulator, startSimulator } from '@hufu/simulator'
import { pino } from 'pino'
import type { Account } from '../src/accounts/accounts.ts'
import { type App, createApp, type Overrides } from '../src/app.ts'
import type { AppInput, App as Site } from '../src/apps/apps.ts'
import { type Config, loadConfig } from '../src/config.ts'
import type { FlowView } from '../src/flows/flows.ts'
import { type SeededAccount, seedAccount } from '../src/playground/seed.ts'
import { systemClock } from '../src/store/clock.ts'
import { createDatabase } from './database.ts'

/** The whole world in one process: a real server on a real database, a simulated WeChat, one site, and a clock that can be moved. */
export interface Harness {
  base: string
  simulator: Simulator
  app: App
  site: Site
  apiKey: string
  account: Account
  seeded: SeededAccount
  dataDir: string
  keyFile: string
  /** PostgreSQL; undefined: SQLite in dataDir. */
  databaseUrl: string | undefined
  clock: { now(): number; advance(ms: number): void }
  /** The site's backend. */
  api<T = Problem>(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer<T>>
  /** The browser that shows the QR code. */
  browser<T = FlowView>(method: string, path: string, secret: string, body?: unknown): Promise<Answer<T>>
  /** The simulator's control API: `sim('POST', '/people', {…})`. */
  // biome-ignore lint/suspicious/noExplicitAny: the control API's answers are asserted field by field
  sim(method: string, path: string, body?: unknown): Promise<any>
  createFlow(body?: object): Promise<NewFlow>
  newPerson(options?: { follows: boolean }): Promise<string>
  /** Scans, and follows where asked to. @returns the links of the newest reply in the chat, newest text first */
  scan(person: string, content: string): Promise<{ text: string; links: string[] }>
  /** Opens the newest link of the chat in the person's WeChat browser and presses a button. */
  decide(person: string, decision: 'confirm' | 'decline', fields?: Record<string, string>): Promise<Page>
  /** Another app on the same installation. */
  addSite(input?: Partial<AppInput>): Promise<{ app: Site; apiKey: string }>
  /** Keeps everybody else from writing, as a stuck transaction would. @returns a function that lets go */
  occupy(tables?: string): Promise<() => Promise<void>>
  /** One more node on the same database, where the engine allows it. @returns its origin */
  addNode(): Promise<string>
  /** Stops the server and starts it again on the same data and port. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface Problem {
  code: string
  status: number
  tries_left?: number
}
export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}
export interface CallOptions {
  key?: string
  headers?: Record<string, string>
}
export type NewFlow = FlowView & { secret: string }
export interface Page {
  status: number
  title: string
  text: string
  url: string
  outputs: Record<string, string>
  links: { text: string; url: string }[]
  forms: { action: string; fields: Record<string, string>; buttons: { name: string; value: string }[] }[]
}

export async function startHarness(
  options: {
    app?: Partial<AppInput>
    config?: Partial<Config>
    logTo?: { write(line: string): void }
    background?: boolean
    fetch?: Overrides['fetch']
  } = {},
): Promise<Harness> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hufu-test-'))
  const simulator = await startSimulator({ port: 0 })
  const system = systemClock()
  let advanced = 0
  function advance(ms: number): void {
    advanced += ms
  }
  const clock = { now: () => system.now() + advanced, advance }
  const plain = loadConfig({
    HUFU_PORT: '0',
    HUFU_DATA_DIR: join(dataDir, 'data'),
    HUFU_SECRET_KEY_FILE: join(dataDir, 'key'),
    // Everybody’s phone has one address here.
    HUFU_LIMIT_OAUTH_PER_ADDRESS: '1000000',
  })
  const database = await createDatabase()
  const config: Config = { ...plain, ...database.config, simulatorUrl: simulator.url, ...options.config }
  const silent = pino({ level: process.env.HUFU_LOG_LEVEL ?? 'silent' })
  const start = (port: number) =>
    createApp(
      { ...config, port, ...(port > 0 && { ...(port > 0 && { publicUrl: `http://localhost:${port}` }) }) },
      {
        clock,
        background: options.background ?? false,
        ...(options.fetch && { fetch: options.fetch }),
        log: options.logTo ? pino({ level: 'trace' }, options.logTo) : silent,
      },
    )
  const nodes: App[] = []
  let app = await start(0)
  const base = await app.listen()
  const seeded = await seedAccount({
    accounts: app.accounts,
    simulatorUrl: simulator.url,
    baseUrl: base,
    dataDir: config.dataDir,
  })
  const { account } = seeded
  const input: AppInput = {
    name: '示例商店',
    allowedOrigins: ['https://shop.example.com'],
    appid: account.appid,
    ...options.app,
  }
  const { app: site, apiKey } = await app.apps.add(input)

  async function call<T>(
    method: string,
    url: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Answer<T>> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...json, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : (text as T),
    }
  }

  const harness: Harness = {
    base,
    simulator,
    site,
    apiKey,
    account,
    seeded,
    dataDir: config.dataDir,
    keyFile: config.keyFile,
    databaseUrl: config.databaseUrl?.reveal(),
    clock,
    get app() {
      return app
    },
    api: (method, path, body, { key = apiKey, headers = {} } = {}) =>
      call(method, base + path, body, { authorization: `Bearer ${key}`, ...headers }),
    browser: (method, path, secret, body) => call(method, base + path, body, { authorization: `Bearer ${secret}` }),
    async sim(method, path, body) {
      const answer = await call(method, `${simulator.url}/_sim${path}`, body, {})
      if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    async createFlow(body = { kind: 'login' }) {
      const answer = await harness.api<NewFlow>('POST', '/v1/flows', body)
      if (answer.status !== 201) throw new Error(`flow refused: ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    async newPerson(options = { follows: true }) {
      const { id } = await harness.sim('POST', '/people', { name: 'somebody' })
      if (options.follows) await harness.sim('POST', `/people/${id}/follow`, { account: account.appid })
      return id
    },
    async scan(person, content) {
      const { outcome } = await harness.sim('POST', `/people/${person}/scan`, { content })
      if (outcome === 'follow_prompt')
        await harness.sim('POST', `/people/${person}/follow`, { account: account.appid, content })
      const chat = await harness.sim('GET', `/people/${person}/chat?account=${account.appid}`)
      const { text = '', links = [] } = chat.at(-1) ?? {}
      return { text, links: links.map((link: { url: string }) => link.url) }
    },
    async decide(person, decision, fields = {}) {
      const chat = await harness.sim('GET', `/people/${person}/chat?account=${account.appid}`)
      const url = chat.findLast((entry: { links?: unknown[] }) => entry.links?.length)?.links[0].url
      const page: Page = await harness.sim('POST', `/people/${person}/open`, { url })
      if (page.forms.length === 0) return page
      return harness.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: decision }, fields })
    },
    addSite: (input = {}) =>
      app.apps.add({ name: 'other', allowedOrigins: ['https://other.example.com'], appid: account.appid, ...input }),
    occupy: (tables) => database.occupy(config.dataDir, tables),
    async addNode() {
      const node = await createApp({ ...config, publicUrl: base, port: 0 }, { clock, background: false, log: silent })
      nodes.push(node)
      await node.listen()
      const address = node.server.server.address()
      if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
      return `http://127.0.0.1:${address.port}`
    },
    async restart() {
      await app.close()
      app = await start(Number(new URL(base).port))
      await app.listen()
    },
    async close() {
      for (const node of nodes) await node.close()
      await app.close()
      await simulator.close()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return harness
}

/** One more account, of another kind, on both sides. */
export async function addSimulated(
  world: Harness,
  { kind, verified }: { kind: Account['kind']; verified: boolean },
): Promise<Account> {
  const platform = await world.sim('POST', '/accounts', { kind, verified, mode: 'safe' })
  const account = await world.app.accounts.add({
    appid: platform.appid,
    originalId: platform.original_id,
    secret: platform.secret,
    token: platform.token,
    encodingAesKey: platform.encoding_aes_key,
    name: platform.name,
    kind,
    verified,
    mode: 'safe',
    simulated: true,
    followQr: platform.follow_content,
  })
  const callback_url = `${world.base}/wechat/${account.callbackKey}`
  await world.sim('PATCH', `/accounts/${account.appid}`, { callback_url, verify: true })
  return account
}
