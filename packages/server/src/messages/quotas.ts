import type { Tx } from '../store/store.ts'
import type { MessageRow, SendingPauseRow } from '../store/tables.ts'
import { viaOf } from './contents.ts'
import { dayOf, nextDay } from './outcomes.ts'
import { addToDay, findPause, putPause } from './queries.ts'

/** How much an account may still send, for all nodes together. */
export interface Quotas {
  /** Counts one. @returns until when none may be sent; undefined when this one may */
  take(tx: Tx, message: Pick<MessageRow, 'appid' | 'via' | 'lane'>, now: number): Promise<number | undefined>
  pause(
    tx: Tx,
    message: Pick<MessageRow, 'appid' | 'via'>,
    pause: Pick<SendingPauseRow, 'until' | 'reason'>,
  ): Promise<void>
}

/** Of a day's templates, the last tenth is for codes. */
const shareOfNotices = 0.9

/** @param templatesPerDay what WeChat gives each account; more to those with very many followers */
export function createQuotas({ templatesPerDay }: { templatesPerDay: number }): Quotas {
  return {
    async take(tx, message, now) {
      const [{ appid, lane }, via] = [message, viaOf(message)]
      const pause = await findPause(tx, appid, via, now)
      if (pause) return pause.until
      if (via !== 'template') return undefined
      const most = Math.floor(templatesPerDay * (lane === 'codes' ? 1 : shareOfNotices))
      return (await addToDay(tx, { appid, via, day: dayOf(now) }, most)) ? undefined : nextDay(now)
    },
    pause: (tx, message, pause) => putPause(tx, { appid: message.appid, via: viaOf(message), ...pause }),
  }
}
