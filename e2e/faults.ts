/**
 * The fault harness: real nodes, a real PostgreSQL, a simulated WeChat, and trouble; then the reckoning against what was promised.
 *
 *     npm run faults                          # everything, within a quarter of an hour
 *     npm run faults -- --only F01,F04 --seed 7
 *     npm run faults -- --long                # the figures of the table, and the promoted standby
 */
import { randomInt } from 'node:crypto'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { families } from './faults/families.ts'
import type { Report } from './faults/trial.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, seed: { type: 'string' }, long: { type: 'boolean', default: false } },
})
const wanted = values.only?.split(',') ?? Object.keys(families)
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
let broken = 0
let late = 0

for (const name of wanted) {
  const family = families[name]
  if (!family) throw new Error(`there is no ${name}; there are ${Object.keys(families).join(', ')}`)
  const began = performance.now()
  const { fault, figures, violations, history, ...report } = await family({ seed, long: values.long }).catch(
    (error): Report => ({ fault: name, figures: {}, violations: [`the run broke: ${error?.stack ?? error}`] }),
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  const told = Object.entries(figures).map(([what, value]) => `${what} ${value}`)
  console.log(`${violations.length === 0 ? 'ok  ' : 'FAIL'} ${fault} · ${told.join(' · ')} · ${seconds} s`)
  for (const violation of violations.slice(0, 20)) console.log(`       ${violation}`)
  for (const time of report.late ?? []) console.log(`       late: ${time}`)
  late += report.late?.length ?? 0
  if (violations.length === 0) continue
  broken += violations.length
  console.log(`       again: npm run faults -- --only ${name} --seed ${seed}${values.long ? ' --long' : ''}`)
  if (history) console.log(`       history: ${history}`)
}

const load = `load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`
console.log(`seed ${seed}: ${broken} violations, ${late} times later than promised (${load})`)
if (broken > 0) process.exitCode = 1
