import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { families } from './faults/families.ts'
import { sabotage } from './faults/sabotage.ts'

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

test('what is broken on purpose in a real database is found', async () => {
  const { before, after } = await sabotage(seed)
  expect(before).toEqual([])
  for (const said of [
    /^I1 1 of \d+ acknowledged pushes were not in the inbox/,
    /follows; the database says false/,
    /was redeemed; its state is scanned/,
    /^I13 .* was (confirmed|completed), then scanned/,
    /^I1 flow.scanned of .* was told 2 times/,
    /^I5 the feed skipped 1 events/,
  ])
    expect(after).toContainEqual(expect.stringMatching(said))
}, 120_000)
