import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createFlowClient } from '../load/flow-client.ts'
import { startPinned } from '../processes.ts'
import type { Target } from '../target.ts'
import type { Engine } from './database.ts'
import { cloneFlow } from './seed.ts'
import { createWorld, type Outcome, type World } from './world.ts'

export interface HufuServer {
  readonly world: World
  readonly pid: number
  readonly port: number
  /** From the start of the process to the first 200 of /readyz. */
  readonly readyMs: number
  /** The server as a target whose scans make flows `scanned` or `confirmed`. */
  target(outcome: Outcome): Target
  stop(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const PLATFORM = fileURLToPath(new URL('./platform.ts', import.meta.url))

/** The process as an operator starts it, but for its limits: one bench is more visitors than one address may be. */
export async function startHufu(directory: string, engine: Engine, profile: string | undefined): Promise<HufuServer> {
  const world = await createWorld(directory, engine)
  const platform = startPinned({ core: 'generator', args: [PLATFORM] })
  const { port: platformPort } = await platform.line((line): { port: number } => JSON.parse(line))
  const port = await freePort()
  const startedAt = performance.now()
  const server = startPinned({
    core: 'server',
    args: [...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]), MAIN],
    log: join(directory, 'hufu.log'),
    env: {
      HUFU_PORT: String(port),
      HUFU_DATA_DIR: world.dataDir,
      HUFU_DATABASE_URL: world.database.url ?? '',
      HUFU_SECRET_KEY_FILE: world.keyFile,
      HUFU_PLAYGROUND: 'off',
      HUFU_SIMULATOR_URL: `http://127.0.0.1:${platformPort}`,
      HUFU_LIMIT_FLOWS_PER_APP: '1000000000',
      HUFU_LIMIT_FLOWS_PER_ADDRESS: '1000000000',
      HUFU_LIMIT_STREAMS_PER_ADDRESS: '1000000',
    },
  })
  await untilReady(port)
  const readyMs = performance.now() - startedAt
  const stop = async (): Promise<void> => {
    await server.stop()
    await platform.stop()
    await world.database.stop()
  }
  return { world, pid: server.pid, port, readyMs, target: (outcome) => createTarget(outcome), stop }

  function createTarget(outcome: Outcome): Target {
    return {
      name: `hufu on ${engine} → ${outcome}`,
      pid: server.pid,
      account(mode) {
        const { appid, originalId, token, encodingAesKey = '', callbackKey } = world.accounts[mode]
        return { port, path: `/wechat/${callbackKey}`, appid, originalId, token, encodingAesKey, mode }
      },
      async scans(mode, count) {
        const flows = createFlowClient({ account: { port, ...world.accounts[mode] }, apiKey: world.apiKeys[outcome] })
        const { id } = await flows.create()
        flows.close()
        return cloneFlow(world, world.accounts[mode].appid, id, count)
      },
      stop: async () => {},
    }
  }
}

async function untilReady(port: number): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/readyz`)).ok) return
    } catch {
      // Not listening yet.
    }
    if (performance.now() > deadline) throw new Error('Hufu was not ready within 30 s; see its log')
    await delay(5)
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
