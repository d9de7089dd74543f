import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Simulator, startSimulator } from '@hufu/simulator'
import { createApp } from '../../packages/server/src/app.ts'
import { type Config, loadConfig } from '../../packages/server/src/config.ts'
import { seedAccount } from '../../packages/server/src/playground/seed.ts'
import { createClock } from '../../packages/server/src/store/clock.ts'
import { openStore } from '../../packages/server/src/store/store.ts'
import { readKeyFile } from '../../packages/server/src/vault/keyfile.ts'
import { openVault } from '../../packages/server/src/vault/vault.ts'
import { type Cluster, startCluster } from '../../tools/postgres.ts'
import { createRandom, type Random } from '../kill/random.ts'
import { freePorts, type HufuProcess, startHufu } from '../process.ts'
import { call } from './calls.ts'
import { type Front, startFront } from './front.ts'
import { createHistory, type History } from './history.ts'
import { keepLedger, type Ledger } from './ledger.ts'
import { type Line, startLine } from './line.ts'
import { type Points, watchPoints } from './points.ts'

export interface Node {
  readonly url: string
  readonly port: number
  process: HufuProcess
  start(): Promise<void>
  /** A start that is killed so soon; nothing of it may remain. */
  dieStarting(afterMs: number): Promise<void>
}

/** Three real nodes over one real PostgreSQL behind a line that can be broken, a simulated WeChat, and one site. */
export interface World {
  readonly simulator: Simulator
  readonly cluster: Cluster
  readonly database: string
  readonly line: Line
  /** Where nodes are in their transactions; a node goes by the number of its port there. */
  readonly points: Points
  readonly front: Front
  readonly nodes: Node[]
  readonly appid: string
  readonly apiKey: string
  readonly appId: string
  /** Of the site's pages. */
  readonly origin: string
  readonly random: Random
  readonly history: History
  readonly ledger: Ledger
  /** The person as the database knows them. */
  indexOf(openid: string): string
  /** A line in the history, so that what follows can be read beside it. */
  note(trouble: string): void
  close(options?: { keep: boolean }): Promise<void>
}

export interface WorldOptions {
  seed: number
  nodes?: number
  cluster?: Cluster
  /** Where the nodes are reached, when that is not the front. */
  publicUrl?: string
  /** What the scan leads to, for a load without phones. */
  assurance?: 'tap' | 'instant'
  /** Limits and the like of the nodes, beside those that every world has. */
  settings?: Readonly<Record<string, string>>
}

const origin = 'https://tea.example.com'

export async function startWorld({
  seed,
  nodes: count = 3,
  assurance = 'tap',
  ...options
}: WorldOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-faults-'))
  const random = createRandom(seed)
  const cluster = options.cluster ?? (await startCluster({ fsync: true }))
  const name = `faults_${process.pid}_${seed}`
  await cluster.create(name)
  const points = watchPoints()
  const line = await startLine(cluster.port, points.tap)
  const simulator = await startSimulator({ port: 0 })
  const history = createHistory(join(folder, 'history.jsonl'))
  const ledger = keepLedger(simulator, ({ event, openid, order, acked }, began) => {
    const created = /<CreateTime>(\d+)/.exec(String(order.document))?.[1]
    const detail = { event, created }
    const outcome = acked ? 'ok' : 'unknown'
    history.add({ op: 'push', key: indexOf(openid), outcome, began: history.at(began), detail })
  })
  const front = await startFront()
  const database = cluster.url(name)
  let indexOf = (openid: string) => openid
  const keyFile = join(folder, 'hufu.key')
  const settings = {
    HUFU_DATABASE_URL: database.replace(`:${cluster.port}/`, `:${line.port}/`),
    HUFU_SECRET_KEY_FILE: keyFile,
    HUFU_SIMULATOR_URL: simulator.url,
    HUFU_PLAYGROUND: 'off',
    HUFU_PUBLIC_URL: options.publicUrl ?? front.url,
    HUFU_TRUSTED_PROXIES: '127.0.0.1',
    HUFU_LOG_LEVEL: 'silent',
    HUFU_LIMIT_FLOWS_PER_APP: '1000000000',
    HUFU_LIMIT_FLOWS_PER_ADDRESS: '1000000000',
    HUFU_LIMIT_OAUTH_PER_ADDRESS: '1000000000',
    HUFU_LIMIT_STREAMS_PER_ADDRESS: '1000000000',
    ...options.settings,
  }
  const ports = await freePorts(count)
  const [port] = ports
  const config = loadConfig({
    ...settings,
    HUFU_PORT: String(port),
    HUFU_DATABASE_URL: database,
    HUFU_DATA_DIR: join(folder, 'seed'),
  })
  const app = await createApp(config)
  front.aim(ports)
  // The simulator checks the callback address, as WeChat does when it is saved.
  await app.listen()
  const seeding = { accounts: app.accounts, simulatorUrl: simulator.url, baseUrl: front.url, dataDir: config.dataDir }
  const { account } = await seedAccount(seeding)
  const site = await app.apps.add({
    name: 'Tea',
    allowedOrigins: [origin],
    verifyAssurance: 'tap',
    appid: account.appid,
    registration: 'auto',
    loginAssurance: assurance,
  })
  await app.close()
  indexOf = await openIndex(database, config, account.appid)

  const nodes = await Promise.all(
    ports.map(async (port, position): Promise<Node> => {
      const own = {
        ...settings,
        HUFU_DATABASE_URL: `${settings.HUFU_DATABASE_URL}?application_name=${port}`,
        HUFU_PORT: String(port),
        HUFU_DATA_DIR: join(folder, `node-${position}`),
      }
      const node: Node = {
        url: `http://127.0.0.1:${port}`,
        port,
        process: await startHufu(own, folder).ready,
        async start() {
          node.process = await startHufu(own, folder).ready
        },
        async dieStarting(afterMs) {
          const half = startHufu(own, folder)
          const ready = half.ready.catch(() => {})
          await Promise.race([ready, pause(afterMs)])
          await half.kill()
          await ready
        },
      }
      return node
    }),
  )
  // What is tried is a fleet at work: it has its token. Without one nobody gets in for a minute when the claim of the first refresh is lost.
  await firstFlow(nodes[0]?.url ?? '', site.apiKey)
  return {
    simulator,
    cluster,
    get database() {
      return cluster.url(name)
    },
    line,
    points,
    front,
    nodes,
    appid: account.appid,
    apiKey: site.apiKey,
    appId: site.app.id,
    origin,
    random,
    history,
    ledger,
    indexOf,
    note(trouble) {
      history.add({ op: 'fault', key: trouble, outcome: 'ok', began: history.now() })
    },
    async close({ keep } = { keep: false }) {
      await Promise.all(nodes.map((node) => node.process.kill()))
      await front.close()
      await line.close()
      await simulator.close()
      if (options.cluster) await cluster.drop(name).catch(() => {})
      else await cluster.stop()
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** People stand in the database under an index that only the installation's key can compute. */
async function openIndex(databaseUrl: string, config: Config, appid: string): Promise<(openid: string) => string> {
  const store = await openStore({ databaseUrl, sqlitePath: '' })
  const clock = await createClock(store.time)
  const vault = await openVault({
    store,
    clock,
    key: config.secretKey ?? readKeyFile(config.keyFile, { create: false }),
  })
  clock.close()
  await store.close()
  return (openid) => vault.index(`wechat ${appid}`, openid)
}

async function firstFlow(url: string, apiKey: string): Promise<void> {
  const { status } = await call('POST', `${url}/v1/flows`, { body: { kind: 'login' }, bearer: apiKey })
  if (status !== 201) throw new Error(`the first flow was answered ${status}`)
}
