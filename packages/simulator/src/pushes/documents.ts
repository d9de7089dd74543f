import type { Account } from '../accounts.ts'
import type { Code } from '../codes.ts'
import { digits } from '../ids.ts'
import type { XmlFields } from '../xml.ts'

export type Envelope = { account: Account; openid: string; seconds: number }

function common({ account, openid, seconds }: Envelope, type: string): XmlFields {
  return { ToUserName: account.original_id, FromUserName: openid, CreateTime: seconds, MsgType: type }
}

export function subscribe(envelope: Envelope, code?: Code): XmlFields {
  const key = code === undefined ? { EventKey: '' } : { EventKey: `qrscene_${code.scene}`, Ticket: code.ticket }
  return { ...common(envelope, 'event'), Event: 'subscribe', ...key }
}

export function unsubscribe(envelope: Envelope): XmlFields {
  return { ...common(envelope, 'event'), Event: 'unsubscribe', EventKey: '' }
}

export function scan(envelope: Envelope, code: Code): XmlFields {
  return { ...common(envelope, 'event'), Event: 'SCAN', EventKey: code.scene, Ticket: code.ticket }
}

export function click(envelope: Envelope, key: string): XmlFields {
  return { ...common(envelope, 'event'), Event: 'CLICK', EventKey: key }
}

/** A button that opens a page. */
export function view(envelope: Envelope, url: string): XmlFields {
  return { ...common(envelope, 'event'), Event: 'VIEW', EventKey: url, MenuId: '400000000' }
}

export const AUTHORIZATION_CHANGES = ['modified', 'revoked', 'cancelled'] as const
export type AuthorizationChange = (typeof AUTHORIZATION_CHANGES)[number]

const AUTHORIZATION_EVENTS: Record<AuthorizationChange, string> = {
  modified: 'user_info_modified',
  revoked: 'user_authorization_revoke',
  cancelled: 'user_authorization_cancellation',
}

/** It comes from a service of the platform; the person stands in `OpenID` (授权用户信息变更). */
export function authorization(
  { account, openid, seconds }: Envelope,
  change: AuthorizationChange,
  more: { unionid: string | undefined; revokeInfo: string | undefined },
): XmlFields {
  return {
    ...common({ account, openid: 'oSimulatedPushService0000000', seconds }, 'event'),
    Event: AUTHORIZATION_EVENTS[change],
    OpenID: openid,
    AppID: account.appid,
    ...(more.unionid !== undefined && { UnionID: more.unionid }),
    ...(change === 'revoked' && { RevokeInfo: more.revokeInfo ?? '205' }),
  }
}

/** MsgId has nineteen digits: more than a JavaScript number holds. */
export function text(envelope: Envelope, content: string): XmlFields {
  return { ...common(envelope, 'text'), Content: content, MsgId: BigInt(`2${digits(18)}`) }
}

/** An event given field by field, with what every event has filled in. */
export function custom(envelope: Envelope, fields: XmlFields): XmlFields {
  const type = fields.Event === undefined ? 'text' : 'event'
  return { ...common(envelope, type), ...fields }
}

/** The word that stands for a document in the push log. */
export function eventName(fields: XmlFields): string {
  const name = fields.Event ?? fields.MsgType ?? 'unknown'
  return typeof name === 'string' ? name : 'unknown'
}
