import type { Account } from '../accounts.ts'
import type { Clock } from '../clock.ts'
import { aesKey, encryptBlocks, layout, pad, seal } from '../crypto.ts'
import { Refusal } from '../refusals.ts'
import { DOCUMENT_CHANGES } from './hostile.ts'
import { buildRequest, type PushRequest, plainQuery } from './request.ts'

const WINDOW_SECONDS = 301

/** What encrypts wrongly and is signed rightly. */
const CIPHERS: Record<string, (document: Buffer, account: Account) => string> = {
  wrong_appid: (document, account) =>
    seal(document, { encodingAesKey: account.encoding_aes_key, appid: 'wxsim0000000000000' }),
  bad_padding(document, account) {
    const padded = pad(layout(document, account.appid))
    padded[padded.length - 1] = 33
    return encryptBlocks(padded, aesKey(account.encoding_aes_key))
  },
  bad_length(document, account) {
    const plain = layout(document, account.appid)
    plain.writeUInt32BE(document.length + 1000, 16)
    return encryptBlocks(pad(plain), aesKey(account.encoding_aes_key))
  },
  bad_base64: () => '*** this is not base64 ***',
  truncated: (document, account) =>
    seal(document, { encodingAesKey: account.encoding_aes_key, appid: account.appid }).slice(0, -4),
}

type RequestChange = (request: PushRequest, document: Buffer, account: Account) => PushRequest

function changeParameter(name: string, change: (value: string) => [string, string][]): RequestChange {
  return (request) => ({
    ...request,
    query: request.query.flatMap(([known, value]) => (known === name ? change(value) : [[known, value]])),
  })
}

const flipped = (hex: string) => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`

const REQUESTS: Record<string, RequestChange> = {
  bad_signature: changeParameter('signature', (value) => [['signature', flipped(value)]]),
  no_signature: changeParameter('signature', () => []),
  bad_msg_signature: changeParameter('msg_signature', (value) => [['msg_signature', flipped(value)]]),
  no_msg_signature: changeParameter('msg_signature', () => []),
  repeated_signature: (request) => ({
    ...request,
    query: request.query.flatMap(([name, value]) =>
      name.endsWith('signature')
        ? ([
            [name, value],
            [name, value],
          ] as [string, string][])
        : [[name, value]],
    ),
  }),
  forged_outside(request, _document, account) {
    if (account.mode !== 'compatible')
      throw new Refusal(400, 'needs_compatible_mode', 'forged_outside changes the clear half of a compatible body')
    const forged = request.body
      .toString('utf8')
      .replace(/(<EventKey><!\[CDATA\[)[^\]]*/, '$1forged')
      .replace(/(<FromUserName><!\[CDATA\[)[^\]]*/, '$1oForgedForgedForgedForgedFo')
    return { ...request, body: Buffer.from(forged) }
  },
}

const TIMES: Record<string, number> = { stale_timestamp: -WINDOW_SECONDS, future_timestamp: WINDOW_SECONDS }
const DELIVERIES = ['duplicate', 'reencrypt', 'reorder', 'plaintext'] as const

export const MUTATIONS: readonly string[] = [
  ...DELIVERIES,
  ...[DOCUMENT_CHANGES, CIPHERS, REQUESTS, TIMES].flatMap((table) => Object.keys(table)),
]

export type Mutated = { account: Account; document: Buffer; openid: string; names: readonly string[]; clock: Clock }

/** Builds the request of a mutated push; every call signs and encrypts anew. */
export function buildMutated({ account, document, openid, names, clock }: Mutated): PushRequest {
  const changed = names.reduce((bytes, name) => DOCUMENT_CHANGES[name]?.(bytes) ?? bytes, document)
  const seconds = clock.seconds() + names.reduce((sum, name) => sum + (TIMES[name] ?? 0), 0)
  const signing = { account, seconds, openid }
  const request = names.includes('plaintext')
    ? { query: plainQuery(signing), body: changed }
    : buildRequest(signing, changed, cipherOf(account, changed, names))
  return names.reduce((made, name) => REQUESTS[name]?.(made, changed, account) ?? made, request)
}

function cipherOf(account: Account, document: Buffer, names: readonly string[]): string | undefined {
  const name = names.find((known) => known in CIPHERS)
  if (name === undefined) return undefined
  if (account.mode === 'plaintext') throw new Refusal(400, 'needs_encryption', `${name} needs an account that encrypts`)
  return CIPHERS[name]?.(document, account)
}
