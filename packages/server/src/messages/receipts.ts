import type { Push } from '@hufu/wechat'
import type { Events } from '../events/events.ts'
import type { Job, Outbox } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { MessageRow, ReceiptRow } from '../store/tables.ts'
import type { Users } from '../users/users.ts'
import { tellOf } from './ends.ts'
import { changeMessage, deleteReceipts, findReceived, listReceipts } from './queries.ts'
import { sendJob } from './send-job.ts'

type Told = Pick<ReceiptRow, 'template_id' | 'msgid' | 'outcome'>

const atOnce = 500
/** A receipt may come before the answer of the call it belongs to; after this it belongs to nobody, such as to another system's message. */
const patienceMs = 10 * 60_000

/** What a push says of messages. @see https://developers.weixin.qq.com/doc/service/guide/product/template_message/Template_Message_Interface.html */
export function receiptsOf(push: Push): Told[] {
  if (push.kind === 'template_send_job_finish') {
    const outcomes = {
      success: 'delivered',
      user_block: 'refused_by_user',
      system_failed: 'system_failed',
      failed: 'failed',
    } as const
    return [{ template_id: null, msgid: push.msgId, outcome: outcomes[push.outcome] }]
  }
  if (push.kind !== 'subscribe_msg_sent') return []
  return push.items.map(({ templateId, msgId, errorCode }) => {
    const outcome = errorCode === '0' ? 'delivered' : errorCode === '43101' ? 'refused_by_user' : 'failed'
    return { template_id: templateId, msgid: msgId, outcome }
  })
}

/** Job: joins what WeChat said with the messages it was said of. Arrivals only write it down; who comes first does not matter. */
export function createReceipts(deps: { clock: Clock; users: Users; events: Events; outbox: Pick<Outbox, 'enqueue'> }) {
  const { clock, outbox } = deps
  const tell = tellOf(deps)

  async function carryOut(tx: Tx, message: MessageRow, { outcome, msgid }: ReceiptRow): Promise<void> {
    const now = clock.now()
    if (outcome === 'system_failed' && message.resent === 0 && message.text_sealed && message.not_after > now) {
      const anew = {
        state: 'ready',
        msgid: null,
        resent: 1,
        started_at: null,
        first_started_at: null,
        finished_at: null,
        next_at: null,
        tries: 0,
        refusals: 0,
      } as const
      if (!(await changeMessage(tx, message, anew))) return
      await outbox.enqueue(tx, sendJob(message, now + 1_000))
      return
    }
    const isThere = outcome === 'delivered'
    const reason = outcome === 'refused_by_user' ? outcome : 'wechat_failed'
    const change = {
      msgid,
      text_sealed: null,
      finished_at: now,
      ...(isThere ? { delivered_at: now } : { state: 'failed' as const, reason }),
    }
    if (await changeMessage(tx, message, change)) await tell(tx, { ...message, ...change })
  }

  return async function join({ write, signal }: Job): Promise<void> {
    for (let after = 0; !signal.aborted; ) {
      const last = await write(async (tx) => {
        const receipts = await listReceipts(tx, after, atOnce)
        const joined: number[] = []
        for (const receipt of receipts) {
          const message = await findReceived(tx, receipt)
          if (message) await carryOut(tx, message, receipt)
          if (message || receipt.received_at < clock.now() - patienceMs) joined.push(receipt.id)
        }
        if (joined.length > 0) await deleteReceipts(tx, joined)
        return receipts.length < atOnce ? undefined : receipts.at(-1)?.id
      })
      if (last === undefined) return
      after = last
    }
  }
}
