import type { Account } from '../accounts.ts'
import { seal, signature } from '../crypto.ts'
import { digits } from '../ids.ts'
import { cdata } from '../xml.ts'

/** One HTTP request to the callback, before it is sent. Mutations change it. */
export type PushRequest = {
  /** In order; a name may stand twice. */
  query: [name: string, value: string][]
  body: Buffer
}

export type Signing = { account: Account; seconds: number; openid?: string }

/** The parameters of a push in clear. */
export function plainQuery({ account, seconds, openid }: Signing): PushRequest['query'] {
  const timestamp = String(seconds)
  const nonce = digits(9)
  const query: PushRequest['query'] = [
    ['signature', signature(account.token, timestamp, nonce)],
    ['timestamp', timestamp],
    ['nonce', nonce],
  ]
  if (openid !== undefined) query.push(['openid', openid])
  return query
}

function withMsgSignature(query: PushRequest['query'], account: Account, encrypted: string) {
  const value = (name: string) => query.find(([known]) => known === name)?.[1] ?? ''
  const msgSignature = signature(account.token, value('timestamp'), value('nonce'), encrypted)
  return [...query, ['encrypt_type', 'aes'], ['msg_signature', msgSignature]] satisfies PushRequest['query']
}

/** Signs and, by the account's mode, encrypts a document as WeChat does. */
export function buildRequest(signing: Signing, document: string | Buffer, encrypted?: string): PushRequest {
  const { account } = signing
  const bytes = typeof document === 'string' ? Buffer.from(document, 'utf8') : document
  const query = plainQuery(signing)
  if (account.mode === 'plaintext') return { query, body: bytes }
  const cipher = encrypted ?? seal(bytes, { encodingAesKey: account.encoding_aes_key, appid: account.appid })
  const body = account.mode === 'safe' ? safeBody(account, cipher) : compatibleBody(bytes, cipher)
  return { query: withMsgSignature(query, account, cipher), body }
}

function safeBody(account: Account, encrypted: string): Buffer {
  const to = cdata(account.original_id)
  return Buffer.from(`<xml>\n    <ToUserName>${to}</ToUserName>\n    <Encrypt>${cdata(encrypted)}</Encrypt>\n</xml>\n`)
}

/** Everything in clear, and the same once more encrypted. */
function compatibleBody(document: Buffer, encrypted: string): Buffer {
  const end = document.lastIndexOf('</xml>')
  const open = end < 0 ? document : document.subarray(0, end)
  return Buffer.concat([open, Buffer.from(`\n    <Encrypt>${cdata(encrypted)}</Encrypt>\n</xml>`)])
}

export function callbackAddress(callbackUrl: string, query: PushRequest['query']): URL {
  const url = new URL(callbackUrl)
  for (const [name, value] of query) url.searchParams.append(name, value)
  return url
}
