import type { HufuServer } from '../hufu/server.ts'
import type { Load } from '../load/client.ts'
import { formatSpread, formatTable } from '../table.ts'
import { type IngestOptions, measureRound } from './ingest.ts'

/** The same load on a database that grows: what a push costs with so many followers, beside what it cost with the fewest. */
export async function measureGrowth(
  server: HufuServer,
  load: Load,
  options: IngestOptions & { readonly followers: readonly number[] },
): Promise<string> {
  const target = server.target('scanned')
  const { appid } = server.world.accounts.safe
  const rows: string[][] = []
  let first: number | undefined
  let rate = 6_000
  for (const followers of options.followers) {
    await server.world.database.fillFollowers(appid, followers)
    await server.world.database.settle()
    const rates: number[] = []
    for (let round = 0; round <= options.rounds; round += 1) {
      const measured = await measureRound(target, 'safe', load, Math.ceil(rate * options.seconds * 1.3), options)
      rate = measured.perSecond
      if (round > 0) rates.push(measured.perSecond)
    }
    const median = rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? Number.NaN
    first ??= median
    rows.push([followers.toLocaleString('en'), formatSpread(rates, 0), (first / median).toFixed(2)])
  }
  return `### Growth, SCAN pushes, safe mode, on ${server.world.database.engine}\n\n${formatTable(
    ['followers', 'pushes/s', 'cost per push, × the first'],
    rows,
  )}`
}
