import { isIP } from 'node:net'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import type { Assurance, FlowEntry, FlowKind } from '../store/tables.ts'
import type { FlowRow } from './queries.ts'
import { kindOf } from './verifying.ts'

/** What a site's backend asks for; the routes have checked its shape. */
export interface FlowInput {
  kind: FlowKind
  externalUserId?: string
  /** What an approval is for, in the person's words. */
  purpose?: string
  /** `us_…`, or the site's own id: nobody else's WeChat may approve. */
  user?: string
  displayName?: string
  account?: string
  entry?: FlowEntry
  /** Seconds. */
  expiresIn?: number
  assurance?: Assurance
  browserBinding?: string
  reauthenticatedAt?: string
  returnTo?: string
  locale?: string
  browser?: { ip?: string; user_agent?: string }
  metadata?: Record<string, unknown>
  idempotencyKey?: string
  /** Begun in WeChat: only this follower of `account` may confirm it, before the link ends (ms), and nobody scans anything. */
  link?: { id: string; openidIndex: string; until: number }
}

const strength: Record<Assurance, number> = { instant: 0, tap: 1, number: 2, code: 3 }

/** A flow may ask for more than its app's setting, never for less. */
export function assuranceOf(app: App, input: FlowInput): Assurance {
  // Who begins by a link is at the site in the phone's own browser: there is no second screen to carry digits to.
  if (input.link) return 'tap'
  const least = app.assurance[input.kind]
  const asked = input.assurance ?? least
  if (strength[asked] < strength[least]) {
    throw invalid(
      'assurance',
      `This app demands at least “${least}” for ${input.kind}; a flow can raise it, not lower it.`,
    )
  }
  return asked
}

/** The account that the flow goes through, refused early when it cannot be trusted. */
export function accountOf(accounts: Accounts, app: App, input: FlowInput): Account {
  const named = input.account ?? app.appid
  const all = accounts.list()
  const account = named ? accounts.find(named) : all.length === 1 ? all[0] : undefined
  if (!account) {
    throw invalid(
      'account',
      named ? 'No such account is configured.' : 'Name an account: the installation has none, or several.',
    )
  }
  if (!account.mayAuthenticate) {
    throw new DomainError(
      'account_mode_insecure',
      'This account receives plaintext pushes, which anyone who saw one signed URL can forge. Switch it to safe mode.',
    )
  }
  return account
}

/** What each entry asks of an account. A code typed in the chat asks for nothing. */
const possible: Record<FlowEntry, (can: Account['capabilities']) => boolean> = {
  qr: (can) => can.parametricQr && can.webOauth,
  page: (can) => can.webOauth,
  chat: () => true,
}

/** What the flow names must be possible; what its app prefers is taken where it is, so that a site's code is the same for every account. */
export function entryOf(account: Account, app: App, input: FlowInput): FlowEntry | null {
  const can = (entry: FlowEntry) => possible[entry](account.capabilities)
  const needed = input.link ? 'page' : input.entry
  if (needed && !can(needed)) {
    throw new DomainError(
      'account_capability_missing',
      `Entry “${needed}” needs a verified service account or a test account. Leave it out: what the account can do is then chosen.`,
    )
  }
  // A link has brought the person already.
  if (input.link) return null
  const preferred = input.entry ?? app.entry
  return preferred && can(preferred) ? preferred : can('qr') ? 'qr' : 'chat'
}

/** With its zone: a time without one means another moment on every machine. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i

/** A bind changes who can log in, so the app may demand that its user has just authenticated. */
export function checkReauthentication(app: App, input: FlowInput, now: number): void {
  const given = input.reauthenticatedAt
  const at = given === undefined ? undefined : rfc3339.test(given) ? Date.parse(given) : Number.NaN
  if (at !== undefined && Number.isNaN(at)) throw invalid('reauthenticated_at', 'An RFC 3339 time is expected.')
  if (input.kind !== 'bind' || app.reauthenticateWithin === undefined) return
  const allowedSkewMs = 5_000
  if (at === undefined || at > now + allowedSkewMs || at < now - app.reauthenticateWithin * 1000) {
    throw new DomainError(
      'reauth_required',
      `Ask your user to authenticate again: reauthenticated_at must be within the last ${app.reauthenticateWithin} s.`,
    )
  }
}

/** Letter by letter against the app's list: nothing is parsed, so nothing can be parsed differently. */
export function checkReturnTo(app: App, input: FlowInput): void {
  if (input.returnTo === undefined || app.returnUrls.includes(input.returnTo)) return
  throw new DomainError('redirect_not_registered', 'return_to must equal one of the app’s registered return URLs.')
}

export function checkExternalUserId(input: FlowInput): void {
  if (input.kind === 'bind' && input.externalUserId === undefined) {
    throw invalid('external_user_id', 'A bind needs your own id of the user who is logged in.')
  }
}

/** Controls, invisible letters and breaks: what would let a purpose look like something else. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** An approval has a purpose, and changes nothing about anybody: there is no id to link. Nothing else has one. */
export function checkPurpose({ kind, purpose, user, externalUserId }: FlowInput): void {
  if (kind !== 'verify') {
    for (const [path, value] of [
      ['purpose', purpose],
      ['user', user],
    ] as const)
      if (value !== undefined) throw invalid(path, `Only a flow of kind “verify” has a ${path}.`)
    return
  }
  if (purpose === undefined || purpose.trim() === '' || unprintable.test(purpose))
    throw invalid('purpose', 'A purpose is 1 to 64 printable characters: the person reads it.')
  if (externalUserId !== undefined)
    throw invalid('external_user_id', 'A “verify” links nobody. Who may approve is said by “user”.')
}

/** Limits go by it, so it must be one address and not what a visitor wrote into X-Forwarded-For. */
export function checkBrowser(input: FlowInput): void {
  const ip = input.browser?.ip?.replace(/%.*$/, '')
  if (ip !== undefined && isIP(ip) === 0)
    throw invalid('browser.ip', 'One IP address is expected, the visitor’s as your server saw it.')
}

function invalid(path: string, message: string): DomainError {
  return new DomainError('invalid_value', { detail: message, errors: [{ path, message }] })
}

/** Whether it is Hufu that asks an unknown person of this flow for an e-mail address or a phone number. */
export function registersHere(apps: Apps, flow: Pick<FlowRow, 'kind' | 'purpose_sealed' | 'app_id'>): boolean {
  return kindOf(flow) === 'login' && typeof apps.find(flow.app_id)?.registration === 'object'
}

/** Site as the phone shows it: where the QR was, from the app's own configuration. */
export function hostOf(app: App): string | undefined {
  const origin = app.allowedOrigins[0]
  return origin && new URL(origin).host
}
