import { isTrustworthy, siteOf } from './cookies.ts'

export type ReferrerPolicy =
  | 'no-referrer'
  | 'no-referrer-when-downgrade'
  | 'origin'
  | 'origin-when-cross-origin'
  | 'same-origin'
  | 'strict-origin'
  | 'strict-origin-when-cross-origin'
  | 'unsafe-url'

export const DEFAULT_POLICY: ReferrerPolicy = 'strict-origin-when-cross-origin'

const POLICIES: readonly string[] = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  DEFAULT_POLICY,
  'unsafe-url',
] satisfies ReferrerPolicy[]

/** The last policy of the list that is known, as the header is read. @see https://www.w3.org/TR/referrer-policy/ */
export function readPolicy(header: string | undefined): ReferrerPolicy | undefined {
  const known = (header ?? '').split(',').map((word) => word.trim().toLowerCase())
  return known.findLast((word): word is ReferrerPolicy => POLICIES.includes(word))
}

function isDowngrade(from: URL, to: URL): boolean {
  return isTrustworthy(from) && !isTrustworthy(to)
}

export function refererHeader(policy: ReferrerPolicy, from: URL, to: URL): string | undefined {
  const full = new URL(from)
  full.hash = ''
  full.username = ''
  full.password = ''
  const origin = `${from.origin}/`
  const same = from.origin === to.origin
  switch (policy) {
    case 'no-referrer':
      return undefined
    case 'unsafe-url':
      return full.href
    case 'origin':
      return origin
    case 'same-origin':
      return same ? full.href : undefined
    case 'origin-when-cross-origin':
      return same ? full.href : origin
    case 'no-referrer-when-downgrade':
      return isDowngrade(from, to) ? undefined : full.href
    case 'strict-origin':
      return isDowngrade(from, to) ? undefined : origin
    case 'strict-origin-when-cross-origin':
      if (same) return full.href
      return isDowngrade(from, to) ? undefined : origin
  }
}

/**
 * The Origin of a form's POST: a navigation tells no more than its referrer policy allows.
 * @see https://fetch.spec.whatwg.org/#append-a-request-origin-header
 */
export function originHeader(policy: ReferrerPolicy, from: URL, to: URL): string {
  switch (policy) {
    case 'no-referrer':
      return 'null'
    case 'same-origin':
      return from.origin === to.origin ? from.origin : 'null'
    case 'no-referrer-when-downgrade':
    case 'strict-origin':
    case 'strict-origin-when-cross-origin':
      return from.protocol === 'https:' && to.protocol !== 'https:' ? 'null' : from.origin
    default:
      return from.origin
  }
}

export type FetchSite = 'none' | 'same-origin' | 'same-site' | 'cross-site'

/** Over the whole chain of redirects: it only ever gets further away. */
export function fetchSite(initiator: URL | undefined, chain: readonly URL[]): FetchSite {
  if (initiator === undefined) return 'none'
  if (chain.every((url) => url.origin === initiator.origin)) return 'same-origin'
  return chain.every((url) => siteOf(url) === siteOf(initiator)) ? 'same-site' : 'cross-site'
}
