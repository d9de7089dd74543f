import { setTimeout as delay } from 'node:timers/promises'
import type { Account } from './accounts.ts'
import type { Clock } from './clock.ts'
import type { Person } from './people.ts'
import * as documents from './pushes/documents.ts'
import type { Pushes } from './pushes/engine.ts'
import { writeXml, type XmlFields } from './xml.ts'

export const OUTCOMES = ['success', 'user_block', 'system_failed', 'none'] as const
/** How an accepted message ends; of `none` nobody ever hears. */
export type Outcome = (typeof OUTCOMES)[number]

/** When the receipts of all accounts come: so many milliseconds after the answer, or before it. */
type Timing = { delay_ms: number; before_answer: boolean }
type Message = { account: Account; person: Person; openid: string; msgid: string }

/** The platform's last word about template messages and subscription notices, as a push. */
export type Receipts = {
  timing: Timing
  /** The next `times` sends to this person end so: without `times` all of them. */
  plan(account: Account, person: Person, outcome: Outcome, times: number | undefined): void
  /** How a send to this person ends; what was planned is used up by it. */
  next(account: Account, person: Person): Outcome
  /** Pushes the receipt; the promise is over when the answer to the send may go out. */
  template(message: Message, outcome: Outcome): Promise<void>
  notice(message: Message & { templateId: string }, outcome: Outcome): Promise<void>
  clear(): void
  close(): void
}

const STATUS = { success: 'success', user_block: 'failed:user block', system_failed: 'failed: system failed' }
const ERROR_CODE = { success: 0, user_block: 43101, system_failed: -1 }
const ERROR_STATUS = { success: 'success', user_block: 'user refuse to accept the msg', system_failed: 'system error' }

export function createReceipts({ clock, pushes }: { clock: Clock; pushes: Pushes }): Receipts {
  const plans = new Map<string, { outcome: Outcome; left: number }>()
  const AT_ONCE: Timing = { delay_ms: 0, before_answer: false }
  let stopping = new AbortController()

  async function deliver(
    { account, person, openid }: Message,
    document: (envelope: documents.Envelope) => XmlFields,
  ): Promise<void> {
    const send = () => {
      const fields = document({ account, openid, seconds: clock.seconds() })
      return pushes.deliver({
        account,
        person,
        openid,
        event: documents.eventName(fields),
        document: writeXml(fields),
        hidden: true,
      }).settled
    }
    const { delay_ms, before_answer } = receipts.timing
    if (before_answer) await send()
    else void delay(delay_ms, undefined, { signal: stopping.signal }).then(send, () => undefined)
  }

  const receipts: Receipts = {
    timing: AT_ONCE,
    plan(account, person, outcome, times = Number.POSITIVE_INFINITY) {
      plans.set(`${account.appid}|${person.id}`, { outcome, left: times })
    },
    next(account, person) {
      if (person.refuses.has(account.appid)) return 'user_block'
      const key = `${account.appid}|${person.id}`
      const plan = plans.get(key)
      if (plan === undefined) return 'success'
      plan.left--
      if (plan.left < 1) plans.delete(key)
      return plan.outcome
    },
    async template(message, outcome) {
      if (outcome === 'none') return
      await deliver(message, (envelope) => documents.templateResult(envelope, message.msgid, STATUS[outcome]))
    },
    async notice({ templateId, ...message }, outcome) {
      if (outcome === 'none') return
      const sent = { templateId, msgid: message.msgid, code: ERROR_CODE[outcome], status: ERROR_STATUS[outcome] }
      await deliver(message, (envelope) => documents.subscribeSent(envelope, sent))
    },
    clear() {
      plans.clear()
      receipts.timing = AT_ONCE
      stopping.abort()
      stopping = new AbortController()
    },
    close: () => stopping.abort(),
  }
  return receipts
}
