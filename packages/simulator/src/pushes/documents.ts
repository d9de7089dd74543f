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

/** The last word about one template message. */
export function templateResult(envelope: Envelope, msgid: string, status: string): XmlFields {
  return { ...common(envelope, 'event'), Event: 'TEMPLATESENDJOBFINISH', MsgID: BigInt(msgid), Status: status }
}

type SubscribeAnswer = { templateId: string; accept: boolean }

function statuses(answers: SubscribeAnswer[]): XmlFields[] {
  return answers.map(({ templateId, accept }) => ({
    TemplateId: templateId,
    SubscribeStatusString: accept ? 'accept' : 'reject',
  }))
}

/** What a person answered to the popup of a page (scene 1) or an article (scene 2). */
export function subscribePopup(envelope: Envelope, answers: SubscribeAnswer[], scene: 1 | 2): XmlFields {
  const List = statuses(answers).map((one) => ({ ...one, PopupScene: String(scene) }))
  return { ...common(envelope, 'event'), Event: 'subscribe_msg_popup_event', SubscribeMsgPopupEvent: { List } }
}

/** What a person switched off in the account's settings; switching on is not told. */
export function subscribeChange(envelope: Envelope, templateIds: string[]): XmlFields {
  const List = statuses(templateIds.map((templateId) => ({ templateId, accept: false })))
  return { ...common(envelope, 'event'), Event: 'subscribe_msg_change_event', SubscribeMsgChangeEvent: { List } }
}

/** The last word about one subscription notice. */
export function subscribeSent(
  envelope: Envelope,
  sent: { templateId: string; msgid: string; code: number; status: string },
): XmlFields {
  const List = {
    TemplateId: sent.templateId,
    MsgID: BigInt(sent.msgid),
    ErrorCode: sent.code,
    ErrorStatus: sent.status,
  }
  return { ...common(envelope, 'event'), Event: 'subscribe_msg_sent_event', SubscribeMsgSentEvent: { List } }
}

/** MsgId has nineteen digits: more than a JavaScript number holds. */
export function text(envelope: Envelope, content: string, menuId?: string): XmlFields {
  const chosen = menuId === undefined ? {} : { bizmsgmenuid: menuId }
  return { ...common(envelope, 'text'), Content: content, MsgId: BigInt(`2${digits(18)}`), ...chosen }
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
