import { readFileSync } from 'node:fs'
import { type CallbackConfig, CallbackError, decodeAesKey, encryptMessage, signCallback } from '../src/index.ts'

interface Signed {
  id: string
  token: string
  timestamp: string
  nonce: string
}
interface Encrypted extends Signed {
  encodingAESKey: string
  appid: string
  random16: string
  plaintext: string
  encrypt: string
  msg_signature: string
  url_signature: string
}
interface Vectors {
  get_signatures: (Signed & { echostr: string; signature: string; expected_response_body: string })[]
  encrypted_messages: Encrypted[]
  full_requests: { id: string; mode: CallbackConfig['mode']; based_on: string; query: string; body: string }[]
  encrypted_replies: (Encrypted & { body: string })[]
  jssdk_signatures: {
    id: string
    jsapi_ticket: string
    noncestr: string
    timestamp: string
    url: string
    signature: string
  }[]
  invalid: (Encrypted & { expect: string })[]
  invalid_get: (Signed & { echostr: string; signature: string })[]
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../vectors/wechat.json', import.meta.url), 'utf8'),
)

export const APPID = 'wx1a2b3c4d5e6f7089'
export const ORIGINAL_ID = 'gh_0f1e2d3c4b5a'
export const OPENID = 'oZx9Qw1ErTyUiOpAsDfGhJkLzXcV'
export const AES_KEY = 'Kq3vT8mZ1rXbW6nYp0LdCe5uJhG2sFaRo9iQxUwMz7B'
export const TOKEN = 'Tk_alpha9'
export const SECONDS = 1_752_000_000
export const NOW = SECONDS * 1000

export const SAFE: CallbackConfig = {
  appid: APPID,
  originalId: ORIGINAL_ID,
  token: TOKEN,
  mode: 'safe',
  encodingAesKey: AES_KEY,
}
export const PLAINTEXT: CallbackConfig = { appid: APPID, originalId: ORIGINAL_ID, token: TOKEN, mode: 'plaintext' }

/** A document with the four fields every push has, before `fields`. */
export function document(fields: string, msgType = 'event'): string {
  return (
    `<xml><ToUserName><![CDATA[${ORIGINAL_ID}]]></ToUserName><FromUserName><![CDATA[${OPENID}]]></FromUserName>` +
    `<CreateTime>${SECONDS}</CreateTime><MsgType><![CDATA[${msgType}]]></MsgType>${fields}</xml>`
  )
}

export interface Delivery {
  query: string
  body: Buffer
}

/** The document as the platform would send it in safe mode. */
export function deliverEncrypted(
  xml: string,
  { seconds = SECONDS, token = TOKEN, encodingAesKey = AES_KEY, appid = APPID } = {},
): Delivery {
  return deliverCiphertext(encryptMessage(decodeAesKey(encodingAesKey), appid, xml), { seconds, token })
}

export function deliverCiphertext(encrypt: string, { seconds = SECONDS, token = TOKEN } = {}): Delivery {
  const timestamp = String(seconds)
  const signature = signCallback([token, timestamp, 'n0nce', encrypt])
  return {
    query: `timestamp=${timestamp}&nonce=n0nce&openid=${OPENID}&encrypt_type=aes&msg_signature=${signature}`,
    body: Buffer.from(`<xml><ToUserName>${ORIGINAL_ID}</ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`),
  }
}

/** The document as the platform would send it in plaintext mode. */
export function deliverPlaintext(xml: string | Buffer, seconds = SECONDS): Delivery {
  return { query: plainQuery(seconds), body: Buffer.from(xml) }
}

export function plainQuery(seconds: number | string = SECONDS, token = TOKEN): string {
  const timestamp = String(seconds)
  return `signature=${signCallback([token, timestamp, 'n0nce'])}&timestamp=${timestamp}&nonce=n0nce`
}

/** The refusal, which must be a CallbackError; anything else fails the test that asked. */
export function refusalOf(work: () => unknown): CallbackError {
  try {
    work()
  } catch (error) {
    if (error instanceof CallbackError) return error
    throw error
  }
  throw new Error('was not refused')
}
