import { expect, test } from 'vitest'
import { sendingRun } from './sending.ts'

/** The least of it in every run of the suite; `npm run faults:sending` for fifty thousand. */
test.each(['sqlite', 'postgres'] as const)(
  'a tenth of the sends goes wrong and nodes are killed: every message ends, none is sent twice or lost, each person’s are in order: %s',
  async (engine) => {
    const { violations, unknown, ...figures } = await sendingRun({ engine, sends: 120, people: 30 })
    console.log(JSON.stringify({ ...figures, unknown: unknown.length }))
    expect(violations).toEqual([])
    expect(figures.kills).toBeGreaterThan(0)
  },
  120_000,
)
