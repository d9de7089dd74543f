import { expect, test } from 'vitest'
import { sendingRun } from './sending.ts'

/** The least of it in every run of the suite; `npm run faults:sending` for fifty thousand. */
test.each(['sqlite', 'postgres'] as const)(
  'a tenth of the sends goes wrong and nodes are killed: every message ends, none is sent twice or lost, each person’s are in order; one yes is one message, and an approval what was pressed: %s',
  async (engine) => {
    const { violations, unknown, ...figures } = await sendingRun({ engine, sends: 100, people: 20 })
    console.log(JSON.stringify({ ...figures, unknown: unknown.length }))
    expect(violations).toEqual([])
    expect(figures.kills).toBeGreaterThan(3)
    const { told } = figures
    expect(told['approval completed'] ?? 0).toBeGreaterThan(0)
    expect(told['approval declined'] ?? 0).toBeGreaterThan(0)
    expect(told['message accepted'] ?? 0).toBeGreaterThan(0)
  },
  180_000,
)
