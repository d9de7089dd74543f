/**
 * What the platform pushes, after the wire names changed to ours. Every value is a string as it was sent (leading zeros,
 * 64-bit ids and decimals intact), `createTime` alone is a number.
 */
import type { XmlElement } from './xml.ts'

/** What every push carries. */
export interface PushHead {
  /** The account's original id (`gh_…`), checked against the configuration. */
  readonly toUserName: string
  /** `FromUserName` as sent. A person's openid only where the push also has `openid`: notices come from a service name. */
  readonly fromUserName: string
  /** Seconds since 1970. */
  readonly createTime: number
  /** `event`, or the message type. */
  readonly msgType: string
}

/** A push that is about one person. */
export interface PersonHead extends PushHead {
  /** The person: `FromUserName`, or `OpenID` in the three authorisation notices. */
  readonly openid: string
  readonly msgId?: string
}

/** A push that is about the account: there is no person in it, and no reply reaches anyone. */
export interface NoticeHead extends PushHead {
  readonly openid?: undefined
  readonly msgId?: string
}

/** A message: `msgId` is the 64-bit id as a decimal string. */
export interface MessageHead extends PersonHead {
  readonly msgId: string
  /** Data id of the article the message came from. */
  readonly msgDataId?: string
  /** Which article, from `1`. */
  readonly idx?: string
}

export interface TextMessage extends MessageHead {
  readonly kind: 'text'
  readonly content: string
  /** The chosen item when the text answers a customer-service menu. */
  readonly bizMsgMenuId?: string
}
export interface ImageMessage extends MessageHead {
  readonly kind: 'image'
  readonly picUrl: string
  readonly mediaId: string
}
export interface VoiceMessage extends MessageHead {
  readonly kind: 'voice'
  readonly mediaId: string
  readonly format: string
  readonly mediaId16K?: string
  readonly recognition?: string
}
export interface VideoMessage extends MessageHead {
  readonly kind: 'video' | 'shortvideo'
  readonly mediaId: string
  readonly thumbMediaId: string
}
/** A position the person sent; the automatic report is `location_event`. Degrees as text. */
export interface LocationMessage extends MessageHead {
  readonly kind: 'location'
  readonly latitude: string
  readonly longitude: string
  readonly scale: string
  readonly label: string
}
export interface LinkMessage extends MessageHead {
  readonly kind: 'link'
  readonly title: string
  readonly description: string
  readonly url: string
}
export interface MiniProgramPageMessage extends MessageHead {
  readonly kind: 'miniprogrampage'
  readonly title: string
  readonly appid: string
  readonly pagePath: string
  readonly thumbUrl: string
  readonly thumbMediaId: string
}

export interface SubscribeEvent extends PersonHead {
  readonly kind: 'subscribe'
  readonly eventKey: string
  /** The scene of the QR code followed by, without its one `qrscene_` prefix. */
  readonly scene?: string
  readonly ticket?: string
  /** The transaction after whose payment page the person followed. */
  readonly lastTradeNo?: string
}
/** Replies are pointless; the platform demands that the person's data is deleted. */
export interface UnsubscribeEvent extends PersonHead {
  readonly kind: 'unsubscribe'
  readonly eventKey: string
}
/** A follower scanned a parametric QR code. */
export interface ScanEvent extends PersonHead {
  readonly kind: 'scan'
  readonly eventKey: string
  /** Absent when the key came empty. */
  readonly scene?: string
  readonly ticket?: string
}
export interface LocationEvent extends PersonHead {
  readonly kind: 'location_event'
  readonly latitude: string
  readonly longitude: string
  readonly precision: string
}
export interface ClickEvent extends PersonHead {
  readonly kind: 'click'
  readonly eventKey: string
}
/** `eventKey` is the URL, or the mini-program path. */
export interface ViewEvent extends PersonHead {
  readonly kind: 'view' | 'view_miniprogram'
  readonly eventKey: string
  readonly menuId?: string
}
export interface ScanCodeEvent extends PersonHead {
  readonly kind: 'scancode_push' | 'scancode_waitmsg'
  readonly eventKey: string
  readonly scanType: string
  readonly scanResult: string
}
export interface PictureEvent extends PersonHead {
  readonly kind: 'pic_sysphoto' | 'pic_photo_or_album' | 'pic_weixin'
  readonly eventKey: string
  readonly count: string
  readonly picMd5Sums: readonly string[]
}
export interface LocationSelectEvent extends PersonHead {
  readonly kind: 'location_select'
  readonly eventKey: string
  readonly latitude: string
  readonly longitude: string
  readonly scale: string
  readonly label: string
  readonly poiname: string
}

/** What became of one template message; `outcome` reads the free text of `status`. */
export interface TemplateSendJobFinishEvent extends PersonHead {
  readonly kind: 'template_send_job_finish'
  readonly msgId: string
  readonly status: string
  readonly outcome: 'success' | 'user_block' | 'system_failed' | 'failed'
}
export interface MassSendJobFinishEvent extends NoticeHead {
  readonly kind: 'mass_send_job_finish'
  readonly msgId: string
  readonly status: string
  readonly totalCount: string
  readonly filterCount: string
  readonly sentCount: string
  readonly errorCount: string
}

export interface SubscribeMsgPopupItem {
  readonly templateId: string
  /** `accept` or `reject`. */
  readonly subscribeStatusString: string
  /** `1` an H5 page, `2` an article. */
  readonly popupScene: string
}
export interface SubscribeMsgPopupEvent extends PersonHead {
  readonly kind: 'subscribe_msg_popup'
  readonly items: readonly SubscribeMsgPopupItem[]
}
export interface SubscribeMsgChangeEvent extends PersonHead {
  readonly kind: 'subscribe_msg_change'
  readonly items: readonly Omit<SubscribeMsgPopupItem, 'popupScene'>[]
}
export interface SubscribeMsgSentItem {
  readonly templateId: string
  readonly msgId: string
  /** `0` is success. */
  readonly errorCode: string
  readonly errorStatus: string
}
export interface SubscribeMsgSentEvent extends PersonHead {
  readonly kind: 'subscribe_msg_sent'
  readonly items: readonly SubscribeMsgSentItem[]
}

/** The person changed, withdrew or ended what they had authorised: `openid` is the affected person, not the sender. */
export interface UserAuthorizationEvent extends PersonHead {
  readonly kind: 'user_info_modified' | 'user_authorization_revoke' | 'user_authorization_cancellation'
  readonly appid: string
  readonly unionid?: string
  readonly revokeInfo?: string
}

export interface VerifySuccessEvent extends NoticeHead {
  readonly kind: 'qualification_verify_success' | 'naming_verify_success' | 'annual_renew' | 'verify_expired'
  /** Seconds since 1970. */
  readonly expiredTime: string
}
export interface VerifyFailEvent extends NoticeHead {
  readonly kind: 'qualification_verify_fail' | 'naming_verify_fail'
  /** Seconds since 1970. */
  readonly failTime: string
  readonly failReason: string
}

/** Well formed and genuine, but of a type, an event or a shape this version does not know. Store it and answer `success`. */
export interface UnknownPush extends NoticeHead {
  readonly kind: 'unknown'
  /** `Event` as sent. */
  readonly event?: string
  /** Every element of the document, wire names untouched. */
  readonly elements: readonly XmlElement[]
}

export type MessagePush =
  | TextMessage
  | ImageMessage
  | VoiceMessage
  | VideoMessage
  | LocationMessage
  | LinkMessage
  | MiniProgramPageMessage

export type EventPush =
  | SubscribeEvent
  | UnsubscribeEvent
  | ScanEvent
  | LocationEvent
  | ClickEvent
  | ViewEvent
  | ScanCodeEvent
  | PictureEvent
  | LocationSelectEvent
  | TemplateSendJobFinishEvent
  | MassSendJobFinishEvent
  | SubscribeMsgPopupEvent
  | SubscribeMsgChangeEvent
  | SubscribeMsgSentEvent
  | UserAuthorizationEvent
  | VerifySuccessEvent
  | VerifyFailEvent

/** Everything that can be pushed; `kind` tells which. */
export type Push = MessagePush | EventPush | UnknownPush
export type PushKind = Push['kind']
