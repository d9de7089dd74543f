import type { Events } from '../events/events.ts'
import { renamed } from '../ids.ts'
import type { Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Users } from '../users/users.ts'
import { viaOf } from './contents.ts'

/** What a site is told of a message: never accepted for delivered. */
export type MessageState =
  | 'queued'
  | 'sending'
  | 'accepted'
  | 'delivered'
  | 'failed'
  | 'unknown'
  | 'expired'
  | 'suppressed'

const suppressed = ['muted', 'cancelled']

/** What WeChat accepted and failed to deliver stays accepted while it is sent anew. */
export function messageState(row: Pick<MessageRow, 'state' | 'reason' | 'delivered_at' | 'resent'>): MessageState {
  switch (row.state) {
    case 'ready':
      return row.resent > 0 ? 'accepted' : 'queued'
    case 'sending':
      return row.resent > 0 ? 'accepted' : 'sending'
    case 'sent':
      return row.delivered_at === null ? 'accepted' : 'delivered'
    case 'failed':
      if (row.reason === 'expired') return 'expired'
      return suppressed.includes(row.reason ?? '') ? 'suppressed' : 'failed'
    default:
      return row.state
  }
}

/** What a site is told of a code: whether it arrives, so that it can send it otherwise. */
function codeState(state: MessageState): 'accepted' | 'delivered' | 'failed' {
  return state === 'accepted' || state === 'delivered' ? state : 'failed'
}

/** Tells the site of a step in its message's life. */
export function tellOf({ events, users }: { events: Events; users: Users }) {
  return async (tx: Tx, row: MessageRow): Promise<void> => {
    const state = messageState(row)
    if (state === 'queued' || state === 'sending' || (state === 'accepted' && row.resent > 0)) return
    const userId = await users.findOfWechat(tx, row.appid, row.openid_index)
    const publicId = userId && (await users.findPublicId(tx, row.app_id, userId))
    const isCode = row.lane === 'codes'
    events.append(tx, row.app_id, isCode ? `code.${codeState(state)}` : `message.${state}`, {
      ...(isCode ? { code_id: renamed('vc', row.id) } : { message_id: row.id }),
      ...(row.answers && { in_reply_to: row.answers }),
      ...(row.batch_id && { batch_id: row.batch_id, position: row.batch_position }),
      ...(publicId && { user_id: publicId }),
      account: row.appid,
      via: row.sent_as ?? viaOf(row),
      ...(row.reason && { reason: row.reason }),
      ...(row.wechat_errcode !== null && { wechat_errcode: row.wechat_errcode }),
    })
  }
}
