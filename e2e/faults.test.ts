import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { families } from './faults/families.ts'

/** The least of every fault, in every run of the suite; `npm run faults` for the rest. */
const seed = randomInt(2 ** 31)

test.each(['F01', 'F02', 'F04', 'F05', 'F06', 'F11', 'F13', 'F14', 'F15'])(
  '%s breaks nothing that was promised',
  async (name) => {
    const report = await families[name]?.({ seed, long: false, short: true })
    console.log(`seed ${seed}`, JSON.stringify(report))
    expect(report?.violations).toEqual([])
  },
  120_000,
)
