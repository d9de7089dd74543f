import { DomainError } from '../errors.ts'
import type { Assurance, CredentialMethod, FlowEntry, VerifyAssurance } from '../store/tables.ts'
import { hasControlCharacters } from '../text.ts'
import type { Scope } from './apps.ts'

export interface AppInput {
  name: string
  allowedOrigins: string[]
  returnUrls?: string[]
  scopes?: Scope[]
  loginAssurance?: Assurance
  bindAssurance?: Assurance
  /** Default: what a bind needs. */
  verifyAssurance?: VerifyAssurance
  registration?: 'auto' | 'site' | CredentialMethod[]
  /** Seconds. */
  reauthenticateWithin?: number
  /** Seconds; 0: no push waits for this site. */
  replyWithin?: number
  appid?: string
  linkUrl?: string
  /** Default: yes. */
  signInNotices?: boolean
  /** Default: no. */
  asksProfile?: boolean
  /** appids of mini programs. */
  miniPrograms?: string[]
  entry?: FlowEntry
}

export function validateApp(input: AppInput): void {
  const rules: [path: string, holds: boolean, message: string][] = [
    [
      'name',
      input.name.length > 0 && input.name.length <= 64 && !hasControlCharacters(input.name),
      'A name has 1 to 64 printable characters.',
    ],
    [
      'allowed_origins',
      input.allowedOrigins.every(isOrigin),
      'An origin looks like https://shop.example.com, without path or slash at the end.',
    ],
    [
      'return_urls',
      (input.returnUrls ?? []).every(isWebAddress),
      'A return URL is a whole http(s) address; it is matched letter by letter.',
    ],
    [
      'link_url',
      input.linkUrl === undefined || (isWebAddress(input.linkUrl) && new URL(input.linkUrl).hash === ''),
      'A link URL is a whole http(s) address without a fragment.',
    ],
    [
      'reply_within',
      [0, 1, 2, 3, 4].includes(input.replyWithin ?? 0),
      'WeChat waits five seconds: a push may wait 1 to 4 for the site, or 0 for none.',
    ],
    [
      'registration',
      typeof input.registration !== 'object' || isMethods(input.registration),
      'Registration is auto, site, or one or both of email and phone.',
    ],
  ]
  const errors = rules.filter(([, holds]) => !holds).map(([path, , message]) => ({ path, message }))
  if (errors.length > 0)
    throw new DomainError('invalid_value', { detail: errors.map((error) => error.message).join(' '), errors })
}

function isMethods(methods: CredentialMethod[]): boolean {
  return methods.length > 0 && new Set(methods).size === methods.length
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

function isOrigin(value: string): boolean {
  return isWebAddress(value) && new URL(value).origin === value
}
