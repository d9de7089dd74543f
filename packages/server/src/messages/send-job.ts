import type { NewJob } from '../outbox/outbox.ts'
import type { MessageRow } from '../store/tables.ts'

/** To whom the next message is sent; each message has a job of its own, and whichever comes first takes the oldest. */
export interface SendJob {
  /** A message to them. What is erased is in no job. */
  message: string
}

/** The job of each lane. */
export const sendKinds = { messages: 'messages.send_next', codes: 'messages.send_code' } as const
/** What the version before 0.4.0 enqueues and leases. It knows no other way than words in a chat, and so is given nothing more. */
export const formerSendKind = 'messages.send'

/** The job of a message: in turn with those of other accounts, and with the account's own lists. */
export function sendJob(
  { id, lane, appid, batch_id }: Pick<MessageRow, 'id' | 'lane' | 'appid' | 'batch_id'>,
  runAt?: number,
): NewJob {
  const payload: SendJob = { message: id }
  const queue = batch_id === null ? appid : `${appid} ${batch_id}`
  return { kind: sendKinds[lane], payload, queue, ...(runAt !== undefined && { runAt }) }
}
