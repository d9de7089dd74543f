import { type CodeLimits, type codeLimitFields, codeLimits } from './codes/settings.ts'

/** Requests per window; see docs/configuration.md. */
export interface Limits extends CodeLimits {
  flowsPerAddress: number
  flowsPerApp: number
  logins: number
  bindsPerUser: number
  oauthPerAddress: number
  codesPerAddress: number
  codesPerApp: number
  streamsPerAddress: number
  streamsPerNode: number
  signaturesPerApp: number
  signaturesPerAddress: number
  templatesPerDay: number
}

export const limitFields = [
  {
    name: 'HUFU_LIMIT_CODES_PER_ADDRESS',
    default: '60',
    description: 'Codes by e-mail or SMS that may be asked for per hour from one address (/64 for IPv6).',
  },
  {
    name: 'HUFU_LIMIT_CODES_PER_APP',
    default: '600',
    description: 'Codes by e-mail or SMS per hour for one app.',
  },
  {
    name: 'HUFU_LIMIT_FLOWS_PER_ADDRESS',
    default: '60',
    description: 'New flows per minute for one visitor address (/64 for IPv6).',
  },
  { name: 'HUFU_LIMIT_FLOWS_PER_APP', default: '600', description: 'New flows per minute for one app.' },
  {
    name: 'HUFU_LIMIT_LOGINS',
    default: '300',
    description:
      'QR codes per minute at `/login`, for all addresses together (ten for each). They come out of the account’s daily quota at WeChat.',
  },
  { name: 'HUFU_LIMIT_BINDS_PER_USER', default: '10', description: 'New bind flows per hour for one user of an app.' },
  {
    name: 'HUFU_LIMIT_OAUTH_PER_ADDRESS',
    default: '30',
    description: 'Confirm pages opened in WeChat (OAuth begun) per minute from one address (/64 for IPv6).',
  },
  { name: 'HUFU_LIMIT_STREAMS_PER_ADDRESS', default: '200', description: 'Open event streams from one address.' },
  { name: 'HUFU_LIMIT_STREAMS_PER_NODE', default: '20000', description: 'Open event streams on this node.' },
  { name: 'HUFU_LIMIT_SIGNATURES_PER_APP', default: '600', description: 'JS-SDK signatures per minute for one app.' },
  {
    name: 'HUFU_LIMIT_SIGNATURES_PER_ADDRESS',
    default: '60',
    description: 'JS-SDK signatures per minute for one visitor address (`ip` of the request; /64 for IPv6).',
  },
  {
    name: 'HUFU_LIMIT_TEMPLATES_PER_DAY',
    default: '100000',
    description:
      'Template messages per day (Beijing) of one account. WeChat gives 100000, and more to accounts with very many followers. The last tenth is kept for codes.',
  },
] as const

export function limits(
  whole: (
    name: (typeof limitFields)[number]['name'] | (typeof codeLimitFields)[number]['name'],
    least: number,
    most: number,
  ) => number,
): Limits {
  return {
    flowsPerAddress: whole('HUFU_LIMIT_FLOWS_PER_ADDRESS', 1, 1e9),
    flowsPerApp: whole('HUFU_LIMIT_FLOWS_PER_APP', 1, 1e9),
    logins: whole('HUFU_LIMIT_LOGINS', 1, 1e9),
    bindsPerUser: whole('HUFU_LIMIT_BINDS_PER_USER', 1, 1e9),
    oauthPerAddress: whole('HUFU_LIMIT_OAUTH_PER_ADDRESS', 1, 1e9),
    codesPerAddress: whole('HUFU_LIMIT_CODES_PER_ADDRESS', 1, 1e9),
    codesPerApp: whole('HUFU_LIMIT_CODES_PER_APP', 1, 1e9),
    streamsPerAddress: whole('HUFU_LIMIT_STREAMS_PER_ADDRESS', 1, 1e9),
    streamsPerNode: whole('HUFU_LIMIT_STREAMS_PER_NODE', 1, 1e9),
    signaturesPerApp: whole('HUFU_LIMIT_SIGNATURES_PER_APP', 1, 1e9),
    signaturesPerAddress: whole('HUFU_LIMIT_SIGNATURES_PER_ADDRESS', 1, 1e9),
    templatesPerDay: whole('HUFU_LIMIT_TEMPLATES_PER_DAY', 1, 1e9),
    ...codeLimits(whole),
  }
}
