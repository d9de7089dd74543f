/** `npm run bench`: prints numbers beside peers, asserts nothing. See README.md. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startLoad } from './load/client.ts'
import { describeMachine } from './machine.ts'
import { parseOptions } from './options.ts'
import { startPeer } from './peers/peers.ts'
import { measureIngest } from './series/ingest.ts'

const options = parseOptions(process.argv.slice(2))
const base = join(import.meta.dirname, 'data')
mkdirSync(base, { recursive: true })
const directory = mkdtempSync(join(base, 'run-'))

try {
  console.log(`## Hufu bench\n\n${describeMachine(directory)}\n`)
  if (options.only.includes('ingest')) await benchIngest()
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function benchIngest(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const load = stack.adopt(startLoad(), (started) => started.stop())
  const start = async (name: Parameters<typeof startPeer>[0]) =>
    stack.adopt(await startPeer(name), (started) => started.stop())
  const trivial = await start('trivial')
  const targets = [await start('co-wechat'), await start('wechat'), await start('bare-fastify')]
  console.log(
    await measureIngest('Ceiling of the load generator', [trivial], 'plaintext', load, { ...options, rounds: 1 }),
  )
  for (const mode of ['plaintext', 'safe'] as const) {
    console.log(await measureIngest(`SCAN pushes, ${mode}`, targets, mode, load, options))
  }
}
