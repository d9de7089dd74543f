import type { Typed } from '../../chat/chat.ts'
import type { EventType } from '../../events/events.ts'
import type { Clock } from '../../store/clock.ts'
import type { FlowReason } from '../../store/tables.ts'
import { equalSecrets } from '../../vault/vault.ts'
import { confirmedLifeMs, type FlowSecrets, handBackLifeMs, numberTries, registeringLifeMs } from '../secrets.ts'
import type { ScannedFlow } from './queries.ts'

/** What a yes came to. `hand_back`: six digits are to be carried to the page; `unregistered`: the person is to register there; `not_theirs`: another one is asked. */
export interface Agreed {
  outcome: 'confirmed' | 'unregistered' | 'conflict' | 'hand_back' | 'not_theirs'
  flow: ScannedFlow
}

/** What a text typed in the chat came to, for the reply. */
export type Answered = Agreed | { outcome: 'declined' | 'wrong_number' | 'too_many_tries'; flow: ScannedFlow }

export interface Answering {
  /** The scanner of this flow answers it: by the two digits that only the page shows, or with a no. */
  answer(flow: ScannedFlow, typed: Exclude<Typed, { kind: 'code' }>): Answered
  /** The person has agreed: a bind that could not be redeemed ends here, where they can read why. */
  agree(flow: ScannedFlow): Agreed
}

/** The steps of the flows of one batch: each changes the flow in hand and tells of it. */
export function createAnswering(deps: {
  clock: Clock
  secrets: FlowSecrets
  tell(flow: ScannedFlow, type: EventType, data?: object): void
  /** Wakes whoever watches the flow. */
  announce(flow: ScannedFlow): void
  /** Whether it is its scanner who is asked. */
  isFor(flow: ScannedFlow): boolean
  /** What a bind would come to, were it redeemed now. */
  conflictOf(flow: ScannedFlow): 'wechat_already_bound' | 'user_already_bound' | undefined
  /** Whether Hufu asks whoever scanned for an address or a number first. */
  mustRegister(flow: ScannedFlow): boolean
}): Answering {
  const { clock, secrets, tell } = deps

  function confirm(flow: ScannedFlow): Agreed {
    const now = clock.now()
    if (deps.mustRegister(flow)) {
      flow.state = 'registration_required'
      flow.expires_at = Math.max(flow.expires_at, now + registeringLifeMs)
      tell(flow, 'flow.registration_required')
      return { outcome: 'unregistered', flow }
    }
    flow.state = 'confirmed'
    flow.confirmed_at = now
    flow.expires_at = Math.max(flow.expires_at, now + confirmedLifeMs)
    tell(flow, 'flow.confirmed')
    return { outcome: 'confirmed', flow }
  }

  function fail(flow: ScannedFlow, reason: FlowReason): void {
    flow.state = 'failed'
    flow.reason = reason
    tell(flow, 'flow.failed', { reason })
  }

  /** Counted before it is looked at, as everywhere. */
  function tryNumber(flow: ScannedFlow, digits: string): Answered {
    flow.number_tries += 1
    if (equalSecrets(digits, secrets.number(flow.id))) return agree(flow)
    if (flow.number_tries < numberTries) return { outcome: 'wrong_number', flow }
    fail(flow, 'too_many_tries')
    return { outcome: 'too_many_tries', flow }
  }

  function agree(flow: ScannedFlow): Agreed {
    // Their WeChat may have been taken from them since the scan.
    if (!deps.isFor(flow)) return { outcome: 'not_theirs', flow }
    const reason = flow.kind === 'bind' ? deps.conflictOf(flow) : undefined
    if (reason) {
      fail(flow, reason)
      tell(flow, 'binding.conflict', { reason })
      return { outcome: 'conflict', flow }
    }
    if (flow.assurance !== 'code') return confirm(flow)
    const now = clock.now()
    flow.phone_confirmed_at = now
    flow.expires_at = Math.max(flow.expires_at, now + handBackLifeMs)
    deps.announce(flow)
    return { outcome: 'hand_back', flow }
  }

  return {
    agree,
    answer(flow, typed) {
      if (typed.kind === 'number') {
        // Typed twice: the digits are said again, and no try is spent.
        return flow.phone_confirmed_at === null ? tryNumber(flow, typed.digits) : { outcome: 'hand_back', flow }
      }
      flow.state = 'declined'
      tell(flow, 'flow.declined')
      return { outcome: 'declined', flow }
    },
  }
}
