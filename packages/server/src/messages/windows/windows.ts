import type { Push } from '@hufu/wechat'
import type { Clock } from '../../store/clock.ts'
import type { Batch, Tx, Value } from '../../store/store.ts'
import type { MessageRow } from '../../store/tables.ts'
import type { WechatIndex } from '../../users/users.ts'
import { viaOf } from '../contents.ts'
import { replyWindows, triggerOf } from '../heard.ts'
import type { End } from '../outcomes.ts'
import { closeWindows, forgetWindows, openWindow, takeFromWindow } from './queries.ts'

/** The windows that a batch of arrivals opens, one for each trigger of a person, and those of people who left. */
export function openWindows(batch: Batch, clock: Clock) {
  const opened = new Map<string, Value[]>()
  return {
    open(appid: string, openidIndex: string, push: Push): void {
      const trigger = triggerOf(push)
      if (!trigger) return
      const { ms, replies } = replyWindows[trigger]
      const now = clock.now()
      opened.set([appid, openidIndex, trigger].join(' '), [appid, openidIndex, trigger, now, now + ms, replies])
    },
    forget([appid, openidIndex]: WechatIndex): void {
      for (const [key, row] of opened) if (row[0] === appid && row[1] === openidIndex) opened.delete(key)
    },
    put(gone: WechatIndex[]): void {
      batch.put(forgetWindows, gone, 'any')
      batch.put(
        openWindow,
        [...opened].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
        'any',
      )
    },
  }
}

/** WeChat counts what it took, and what it may have taken; and it knows better whether there is a window at all. */
export async function settleWindows(tx: Tx, message: MessageRow, how: Exclude<End, { again: number }>): Promise<void> {
  if (viaOf(message) !== 'customer_service' || message.started_at === null) return
  const of = { appid: message.appid, openidIndex: message.openid_index, at: message.started_at }
  if (how.state !== 'failed') await takeFromWindow(tx, of)
  else if (how.reason === 'reply_window_over') await closeWindows(tx, of)
}
