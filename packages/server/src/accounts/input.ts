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
  openPlatform?: string
}

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
