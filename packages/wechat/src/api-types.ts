/** A token and its remaining life in seconds. */
export interface AccessToken {
  readonly accessToken: string
  readonly expiresIn: number
}

/**
 * A parametric QR code. Numeric scenes: temporary 1…4294967295, permanent 1…100000. String scenes: 1…64 characters.
 * `expireSeconds` 1…2592000 belongs to the temporary kinds and is always sent (default 60, the platform's own).
 */
export type QrcodeRequest =
  | { readonly kind: 'QR_SCENE'; readonly scene: number; readonly expireSeconds?: number }
  | { readonly kind: 'QR_STR_SCENE'; readonly scene: string; readonly expireSeconds?: number }
  | { readonly kind: 'QR_LIMIT_SCENE'; readonly scene: number }
  | { readonly kind: 'QR_LIMIT_STR_SCENE'; readonly scene: string }

export interface Qrcode {
  /** Not a secret: anyone who sees the code can derive it. */
  readonly ticket: string
  /** Content of the picture; draw your own QR from it. */
  readonly url: string
  /** Seconds; absent for permanent codes. */
  readonly expireSeconds?: number
}

/** What the platform tells about a person; nickname and avatar have not been part of it since 2021. */
export interface UserInfo {
  readonly openid: string
  /** Whether the person follows; if not, little else is present. */
  readonly subscribe: boolean
  /** Seconds since 1970, last follow. */
  readonly subscribeTime?: number
  /** Only when the account is bound to an Open Platform account. */
  readonly unionid?: string
  readonly remark?: string
  readonly tagidList?: readonly number[]
  readonly subscribeScene?: string
  /** The scene of the code followed by, as text; absent when none. */
  readonly qrScene?: string
  readonly qrSceneStr?: string
}

/** One page of the follower list, at most 10 000; the last one has no `nextOpenid`. */
export interface UserPage {
  readonly total: number
  readonly openids: readonly string[]
  readonly nextOpenid?: string
}

export interface AuthorizeRequest {
  readonly redirectUri: string
  readonly scope: 'snsapi_base' | 'snsapi_userinfo'
  /** 1…128 letters and digits. */
  readonly state: string
  readonly forcePopup?: boolean
  readonly forceSnapShot?: boolean
}

/** To be allowed one message. */
export interface SubscribeRequest {
  readonly templateId: string
  /** 0…10000: each is allowed for itself. */
  readonly scene: number
  /** Its host is registered with the account (业务域名). */
  readonly redirectUrl: string
  /** 1…128 letters and digits, given back unchanged. */
  readonly reserved: string
}

export interface OauthToken {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  readonly openid: string
  readonly scope?: string
  readonly unionid?: string
  /** The snapshot page: `openid` and `unionid` are invented. Never bind or log in with them. */
  readonly isSnapshotUser: boolean
}

export interface SnsUserinfo {
  readonly openid: string
  readonly nickname: string
  readonly headimgurl: string
  readonly privilege: readonly string[]
  readonly unionid?: string
}

/** What pages are signed with; keep it on the server, for all pages, as long as it lasts. */
export interface JsapiTicket {
  readonly ticket: string
  /** Seconds. */
  readonly expiresIn: number
}
