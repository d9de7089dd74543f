import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createAccounts } from '../../packages/server/src/accounts/accounts.ts'
import { type App, createApp } from '../../packages/server/src/app.ts'
import { loadConfig } from '../../packages/server/src/config.ts'
import { createLive } from '../../packages/server/src/live/live.ts'
import { openStore } from '../../packages/server/src/store/store.ts'
import { readKeyFile } from '../../packages/server/src/vault/keyfile.ts'
import { Secret } from '../../packages/server/src/vault/secret.ts'
import { openVault } from '../../packages/server/src/vault/vault.ts'
import { type Simulator, startSimulator } from '../../packages/simulator/src/index.ts'
import { type Engine, openDatabase } from '../hufu/database.ts'
import { formatTable } from '../table.ts'

const NODES = 20
const CALLERS = 50
const FOLLOWERS = 50_000
const LEFT = 500

/** What nodes share: a token that all of them want at once, and the followers of an account, compared with the platform. */
export async function measureFleet(directory: string, engine: Engine): Promise<string> {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'hufu.sqlite')
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await openDatabase(engine, file), (opened) => opened.stop())
  const simulator = stack.adopt(await startSimulator(), (started) => started.close())
  const config = loadConfig({
    HUFU_DATA_DIR: directory,
    HUFU_SECRET_KEY_FILE: `${directory}.key`,
    HUFU_LOG_LEVEL: 'silent',
  })
  const databaseUrl = database.url === undefined ? undefined : new Secret(database.url)
  const app = stack.adopt(await createApp({ ...config, databaseUrl, simulatorUrl: simulator.url }), (created) =>
    created.close(),
  )
  const appid = await addAccount(app, simulator)
  const tokens = await measureTokens(app, simulator, appid, { databaseUrl: database.url, file, key: config.keyFile })
  const rounds = await measureRounds(app, simulator, appid)
  return `### Fleet\n\n${formatTable(['figure', 'value'], [...tokens, ...rounds])}`
}

async function addAccount(app: App, simulator: Simulator): Promise<string> {
  const account = simulator.world.accounts.create({ open_platform: 'bench' })
  await app.accounts.add({
    appid: account.appid,
    originalId: account.original_id,
    name: account.name,
    kind: 'service',
    verified: true,
    simulated: true,
    mode: 'safe',
    secret: account.secret,
    token: account.token,
    encodingAesKey: account.encoding_aes_key,
  })
  return account.appid
}

/** On PostgreSQL every node has connections of its own; SQLite has one server, and so many holders in it. */
async function measureTokens(
  app: App,
  simulator: Simulator,
  appid: string,
  place: { databaseUrl: string | undefined; file: string; key: string },
): Promise<string[][]> {
  await using stack = new AsyncDisposableStack()
  const nodes = []
  for (let n = 0; n < NODES; n++) {
    const { databaseUrl } = place
    const store = databaseUrl
      ? stack.adopt(await openStore({ sqlitePath: '', databaseUrl, connections: 4 }), (opened) => opened.close())
      : app.store
    const { clock } = app
    const vault = await openVault({ store, clock, key: readKeyFile(place.key, { create: false }) })
    const live = createLive(store)
    const deps = { store, vault, clock, live, fetch, simulatorUrl: simulator.url, log: { error() {} } }
    nodes.push(stack.adopt(await createAccounts({ ...deps, which: 'simulated' }), (accounts) => accounts.close()))
  }
  const calls = () => simulator.world.ledger.calls()['/cgi-bin/stable_token'] ?? 0
  const before = calls()
  const startedAt = performance.now()
  const asked = nodes.flatMap((node) => Array.from({ length: CALLERS }, () => node.get(appid).client.callbackIps()))
  await Promise.all(asked)
  const took = performance.now() - startedAt
  return [
    [`token calls of ${NODES} cold nodes with ${CALLERS} callers each`, String(calls() - before)],
    ['until all of them were answered', `${took.toFixed(0)} ms`],
  ]
}

async function measureRounds(app: App, simulator: Simulator, appid: string): Promise<string[][]> {
  const { accounts, people, actions, ledger } = simulator.world
  const account = accounts.get(appid)
  actions.crowd(account, FOLLOWERS)
  const calls = () => {
    const { '/cgi-bin/user/get': list = 0, '/cgi-bin/user/info/batchget': info = 0 } = ledger.calls()
    return { list, info }
  }
  async function round(name: string): Promise<string[]> {
    const before = calls()
    const startedAt = performance.now()
    const { signal } = new AbortController()
    const served = [app.accounts.get(appid)]
    await app.reconciling.want(served, 0)
    await app.reconciling.run(
      { payload: null, signal, write: (fn) => app.store.write(fn), finish: async () => {}, postpone: async () => {} },
      served,
    )
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const after = calls()
    const progress = await app.reconciling.progress(appid)
    const made = `${after.list - before.list} + ${after.info - before.info} calls`
    return [name, `${seconds} s, ${made}, ${progress?.found} found, ${progress?.gone} gone`]
  }
  const size = FOLLOWERS.toLocaleString('en')
  const first = await round(`${size} followers compared, all unknown`)
  for (const person of people.followers(account).slice(0, LEFT)) actions.unfollow(person, account, { silent: true })
  return [first, await round(`again, after ${LEFT} left unheard`)]
}
