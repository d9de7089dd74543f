import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from './chromium.ts'
import type { Tally } from './tally.ts'

/** Everything: library, server on both engines, simulator, widget and the browser stories. The last line is the true sum. */
const folder = mkdtempSync(join(tmpdir(), 'hufu-tests-'))
const report = join(folder, 'tally.json')

let running: ChildProcess | undefined
// Whoever ends this process means the tests. Ctrl-C reaches them by itself, and twice would keep them from cleaning up.
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => running?.kill(signal))
process.on('SIGINT', () => {})

async function run(command: string, args: string[]): Promise<number> {
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, HUFU_CHROMIUM: await findChromium(), HUFU_TALLY: report },
  })
  running = child
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

const built = await run(process.execPath, ['tools/build-if-stale.ts'])
const status =
  built ||
  (await run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=./tools/tally.ts',
    ...process.argv.slice(2),
  ]))

try {
  const tallies: Record<string, Tally> = JSON.parse(readFileSync(report, 'utf8'))
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const [project, tally] of Object.entries(tallies).toSorted()) {
    process.stdout.write(`${project}: ${tally.passed} passed, ${tally.failed} failed\n`)
    for (const kind of ['passed', 'failed', 'skipped'] as const) sum[kind] += tally[kind]
  }
  const failed = sum.failed > 0 || status === 0 ? sum.failed : 1
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''
  process.stdout.write(`${sum.passed} passed, ${failed} failed${skipped}\n`)
} catch {
  process.stdout.write('0 passed, 1 failed\n')
}
rmSync(folder, { recursive: true, force: true })
process.exitCode = status
