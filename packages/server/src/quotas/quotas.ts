import type { Db, Tx } from '../store/store.ts'
import { beijingDay, nextBeijingDay } from './days.ts'
import {
  addToDay,
  deleteDaysBefore,
  deletePauses,
  findPause,
  listPauses,
  putPause,
  type SendingPauseRow,
  takeFromDay,
} from './queries.ts'

export { nextBeijingDay } from './days.ts'

export type Pause = Pick<SendingPauseRow, 'until' | 'reason'>

/** One account's messages of one kind. */
export interface Sender {
  appid: string
  via: 'customer_service' | 'template' | 'subscription' | 'one_time'
}

/** How much the accounts may still send, for all nodes together. */
export interface Quotas {
  /** Counts one. @returns until when none may be sent, and why; undefined when this one may */
  take(tx: Tx, sender: Sender, lane: 'codes' | 'messages', now: number): Promise<Pause | undefined>
  /** WeChat refused what was taken then: it has used nothing up. */
  giveBack(tx: Tx, sender: Sender, takenAt: number): Promise<void>
  findPause(db: Db | Tx, sender: Sender, now: number): Promise<Pause | undefined>
  pause(tx: Tx, sender: Sender, pause: Pause): Promise<void>
  /** Of all accounts. */
  listPauses(db: Db, now: number): Promise<SendingPauseRow[]>
  /** The account may send again. @returns until when it was not to */
  endPauses(tx: Tx, appid: string): Promise<number[]>
  forgetBefore(tx: Tx, time: number): Promise<void>
}

/** Of a day's templates, the last tenth is for codes. */
const shareOfNotices = 0.9

/** @param templatesPerDay what WeChat gives each account; more to those with very many followers */
export function createQuotas({ templatesPerDay }: { templatesPerDay: number }): Quotas {
  return {
    async take(tx, { appid, via }, lane, now) {
      const pause = await findPause(tx, appid, via, now)
      // A code that waits for the minute to pass may find nobody there: it is tried, and there are few.
      if (pause && (lane === 'messages' || pause.reason === 'quota_day')) return pause
      if (via !== 'template') return undefined
      const most = Math.floor(templatesPerDay * (lane === 'codes' ? 1 : shareOfNotices))
      if (await addToDay(tx, { appid, via, day: beijingDay(now) }, most)) return undefined
      return { until: nextBeijingDay(now), reason: 'quota_day' }
    },
    async giveBack(tx, { appid, via }, takenAt) {
      if (via === 'template') await takeFromDay(tx, { appid, via, day: beijingDay(takenAt) })
    },
    findPause: (db, { appid, via }, now) => findPause(db, appid, via, now),
    pause: (tx, sender, pause) => putPause(tx, { ...sender, ...pause }),
    listPauses,
    endPauses: deletePauses,
    forgetBefore: (tx, time) => deleteDaysBefore(tx, beijingDay(time)),
  }
}
