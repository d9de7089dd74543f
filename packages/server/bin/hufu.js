#!/usr/bin/env node
// In a checkout the command runs from source, with the Node that came with the packages; as a published package from dist.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const bundledNode = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url))
// Types are stripped once, not at every command: half the time of a short one.
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/node', import.meta.url))

if (existsSync(source)) {
  run(existsSync(bundledNode) ? bundledNode : process.execPath, [
    '--conditions=hufu-source',
    source,
    ...process.argv.slice(2),
  ])
} else {
  await import('../dist/src/cli.js')
}

/** In the child's place: what is asked of this process is asked of the child, and its end is this one's. */
function run(node, args) {
  const child = spawn(node, args, { stdio: 'inherit', env: { NODE_COMPILE_CACHE: compileCache, ...process.env } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => {
      // Ctrl-C reaches all processes of a terminal; a second SIGINT would cut the orderly stop short.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    process.stderr.write(`${node}: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0)
  })
}
