import { domainToASCII } from 'node:url'
import { DomainError } from '../errors.ts'
import type { CredentialMethod } from '../store/tables.ts'

/** Where a person says to be reached, in the one form that is stored and compared. */
export interface Contact {
  kind: CredentialMethod
  value: string
}

const longestEmail = 254
/** What mail servers really take (RFC 5321's dot-string): nothing that could end a header, name a second recipient, or be quoted. */
const local = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const domain = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/** Small letters throughout: no provider of today tells two people apart by them. @throws DomainError */
export function parseEmail(text: string): Contact {
  const value = text.normalize('NFKC').trim().toLowerCase()
  const at = value.lastIndexOf('@')
  const host = domainToASCII(value.slice(at + 1))
  const address = `${value.slice(0, at)}@${host}`
  if (at < 1 || at > 64 || address.length > longestEmail || !local.test(value.slice(0, at)) || !domain.test(host)) {
    throw refused('email', 'An e-mail address looks like name@example.com.')
  }
  return { kind: 'email', value: address }
}

/** A number of mainland China as people write it, or any with + and its country, as E.164. @throws DomainError */
export function parsePhone(text: string, countries: readonly string[]): Contact {
  const plain = text.normalize('NFKC').replace(/[\s().-]/g, '')
  const value = /^1[3-9]\d{9}$/.test(plain) ? `+86${plain}` : plain.replace(/^00/, '+')
  const isNumber = value.startsWith('+86') ? /^\+861[3-9]\d{9}$/.test(value) : /^\+[1-9]\d{6,14}$/.test(value)
  if (!isNumber) throw refused('phone', 'A phone number has 11 digits, or begins with + and its country.')
  // Every text costs money, and some countries' numbers pay whoever makes them ring.
  if (!countries.some((country) => value.startsWith(`+${country}`))) {
    throw refused('phone', 'Numbers of this country are not accepted here.')
  }
  return { kind: 'phone', value }
}

/** Enough for its owner to recognise: `138••••5678`, `ad•••@example.com`. */
export function maskContact({ kind, value }: Contact): string {
  if (kind === 'phone') return `${value.replace(/^\+86/, '').slice(0, 3)}••••${value.slice(-4)}`
  const [name = '', host = ''] = value.split('@')
  return `${name.slice(0, name.length > 2 ? 2 : 1)}•••@${host}`
}

export function refused(path: string, message: string): DomainError {
  return new DomainError('invalid_value', { detail: message, errors: [{ path, message }] })
}
