import { expect, test } from 'vitest'
import { guessingRun } from './guessing.ts'

/** The least of it in every run of the suite; `npm run faults:guessing` for a thousand codes. */
test.each([
  { engine: 'sqlite', limits: 'high' },
  { engine: 'postgres', limits: 'high' },
  { engine: 'sqlite', limits: 'default' },
] as const)(
  'of 200 tries at once at each code five are looked at: $engine, limits $limits [T33]',
  async ({ engine, limits }) => {
    const challenges = limits === 'default' ? 3 : 10
    const report = await guessingRun({ engine, limits, challenges, tries: 200 })
    console.log(JSON.stringify(report))
    const lucky = report.successes
    expect(report).toMatchObject({
      tries: challenges * 200,
      evaluated: { worst: 5 },
      answers: { '401 code_invalid': challenges * 5 - lucky },
      rightDigitsAfter: { refused: challenges, letIn: 0 },
      others: { '201': challenges * (engine === 'postgres' ? 2 : 1) },
      control: '200',
    })
    // Five in a million each: more than one among so few is no chance any more.
    expect(lucky).toBeLessThan(2)
    expect(Object.values(report.answers).reduce((sum, one) => sum + one, 0)).toBe(report.tries)
  },
  60_000,
)
