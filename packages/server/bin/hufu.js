#!/usr/bin/env node
// In a checkout the command runs from source; as a published package from dist.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
if (existsSync(source)) {
  const { status } = spawnSync(process.execPath, ['--conditions=hufu-source', source, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} else {
  await import('../dist/cli.js')
}
