import {
  readAccessToken,
  readIpList,
  readJsapiTicket,
  readOauthToken,
  readQrcode,
  readSnsUserinfo,
  readUserInfo,
  readUserInfoList,
  readUserPage,
} from './answers.ts'
import type {
  AccessToken,
  AuthorizeRequest,
  JsapiTicket,
  OauthToken,
  Qrcode,
  QrcodeRequest,
  SnsUserinfo,
  SubscribeRequest,
  UserInfo,
  UserPage,
} from './api-types.ts'
import { authorizeUrl, subscribeUrl } from './authorize.ts'
import { checkText } from './compose.ts'
import { createTokenHolder, memoryTokenStore, type TokenSource } from './credential.ts'
import { ConfigError, LimitError, WechatError } from './errors.ts'
import { API_ORIGINS, createHostList, readOrigin } from './hosts.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { type Menu, parseMenu } from './menu.ts'
import { encodeQrcode, expireSecondsOf } from './qrcode.ts'
import { createTemplateCalls, type TemplateCalls } from './template-calls.ts'
import { send, type TransportOptions } from './transport.ts'

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
export interface WechatClient extends TemplateCalls {
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
  /** Replaces the account's menu as a whole. @throws LimitError */
  menuCreate(menu: Menu): Promise<void>
  /** The menu made by API, whatever there is in it; undefined when there is none. */
  menuGet(): Promise<JsonValue | undefined>
  /** Takes the menu away, the conditional ones too. */
  menuDelete(): Promise<void>
  /**
   * A customer-service message: only within the window that a message, a tap, a scan or a follow of the person opens. After a lost answer it
   * is unknown whether the person has it. @throws LimitError
   * @see https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
   */
  customSendText(message: { readonly touser: string; readonly content: string }): Promise<void>
  /** @throws LimitError */
  authorizeUrl(request: AuthorizeRequest): string
  /** @throws LimitError */
  subscribeUrl(request: SubscribeRequest): string
  oauthAccessToken(code: string): Promise<OauthToken>
  snsUserinfo(request: { readonly accessToken: string; readonly openid: string }): Promise<SnsUserinfo>
  /** Any other call of the platform, with the token added. Integers beyond 2^53 arrive as strings. */
  call(path: string, options?: CallOptions): Promise<JsonObject>
}

/**
 * A client for one account. It holds no state but the token and which host works.
 * @throws ConfigError
 * @see https://developers.weixin.qq.com/doc/service/api/
 */
export function createWechatClient(options: WechatClientOptions): WechatClient {
  const { appid, secret, now = Date.now } = options
  if (appid === '' || secret === '') throw new ConfigError(appid === '' ? 'appid' : 'secret', 'must not be empty')
  const mp = readOrigin(options.hosts?.mp ?? 'https://mp.weixin.qq.com', 'hosts.mp')
  const open = readOrigin(options.hosts?.open ?? 'https://open.weixin.qq.com', 'hosts.open')
  const transport: TransportOptions = {
    fetch: options.fetch ?? fetch,
    hosts: createHostList(options.hosts?.api ?? API_ORIGINS, now),
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    onDate: (serverMs, localMs) => options.onDate?.(serverMs, localMs),
    onCall: (call) => options.onCall?.(call),
    now,
  }
  const credentials = createCredentialCalls(transport, appid, secret)
  const source =
    options.token ?? createTokenHolder({ fetchToken: () => credentials.stableToken(), store: memoryTokenStore(), now })
  const call = createCall(transport, source, secret)
  return {
    ...credentials,
    ...createAccountCalls(call),
    ...createTemplateCalls(call),
    showQrcodeUrl: (ticket) => `${mp}/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`,
    authorizeUrl: (request) => authorizeUrl(open, appid, request),
    subscribeUrl: (request) => subscribeUrl(mp, appid, request),
    call,
  }
}

const DEFAULT_TIMEOUT_MS = 5000
/** The account has no menu: not a failure. */
const NO_MENU = 46003

type Call = WechatClient['call']

/** Adds the token to a call, and replaces it once when the platform says it is no longer the one. */
function createCall(transport: TransportOptions, source: TokenSource, secret: string): Call {
  return async (path, { query, body, idempotent = body === undefined } = {}) => {
    // What is appended to an origin must not be able to change the host.
    if (!/^(?:\/[A-Za-z0-9_-]+)+$/.test(path)) throw new ConfigError('path', 'must be a path such as /cgi-bin/menu/get')
    const json = body === undefined ? undefined : JSON.stringify(body)
    const sendWith = (token: string) => {
      const parameters = new URLSearchParams(query)
      parameters.set('access_token', token)
      return send(transport, { path, query: parameters, body: json, idempotent, secrets: [token, secret] })
    }
    const token = await source.get()
    try {
      return await sendWith(token)
    } catch (error) {
      if (!(error instanceof WechatError) || error.retry !== 'token') throw error
      const next = await source.invalidate(token)
      if (next === token) throw error
      return sendWith(next)
    }
  }
}

/** The calls that carry the secret or a person's own token. */
function createCredentialCalls(transport: TransportOptions, appid: string, secret: string) {
  const get = (
    path: string,
    query: Readonly<Record<string, string>>,
    secrets: readonly string[],
    idempotent: boolean,
  ) => send(transport, { path, query: new URLSearchParams(query), idempotent, secrets: [...secrets, secret] })
  return {
    async token() {
      const path = '/cgi-bin/token'
      return readAccessToken(await get(path, { grant_type: 'client_credential', appid, secret }, [], false), path)
    },
    async stableToken({ forceRefresh = false }: { readonly forceRefresh?: boolean } = {}) {
      const path = '/cgi-bin/stable_token'
      const body = JSON.stringify({ grant_type: 'client_credential', appid, secret, force_refresh: forceRefresh })
      const query = new URLSearchParams()
      const json = await send(transport, { path, query, body, idempotent: !forceRefresh, secrets: [secret] })
      return readAccessToken(json, path)
    },
    async oauthAccessToken(code: string) {
      const path = '/sns/oauth2/access_token'
      // A code works once: after a lost answer only a new authorisation helps.
      const json = await get(path, { appid, secret, code, grant_type: 'authorization_code' }, [code], false)
      return readOauthToken(json, path)
    },
    async snsUserinfo({ accessToken, openid }: { readonly accessToken: string; readonly openid: string }) {
      const path = '/sns/userinfo'
      const json = await get(path, { access_token: accessToken, openid, lang: 'zh_CN' }, [accessToken], true)
      return readSnsUserinfo(json, path)
    },
  }
}

/** The calls that carry the account's token. */
function createAccountCalls(call: Call) {
  return {
    async qrcodeCreate(request: QrcodeRequest) {
      const path = '/cgi-bin/qrcode/create'
      const expireSeconds = expireSecondsOf(request)
      // A permanent code may cost one of 100 000 for ever; a temporary one made twice is merely forgotten.
      const json = await call(path, { body: encodeQrcode(request), idempotent: expireSeconds !== undefined })
      return readQrcode(json, path, expireSeconds)
    },
    async userInfo(openid: string) {
      const path = '/cgi-bin/user/info'
      return readUserInfo(await call(path, { query: { openid, lang: 'zh_CN' } }), path)
    },
    async userInfoBatchget(openids: readonly string[]) {
      const path = '/cgi-bin/user/info/batchget'
      if (openids.length < 1 || openids.length > 100) throw new LimitError('openids', 'must be 1 to 100')
      const body = { user_list: openids.map((openid) => ({ openid, lang: 'zh_CN' })) }
      return readUserInfoList(await call(path, { body, idempotent: true }), path)
    },
    async userGet(nextOpenid?: string) {
      const path = '/cgi-bin/user/get'
      return readUserPage(
        await call(path, nextOpenid === undefined ? {} : { query: { next_openid: nextOpenid } }),
        path,
      )
    },
    async callbackIps() {
      const path = '/cgi-bin/getcallbackip'
      return readIpList(await call(path), path)
    },
    async menuCreate(menu: Menu) {
      // The whole menu each time: the second time changes nothing.
      await call('/cgi-bin/menu/create', { body: parseMenu(menu), idempotent: true })
    },
    async menuGet() {
      try {
        return (await call('/cgi-bin/menu/get')).menu
      } catch (error) {
        if (error instanceof WechatError && error.errcode === NO_MENU) return undefined
        throw error
      }
    },
    async menuDelete() {
      await call('/cgi-bin/menu/delete')
    },
    async customSendText({ touser, content }: { readonly touser: string; readonly content: string }) {
      const text = { content: checkText(content) }
      await call('/cgi-bin/message/custom/send', { body: { touser, msgtype: 'text', text } })
    },
    async jsapiTicket() {
      const path = '/cgi-bin/ticket/getticket'
      return readJsapiTicket(await call(path, { query: { type: 'jsapi' } }), path)
    },
  }
}
