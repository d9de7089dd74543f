import { expect, test } from 'vitest'
import { killRun } from './kill.ts'

/** Three kills in every run of the suite; `node --conditions=hufu-source e2e/kill.ts --kills 50` for the long one. */
test('kill -9 under load: what was answered 200 is there, with its effect once, and is answered the same again', async () => {
  const lines: string[] = []
  try {
    const report = await killRun({ kills: 3, say: (line) => lines.push(line) })
    lines.push(JSON.stringify(report))
    expect(report).toMatchObject({ kills: 3, lost: [], doubled: [], wrong: [] })
    expect(report.acked).toBeGreaterThan(100)
  } finally {
    // The seed first: a failure can be told from it.
    console.log(lines.join('\n'))
  }
}, 110_000)
