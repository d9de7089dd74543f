import type { Progress } from './scan.ts'

/** Everything the card can show. */
export type Screen =
  | 'loading'
  | 'waiting'
  | 'wechat'
  | 'scanned'
  | 'number'
  | 'code'
  | 'register'
  | 'finishing'
  | 'done'
  | 'elsewhere'
  | 'declined'
  | 'expired'
  | 'cancelled'
  | 'failed'
  | 'unfinished'
  | 'trouble'

export function screenOf({ stage, flow }: Pick<Progress, 'stage' | 'flow'>, inWechat: boolean): Screen {
  if (stage === 'starting' || !flow) return stage === 'trouble' ? stage : 'loading'
  if (stage !== 'open') return stage
  switch (flow.state) {
    case 'waiting':
      return inWechat && flow.wechat_url ? 'wechat' : 'waiting'
    case 'scanned':
      if (flow.next === 'enter_code') return 'code'
      return flow.number ? 'number' : 'scanned'
    case 'registration_required':
      return 'register'
    case 'confirmed':
      return 'finishing'
    case 'completed':
      return 'done'
    default:
      return flow.state
  }
}

/** The person is on the phone or on the way to it, and may want to start over. */
export function isUnderWay(screen: Screen): boolean {
  return ['scanned', 'number', 'code', 'register'].includes(screen)
}

/** The time left matters to somebody. */
export function isTimed(screen: Screen): boolean {
  return screen === 'waiting' || screen === 'wechat' || isUnderWay(screen)
}
