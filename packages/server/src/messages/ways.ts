import type { Account } from '../accounts/accounts.ts'
import type { Via } from './contents.ts'
import type { FailureReason } from './outcomes.ts'
import type { Reachability } from './reach.ts'

/** One way to a person, and why it is not open. */
export interface WayRefused {
  way: Via
  reason: FailureReason | 'no_wechat'
  /** Where there is something that a site can do. */
  advice?: string
}

/** One that is asked for by name; without one: whether there is any. */
interface AskedWay {
  via: Via
  templateId?: string | undefined
  scene?: number | undefined
}

export const allWays: readonly Via[] = ['template', 'subscription', 'one_time', 'customer_service']

/** Whether WeChat lets the account send so. */
export function may({ capabilities }: Pick<Account, 'capabilities'>, via: Via): boolean {
  switch (via) {
    case 'customer_service':
      return capabilities.customerService
    case 'one_time':
      return capabilities.oneTimeMessages
    default:
      return capabilities.templateMessages
  }
}

/** Why this way is not allowed now; undefined: it is. */
export function refusalOf(asked: AskedWay, now: Reachability): FailureReason | undefined {
  const { via, templateId, scene } = asked
  // A one-time message comes from the account to whoever asked for it, followers or not.
  if (!(via === 'one_time' ? now.isActive : now.isFollowing)) return 'not_following'
  if (now.isMuted) return 'muted'
  if (!may(now.account, via)) return 'account_refused'
  switch (via) {
    case 'template':
      return now.templates
    case 'subscription':
      return now.subscriptions.some(({ template }) => [undefined, template.templateId].includes(templateId))
        ? undefined
        : 'not_subscribed'
    case 'one_time':
      return now.oneTime.some(
        (one) => [undefined, one.templateId].includes(templateId) && [undefined, one.scene].includes(scene),
      )
        ? undefined
        : 'not_subscribed'
    case 'customer_service':
      return now.window ? undefined : 'reply_window_over'
  }
}

export function refused(way: Via, reason: WayRefused['reason']): WayRefused {
  const advice =
    reason === 'not_subscribed' && way === 'one_time'
      ? 'Ask them: POST /v1/users/{id}/subscriptions, and lead them to its url, in WeChat.'
      : advices[reason]
  return { way, reason, ...(advice !== undefined && { advice }) }
}

const advices: Partial<Record<WayRefused['reason'], string>> = {
  no_wechat: 'Let them link their WeChat: POST /v1/flows, kind bind.',
  not_following: 'Let them scan a login or bind code: it makes them follow again, and says that it is them.',
  muted: 'They turned your notices off, and turn them on again at /me or by 恢复订阅 in the chat.',
  not_subscribed: 'Ask them in a page of yours, by <wx-open-subscribe>.',
  reply_window_over: 'The chat opens when they write to the account, or tap its menu.',
  quota: 'The account may send again from midnight in Beijing.',
  account_refused: 'Its kind or verification does not allow it.',
}
