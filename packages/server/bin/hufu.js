#!/usr/bin/env node
// In a checkout the command runs from source, with the Node that came with the packages; as a published package from dist.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const bundledNode = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url))

if (existsSync(source)) {
  const node = existsSync(bundledNode) ? bundledNode : process.execPath
  const args = ['--conditions=hufu-source', source, ...process.argv.slice(2)]
  process.exitCode = spawnSync(node, args, { stdio: 'inherit' }).status ?? 1
} else {
  await import('../dist/src/cli.js')
}
