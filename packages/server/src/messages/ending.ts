import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import { viaOf } from './contents.ts'
import { tellOf } from './ends.ts'
import type { Final } from './outcomes.ts'
import { changeMessage } from './queries.ts'
import { settleWindows } from './windows/windows.ts'

/** Told of a message of our own, answering nobody, that WeChat took. */
export type SentListener = (tx: Tx, messageId: string) => Promise<void>

/** Ends a message, and tells whoever should know; unless it is not as it was any more. */
export function createEnding(
  deps: Parameters<typeof tellOf>[0] & { clock: Clock; sentListeners: readonly SentListener[] },
): (tx: Tx, message: MessageRow, how: Final) => Promise<void> {
  const { clock, sentListeners } = deps
  const tell = tellOf(deps)

  return async (tx, message, how) => {
    // An earlier try may have been taken: whoever is told that it failed would send it another way, and the person had it twice.
    const mayBeThere = message.first_started_at !== null && message.first_started_at !== message.started_at
    const to =
      how.state === 'failed' && mayBeThere ? { ...how, state: 'unknown' as const, reason: 'unknown' as const } : how
    const change = {
      state: to.state,
      reason: 'reason' in to ? to.reason : null,
      finished_at: clock.now(),
      ...('errcode' in to && { wechat_errcode: to.errcode }),
      ...(to.state === 'sent' && { sent_as: viaOf(message), msgid: to.msgid, wechat_errcode: null }),
      // What was accepted is kept until WeChat says that it arrived, for it may have to be sent anew. A code is asked for anew.
      ...((to.state !== 'sent' || to.msgid === null || message.lane === 'codes') && { text_sealed: null }),
    }
    if (!(await changeMessage(tx, message, change))) return
    await settleWindows(tx, message, how)
    await tell(tx, { ...message, ...change })
    if (to.state !== 'sent' || message.answers !== null) return
    for (const listener of sentListeners) await listener(tx, message.id)
  }
}
