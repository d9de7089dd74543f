import type { Batch, Store, Tx } from '../store/store.ts'
import { countDeparture, countDepartureOf, departuresByAccount, sameDepartures } from './queries.ts'

/**
 * Somebody scans and leaves, and the two arrive at two nodes at once: neither would see what the other is writing. So whoever writes what rests
 * on somebody following shares the account's name until the commit, and whoever writes a departure holds it alone, and counts it: who had read
 * before that reads again.
 */
export interface Departures {
  /** Before the batch is written: nobody has left since it read. */
  guard(leaving: ReadonlySet<string>): void
}

export async function gatherDepartures(batch: Batch, appids: string[]): Promise<Departures> {
  const read = await batch.find<{ appid: string; departures: number }>(
    departuresByAccount,
    appids.map((appid) => [appid]),
  )
  return {
    guard(leaving) {
      for (const appid of appids) batch.hold(nameOf(appid), leaving.has(appid) ? 'alone' : 'shared')
      batch.check(
        sameDepartures,
        read.map(({ appid, departures }) => [appid, departures]),
        read.length,
      )
      batch.put(
        countDeparture,
        [...leaving].toSorted().map((appid) => [appid]),
        'each',
      )
    },
  }
}

/** From here to the end of the transaction nobody writes what rests on somebody following this account; whoever was about to looks again. */
export async function holdDepartures(store: Store, tx: Tx, appid: string): Promise<void> {
  await store.hold(tx, nameOf(appid))
  await countDepartureOf(tx, appid)
}

function nameOf(appid: string): string {
  return `departures ${appid}`
}
