/**
 * Moves an installation with a million followers from SQLite to PostgreSQL, by the command an operator would use, and prints what it says.
 *
 *     node --conditions=hufu-source bench/move.ts --followers 1000000
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startCluster } from '../tools/postgres.ts'
import { createWorld } from './hufu/world.ts'

const { values } = parseArgs({ options: { followers: { type: 'string', default: '1000000' } } })
const folder = mkdtempSync(join(tmpdir(), 'hufu-move-'))
const cluster = await startCluster({ fsync: true, settings: { max_wal_size: '4GB' } })
try {
  const world = await createWorld(folder, 'sqlite')
  await world.database.fillFollowers(world.accounts.safe.appid, Number(values.followers))
  await world.database.settle()
  const cli = fileURLToPath(new URL('../packages/server/src/cli.ts', import.meta.url))
  const move = [
    'migrate',
    '--from',
    `sqlite:${join(world.dataDir, 'hufu.sqlite')}`,
    '--to',
    await cluster.create('moved'),
  ]
  const child = spawn(process.execPath, ['--conditions=hufu-source', cli, ...move], { stdio: 'inherit' })
  await once(child, 'exit')
} finally {
  await cluster.stop()
  rmSync(folder, { recursive: true })
}
