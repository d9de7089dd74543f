import type {
  AccessToken,
  AuthorizeRequest,
  JsapiTicket,
  OauthToken,
  Qrcode,
  QrcodeRequest,
  SnsUserinfo,
  UserInfo,
  UserPage,
} from './api-types.ts'
import type { TokenSource } from './credential.ts'
import type { JsonObject } from './json.ts'

export interface WechatClientOptions {
  readonly appid: string
  readonly secret: string
  /** Default: a holder of its own, in memory, over `stable_token`. */
  readonly token?: TokenSource
  readonly fetch?: typeof fetch
  readonly hosts?: {
    /** Origins in order of preference. Default: the general host, then its disaster-recovery hosts. */
    readonly api?: readonly string[]
    readonly mp?: string
    readonly open?: string
  }
  /** For one attempt, body included. Default 5000. */
  readonly timeoutMs?: number
  /** The server's `Date` and the local time when it came, both in milliseconds: the way to learn how wrong a clock is. */
  onDate?(serverMs: number, localMs: number): void
  /** After each answer of the platform; `errcode` 0 is success. */
  onCall?(call: { readonly path: string; readonly errcode: number; readonly ms: number }): void
  /** Milliseconds since 1970. Default `Date.now`. */
  now?(): number
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON by POST; without it the call is a GET. */
  readonly body?: unknown
  /** Whether repeating is harmless, so that a failed connection may be tried on the next host. Default: GET yes, POST no. */
  readonly idempotent?: boolean
}

/** Every method may throw WechatError or NetworkError; none of them holds a credential. */
export interface WechatClient {
  /** GET /cgi-bin/token: replaces the former token of this channel. */
  token(): Promise<AccessToken>
  /** POST /cgi-bin/stable_token. `forceRefresh` voids the old token at once: 20 a day, 30 s apart. */
  stableToken(options?: { readonly forceRefresh?: boolean }): Promise<AccessToken>
  /** @throws LimitError */
  qrcodeCreate(request: QrcodeRequest): Promise<Qrcode>
  /** The picture of a code; needs no token. */
  showQrcodeUrl(ticket: string): string
  userInfo(openid: string): Promise<UserInfo>
  /** @throws LimitError unless 1…100 openids are asked for */
  userInfoBatchget(openids: readonly string[]): Promise<readonly UserInfo[]>
  userGet(nextOpenid?: string): Promise<UserPage>
  /** Addresses (some with a prefix length) the pushes come from. */
  callbackIps(): Promise<readonly string[]>
  jsapiTicket(): Promise<JsapiTicket>
  /** @throws LimitError */
  authorizeUrl(request: AuthorizeRequest): string
  oauthAccessToken(code: string): Promise<OauthToken>
  snsUserinfo(request: { readonly accessToken: string; readonly openid: string }): Promise<SnsUserinfo>
  /** Any other call of the platform, with the token added. Integers beyond 2^53 arrive as strings. */
  call(path: string, options?: CallOptions): Promise<JsonObject>
}

export declare function createWechatClient(options: WechatClientOptions): WechatClient
