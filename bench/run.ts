/** `npm run bench`: prints numbers beside peers, asserts nothing. See README.md. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from './hufu/database.ts'
import { formatLedger, readLedger } from './hufu/seed.ts'
import { type HufuServer, startHufu } from './hufu/server.ts'
import type { Outcome } from './hufu/world.ts'
import { startLoad } from './load/client.ts'
import type { CallbackMode } from './load/push.ts'
import { describeMachine } from './machine.ts'
import { parseOptions } from './options.ts'
import { type PeerName, startPeer } from './peers/peers.ts'
import { measureCodes } from './series/codes.ts'
import { measureFleet } from './series/fleet.ts'
import { measureGrowth } from './series/growth.ts'
import { measureIdle } from './series/idle.ts'
import { measureIngest } from './series/ingest.ts'
import { measurePages } from './series/pages.ts'
import { measureDrain, measureSending } from './series/sending.ts'

const options = parseOptions(process.argv.slice(2))
const base = join(import.meta.dirname, 'data')
mkdirSync(base, { recursive: true })
const directory = mkdtempSync(join(base, 'run-'))

try {
  console.log(`## Hufu bench\n\n${describeMachine(directory)}\n`)
  for (const engine of options.engines) {
    // Idle comes first: memory after a load says what the load was, not what the server needs.
    if (options.only.includes('idle')) await withHufu('idle', engine, (hufu) => benchIdle(hufu))
    if (options.only.includes('pages')) await withHufu('pages', engine, (hufu) => benchPages(hufu))
    if (options.only.includes('fleet')) await benchFleet(engine)
    if (options.only.includes('sending')) print(await measureSending(join(directory, `sending-${engine}`), engine))
    if (options.only.includes('drain')) print(await measureDrain(join(directory, `drain-${engine}`), engine, options))
    if (options.only.includes('codes'))
      print(await measureCodes(join(directory, `codes-${engine}`), engine, options.queued))
    if (options.only.includes('growth')) await withHufu('growth', engine, (hufu) => benchGrowth(hufu))
  }
  if (options.only.includes('ingest')) await benchIngest()
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** A server and a database of its own for each series. */
async function withHufu(name: string, engine: Engine, bench: (hufu: HufuServer) => Promise<void>): Promise<void> {
  const hufu = await startHufu(join(directory, `${name}-${engine}`), engine, options.profile)
  try {
    print(`#### on ${engine}`)
    await bench(hufu)
  } finally {
    await hufu.stop()
  }
}

async function benchIdle(hufu: HufuServer): Promise<void> {
  print(await measureIdle(hufu, options.pages))
}

async function benchPages(hufu: HufuServer): Promise<void> {
  print(await measurePages(hufu, options))
}

async function benchGrowth(hufu: HufuServer): Promise<void> {
  const load = startLoad()
  try {
    print(await measureGrowth(hufu, load, options))
  } finally {
    await load.stop()
  }
}

/** Nodes and platform share this process: what is counted here is calls, and seconds are of the whole of it. */
async function benchFleet(engine: Engine): Promise<void> {
  print(`#### on ${engine}`)
  print(await measureFleet(join(directory, `fleet-${engine}`), engine))
}

/** All engines and all peers in one run: only then are they comparable. */
async function benchIngest(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const servers: HufuServer[] = []
  for (const engine of options.engines) {
    const hufu = await startHufu(join(directory, `ingest-${engine}`), engine, options.profile)
    servers.push(stack.adopt(hufu, (started) => started.stop()))
  }
  const load = stack.adopt(startLoad(), (started) => started.stop())
  const startPeers = (names: readonly PeerName[]) =>
    Promise.all(names.map(async (name) => stack.adopt(await startPeer(name), (started) => started.stop())))

  if (!options.alone) {
    const marks = await startPeers(['trivial', 'bare-fastify'])
    print(
      await measureIngest(
        'Marks: nothing at all, and Fastify with a signature check',
        marks,
        'plaintext',
        load,
        options,
      ),
    )
  }
  const peers = options.alone ? [] : await startPeers(['co-wechat', 'wechat'])
  for (const outcome of ['scanned', 'confirmed'] satisfies Outcome[]) {
    for (const mode of ['plaintext', 'safe'] satisfies CallbackMode[]) {
      const title = `SCAN pushes, ${mode}, each flow durably \`${outcome}\``
      print(await measureIngest(title, [...servers.map((hufu) => hufu.target(outcome)), ...peers], mode, load, options))
    }
  }
  for (const { world } of servers) print(`${world.database.engine}: ${formatLedger(await readLedger(world.database))}`)
}

function print(text: string): void {
  console.log(`${text}\n`)
}
