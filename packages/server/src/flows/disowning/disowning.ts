import type { Clock } from '../../store/clock.ts'
import type { Tx } from '../../store/store.ts'
import type { WechatIndex } from '../../users/users.ts'
import type { FlowRow } from '../queries.ts'
import { longestLifeMs } from '../secrets.ts'
import { cancelScannedBy, endRegistrationsOf } from './queries.ts'

export interface Disowning {
  /**
   * The holders of these WeChats have said “not me”: what was scanned by them, and not redeemed, buys nothing any more. Comes before anything
   * else that the transaction holds: whoever redeems takes the flow first, too.
   */
  disown(tx: Tx, wechats: WechatIndex[]): Promise<void>
}

export function createDisowning(deps: { clock: Clock; tell(tx: Tx, cancelled: FlowRow): void }): Disowning {
  return {
    async disown(tx, wechats) {
      if (wechats.length === 0) return
      const scanners = wechats.map(([, index]) => index)
      const now = deps.clock.now()
      const span = { since: now - longestLifeMs, now }
      for (const row of await cancelScannedBy(tx, scanners, span)) deps.tell(tx, row)
      await endRegistrationsOf(tx, scanners, span)
    },
  }
}
