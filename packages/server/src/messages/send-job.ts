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

/** The job of a message: in turn with those of other accounts, and those of lists with the account's other ones. */
export function sendJob(
  { id, lane, appid, batch_id }: Pick<MessageRow, 'id' | 'lane' | 'appid' | 'batch_id'>,
  runAt?: number,
): NewJob {
  const payload: SendJob = { message: id }
  // A list among some thirty: thousands of lists are not thousands of queues. The first letters of an id are as good as random.
  const queue = batch_id === null ? appid : `${appid} ${batch_id.replace(/^.*_/, '').slice(0, 1)}`
  return { kind: sendKinds[lane], payload, queue, ...(runAt !== undefined && { runAt }) }
}
