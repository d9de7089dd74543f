import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Simulator, startSimulator } from '@hufu/simulator'
import pg from 'pg'
import { startWorld } from '../faults/world.ts'
import type { Random } from '../kill/random.ts'
import { createSupervisor } from '../kill/supervisor.ts'

/** One installation under test, on one engine. */
export interface Stage {
  readonly simulator: Simulator
  readonly appid: string
  readonly apiKey: string
  /** Of the site's pages. */
  readonly origin: string
  /** Any node that is up. */
  readonly url: string
  /** Every node. */
  readonly urls: readonly string[]
  /** As somebody else at the database. */
  sql(text: string): Promise<Record<string, unknown>[]>
  /** Kills a node (−9), or stops it in order every third time, and starts it again. */
  kill(): Promise<void>
  close(): Promise<void>
}

type Settings = Readonly<Record<string, string>>

/** Three nodes, or so many, behind a balancer, one PostgreSQL. */
export async function stageFleet(
  seed: number,
  random: Random,
  options: { nodes?: number; settings?: Settings } = {},
): Promise<Stage> {
  const world = await startWorld({ ...options, seed, assurance: 'instant' })
  const client = new pg.Client({ connectionString: world.database })
  let kills = 0
  await client.connect()
  return {
    simulator: world.simulator,
    appid: world.appid,
    apiKey: world.apiKey,
    origin: world.origin,
    url: world.front.url,
    urls: world.nodes.map(({ url }) => url),
    sql: async (text) => (await client.query(text)).rows,
    async kill() {
      const node = world.nodes[random.whole(0, world.nodes.length - 1)]
      await (++kills % 3 === 0 ? node?.process.stop() : node?.process.kill())
      await node?.start()
    },
    async close() {
      await client.end()
      await world.close()
    },
  }
}

/** The one server that SQLite allows. */
export async function stageServer({ settings = {} }: { settings?: Settings } = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-sending-'))
  const simulator = await startSimulator({ port: 0 })
  const supervisor = await createSupervisor({ folder, simulatorUrl: simulator.url, settings })
  const sql = async (text: string) => {
    const database = new DatabaseSync(supervisor.databaseFile)
    try {
      database.exec('PRAGMA busy_timeout = 5000')
      return database.prepare(text).all() as Record<string, unknown>[]
    } finally {
      database.close()
    }
  }
  let kills = 0
  const kill = () => (++kills % 3 === 0 ? supervisor.replace() : supervisor.killAt(0, { startingUp: undefined }))
  // The site of the playground, where a scan confirms by itself: it is read at the start.
  await sql(`UPDATE apps SET login_assurance = 'instant', registration = 'auto'`)
  await kill()
  return {
    simulator,
    appid: supervisor.demo.account.appid,
    apiKey: supervisor.demo.api_key,
    origin: supervisor.demo.demo_url,
    url: supervisor.demo.base_url,
    urls: [supervisor.demo.base_url],
    sql,
    kill,
    async close() {
      await supervisor.close()
      await simulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
