import { base62, base64url, hex } from './ids.ts'
import { Refusal } from './refusals.ts'
import type { Stream } from './stream.ts'

export const KINDS = ['service', 'subscription', 'test'] as const
export const MODES = ['plaintext', 'compatible', 'safe'] as const
export type AccountKind = (typeof KINDS)[number]
export type Mode = (typeof MODES)[number]
export type QuotaLimit = { daily?: number; per_minute?: number }

export type Account = {
  appid: string
  secret: string
  original_id: string
  name: string
  kind: AccountKind
  verified: boolean
  mode: Mode
  callback_url: string | null
  token: string
  encoding_aes_key: string
  /** The Open-Platform account it is bound to; accounts of one share a person's unionid. */
  open_platform: string | null
  /** 网页授权域名; null lets every host pass. */
  oauth_domain: string | null
  /** 业务域名, where a one-time subscription may lead back to; null lets every host pass. */
  business_domain: string | null
  /** The one template of 一次性订阅消息, as the console's list of interfaces shows it. */
  subscribemsg_template_id: string
  quotas: Record<string, QuotaLimit>
  /** What the account's own follow QR says. */
  follow_content: string
}

export type AccountFields = Partial<Omit<Account, 'follow_content'>>

/** Groups of interfaces that depend on kind and verification. @see https://developers.weixin.qq.com/doc/service/guide/product/permission.html */
export type Capability =
  | 'base'
  | 'users'
  | 'customer_service'
  | 'template'
  | 'template_library'
  | 'notices'
  | 'one_time'
  | 'qrcode'
  | 'oauth'
  | 'menu'

/** A test account has nearly everything, verified or not; its templates are made on its console page. */
const NOT_FOR_TEST: readonly Capability[] = ['template_library', 'notices']
const FOR_SUBSCRIPTION: readonly Capability[] = ['users', 'customer_service', 'one_time', 'menu']

export function isCapable(account: Account, capability: Capability): boolean {
  if (capability === 'base') return true
  if (account.kind === 'test') return !NOT_FOR_TEST.includes(capability)
  if (!account.verified) return capability === 'menu' && account.kind === 'service'
  return account.kind === 'service' || FOR_SUBSCRIPTION.includes(capability)
}

export type Accounts = {
  /** An appid that exists is changed: a server that starts again introduces its account again. */
  create(fields: AccountFields): Account
  change(appid: string, fields: AccountFields): Account
  find(appid: string): Account | undefined
  /** Throws when there is none: for the control API. */
  get(appid: string): Account
  findByOriginalId(originalId: string): Account | undefined
  findByFollowContent(content: string): Account | undefined
  list(): Account[]
  clear(): void
}

function checkFields(fields: AccountFields): void {
  const { token, encoding_aes_key: key, callback_url: url } = fields
  if (token !== undefined && !/^[A-Za-z0-9]{3,32}$/.test(token))
    throw new Refusal(400, 'bad_token', 'token is 3 to 32 letters or digits')
  if (key !== undefined && !/^[A-Za-z0-9]{43}$/.test(key))
    throw new Refusal(400, 'bad_encoding_aes_key', 'encoding_aes_key is 43 letters or digits')
  if (url != null && !(URL.canParse(url) && /^https?:\/\//.test(url)))
    throw new Refusal(400, 'bad_callback_url', 'callback_url begins with http:// or https://')
}

export function createAccounts({ stream }: { stream: Stream }): Accounts {
  const accounts = new Map<string, Account>()

  function get(appid: string): Account {
    const account = accounts.get(appid)
    if (account === undefined) throw new Refusal(404, 'unknown_account', `there is no account ${appid}`)
    return account
  }

  return {
    create(fields) {
      checkFields(fields)
      const known = fields.appid === undefined ? undefined : accounts.get(fields.appid)
      if (known !== undefined) return Object.assign(known, fields)
      const kind = fields.kind ?? 'service'
      const account: Account = {
        appid: `wxsim${hex(13)}`,
        secret: hex(32),
        original_id: `gh_${hex(12)}`,
        name: kind === 'test' ? '测试号' : '示例公众号',
        verified: kind !== 'subscription',
        mode: 'safe',
        callback_url: null,
        token: base62(32),
        encoding_aes_key: base62(43),
        open_platform: null,
        oauth_domain: null,
        business_domain: null,
        subscribemsg_template_id: base64url(43),
        quotas: {},
        ...fields,
        kind,
        follow_content: `http://weixin.qq.com/r/${base62(22)}`,
      }
      accounts.set(account.appid, account)
      stream.publish({ kind: 'accounts', account: account.appid })
      return account
    },
    change(appid, fields) {
      checkFields(fields)
      const account = Object.assign(get(appid), fields)
      stream.publish({ kind: 'accounts', account: appid })
      return account
    },
    find: (appid) => accounts.get(appid),
    get,
    findByOriginalId: (id) => [...accounts.values()].find((account) => account.original_id === id),
    findByFollowContent: (content) => [...accounts.values()].find((account) => account.follow_content === content),
    list: () => [...accounts.values()],
    clear: () => accounts.clear(),
  }
}
