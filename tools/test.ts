import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from './chromium.ts'

/** Everything: library, server, simulator, widget and the browser stories. The last line is the true sum. */
const folder = mkdtempSync(join(tmpdir(), 'hufu-tests-'))
const report = join(folder, 'report.json')

async function run(command: string, args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, HUFU_CHROMIUM: await findChromium() } })
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
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ]))

try {
  const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  const failed = numFailedTests > 0 ? numFailedTests : status === 0 ? 0 : Math.max(1, numFailedTestSuites)
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''
  process.stdout.write(`${numPassedTests} passed, ${failed} failed${skipped}\n`)
} catch {
  process.stdout.write('0 passed, 1 failed\n')
}
rmSync(folder, { recursive: true, force: true })
process.exitCode = status
