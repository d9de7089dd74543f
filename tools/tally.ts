import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

export interface Tally {
  passed: number
  failed: number
  skipped: number
}

/** Counts tests by project (which is to say, by engine), into the file that HUFU_TALLY names. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tallies: Record<string, Tally> = {}
    for (const module of modules) {
      const tally = tallies[module.project.name] ?? { passed: 0, failed: 0, skipped: 0 }
      tallies[module.project.name] = tally
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') tally.passed++
        else if (state === 'failed') tally.failed++
        else tally.skipped++
      }
      // A file that could not even be read has no test that could fail.
      if (!module.ok() && [...module.children.allTests('failed')].length === 0) tally.failed++
    }
    if (errors.length > 0) tallies['outside of tests'] = { passed: 0, failed: errors.length, skipped: 0 }
    writeFileSync(process.env.HUFU_TALLY ?? '/dev/null', JSON.stringify(tallies))
  }
}
