import { MAX_REPLY_TEXT } from '@hufu/wechat'
import { DomainError } from '../errors.ts'
import type { AccountRow } from '../store/tables.ts'

export interface AccountInput {
  appid: string
  originalId: string
  name: string
  kind: AccountRow['kind']
  verified: boolean
  mode: AccountRow['mode']
  secret: string
  token: string
  encodingAesKey?: string
  simulated?: boolean
  allowPlaintext?: boolean
  onUnfollow?: AccountRow['on_unfollow']
  welcome?: string
  /** What the account's own QR code says. */
  followQr?: string
  /** JS接口安全域名: without protocol, port or path. */
  jsDomains?: string[]
  openPlatform?: string
  /** What the chat speaks where nothing else says it. */
  locale?: 'zh-CN' | 'en'
}

/** What may be changed of an account later. */
export interface AccountSettings
  extends Partial<
    Pick<AccountInput, 'name' | 'mode' | 'token' | 'encodingAesKey' | 'secret' | 'followQr' | 'jsDomains' | 'locale'>
  > {
  /** null: the built-in one. */
  welcome?: string | null
  /** null: it belongs to none any more. Another one: its people are recognised by it in the background. */
  openPlatform?: string | null
}

/** What the account's own code says to us when it is scanned: nothing. It is no flow's, whoever scans it. */
export const followScene = 'hufu_follow'

/** Appids of the simulator; WeChat's own begin with `wx` and sixteen hex digits. */
function isSimulatedAppid(appid: string): boolean {
  return appid.startsWith('wxsim')
}

/** WeChat does not say which open platform an account belongs to: the operator names it, and accounts of one share the name. */
function isOpenPlatform(name: string): boolean {
  return /^[0-9A-Za-z._-]{1,64}$/.test(name)
}

/** Refuses what could never work, everything at once. An empty token would make every forged push genuine. */
export function validateAccount(input: AccountInput): void {
  const rules: [path: string, holds: boolean, message: string][] = [
    ['appid', /^wx[0-9a-z]{16}$/.test(input.appid), 'An appid is “wx” and 16 letters or digits.'],
    [
      'appid',
      isSimulatedAppid(input.appid) === Boolean(input.simulated),
      'Simulated accounts, and only they, have an appid that begins with wxsim.',
    ],
    ['original_id', /^gh_[0-9a-z]{6,32}$/.test(input.originalId), 'The original id (原始ID) begins with “gh_”.'],
    ['name', input.name.length > 0 && input.name.length <= 64, 'A name has 1 to 64 characters.'],
    ['secret', /^[0-9A-Za-z]{16,64}$/.test(input.secret), 'The AppSecret is 32 letters and digits.'],
    ['token', /^[0-9A-Za-z]{16,32}$/.test(input.token), 'The callback token has 16 to 32 letters or digits.'],
    [
      'encoding_aes_key',
      input.mode === 'plaintext' || /^[0-9A-Za-z]{43}$/.test(input.encodingAesKey ?? ''),
      'The EncodingAESKey has 43 letters or digits; only plaintext mode does without.',
    ],
    [
      'welcome',
      Buffer.byteLength(input.welcome ?? '') <= MAX_REPLY_TEXT,
      `A welcome has at most ${MAX_REPLY_TEXT} bytes.`,
    ],
    [
      'follow_qr',
      /^https?:\/\/[\x21-\x7e]{4,500}$/.test(input.followQr ?? 'http://weixin.qq.com/r/'),
      'What the account’s QR code says is an address: http://weixin.qq.com/r/…',
    ],
    [
      'js_domains',
      (input.jsDomains ?? []).every((domain) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)),
      'A JS domain is a host name in lower case, without https:// and without a port.',
    ],
    [
      'open_platform',
      isOpenPlatform(input.openPlatform ?? 'none'),
      'An open platform has a name of 1 to 64 letters, digits, dots, hyphens or underscores.',
    ],
    ['verified', input.kind !== 'test' || input.verified, 'A test account counts as verified.'],
  ]
  const errors = rules.filter(([, holds]) => !holds).map(([path, , message]) => ({ path, message }))
  if (errors.length > 0)
    throw new DomainError('invalid_value', { detail: errors.map((error) => error.message).join(' '), errors })
}

/** Files of WeChat's console are small and say what their name says; anything else must not be served from our host. */
export function validateVerifyFile(name: string, content: string): void {
  if (!/^MP_verify_[0-9A-Za-z]{16}\.txt$/.test(name)) {
    throw new DomainError('invalid_value', 'The file is named MP_verify_ and 16 letters or digits, .txt.')
  }
  if (!/^[0-9A-Za-z]{1,64}\r?\n?$/.test(content)) {
    throw new DomainError('invalid_value', 'The file holds a line of letters and digits, as WeChat’s console gave it.')
  }
}
