import { isUtf8 } from 'node:buffer'
import { encodeReply, sealReply } from './compose.ts'
import { dedupeKeyOf } from './dedupe.ts'
import { textOf } from './elements.ts'
import { type AesKey, decodeAesKey, decryptMessage } from './encryption.ts'
import { CallbackError, ConfigError, LimitError } from './errors.ts'
import { readPush } from './push.ts'
import type { Push } from './push-types.ts'
import { type CallbackQuery, parseCallbackQuery } from './query.ts'
import { takeRandomBytes } from './random.ts'
import type { Reply } from './reply.ts'
import { verifyCallbackSignature } from './signature.ts'
import type { XmlElement } from './xml.ts'
import { parseXml, XmlError } from './xml.ts'

export type CallbackMode = 'plaintext' | 'compatible' | 'safe'

export interface CallbackConfig {
  readonly appid: string
  /** `gh_…`, the `ToUserName` of every push. */
  readonly originalId: string
  /** 3–32 letters and digits. */
  readonly token: string
  /** Decides alone what is demanded of a request; nothing in a request can lower it. */
  readonly mode: CallbackMode
  /** 43 letters and digits; required unless `mode` is plaintext. */
  readonly encodingAesKey?: string
  /** The secrets before the last change: accepted while the platform still sends with them. */
  readonly previous?: { readonly token: string; readonly encodingAesKey?: string }
  /** How far `timestamp` may be from now, both ways, in seconds. Default 300; Infinity switches it off (for replay tools). */
  readonly windowSeconds?: number
}

export interface OpenedPush {
  readonly push: Push
  /** Whether it came encrypted; hand it to `compose`. */
  readonly encrypted: boolean
  /** The authentic document. */
  readonly xml: string
  /** Equal for every delivery of one push, different for different pushes of one account. At most 32 characters. */
  readonly dedupeKey: string
}

export interface Callback {
  /**
   * The platform's GET check.
   * @param rawQuery what follows `?` in the URL, untouched
   * @param now milliseconds since 1970
   * @returns the exact body to answer
   * @throws CallbackError
   */
  verify(rawQuery: string, now: number): string
  /**
   * A POST: verify, decrypt, parse.
   * @throws CallbackError
   */
  open(rawQuery: string, body: Uint8Array, now: number): OpenedPush
  /**
   * The HTTP body of the answer; without a reply the bare word `success`.
   * @throws LimitError when the reply breaks a limit of the platform
   */
  compose(push: Push, reply: Reply | undefined, options: { readonly now: number; readonly encrypted: boolean }): string
}

/**
 * Makes the two ends of an account's callback. Secrets are decoded once, here.
 * @throws ConfigError on anything that could never work, or would work without protecting anything
 * @see https://developers.weixin.qq.com/doc/oplatform/developers/dev/push
 */
export function createCallback(config: CallbackConfig): Callback {
  const account = readConfig(config)
  return {
    verify: (rawQuery, now) => answerCheck(account, rawQuery, now),
    open: (rawQuery, body, now) => openPush(account, rawQuery, body, now),
    compose: (push, reply, options) => composeReply(account, push, reply, options),
  }
}

interface Account {
  readonly appid: string
  readonly originalId: string
  readonly encrypted: boolean
  readonly windowMs: number
  /** The current token first. */
  readonly tokens: readonly [string, ...string[]]
  /** The current key first; empty in plaintext mode without a key. */
  readonly keys: readonly AesKey[]
}

function readConfig(config: CallbackConfig): Account {
  const { appid, originalId, mode, token, encodingAesKey, previous, windowSeconds = 300 } = config
  if (!/^[A-Za-z0-9_]{1,64}$/.test(appid)) throw new ConfigError('appid', 'must be letters and digits')
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(originalId))
    throw new ConfigError('originalId', 'must be the gh_… id of the account')
  if (mode !== 'plaintext' && mode !== 'compatible' && mode !== 'safe') {
    throw new ConfigError('mode', 'must be plaintext, compatible or safe')
  }
  if (mode !== 'plaintext' && encodingAesKey === undefined) {
    throw new ConfigError('encodingAesKey', `is required in ${mode} mode`)
  }
  if (!(windowSeconds > 0)) throw new ConfigError('windowSeconds', 'must be positive')
  const keys = [encodingAesKey, previous?.encodingAesKey].filter((key) => key !== undefined)
  return {
    appid,
    originalId,
    encrypted: mode !== 'plaintext',
    windowMs: windowSeconds * 1000,
    tokens: previous === undefined ? [readToken(token)] : [readToken(token), readToken(previous.token)],
    keys: keys.map(decodeAesKey),
  }
}

/** An empty token would make a signature anybody can compute. */
function readToken(token: string): string {
  if (!/^[A-Za-z0-9_-]{3,32}$/.test(token)) throw new ConfigError('token', 'must be 3 to 32 letters and digits')
  return token
}

/** The GET check is in clear in every mode. */
function answerCheck(account: Account, rawQuery: string, now: number): string {
  const query = parseCallbackQuery(rawQuery)
  verifySignature(account, query.signature, query)
  checkWindow(account, query, now)
  // Echoed into a page, anything freer would be a script.
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(query.echostr)) throw new CallbackError('echostr', true)
  return query.echostr
}

function openPush(account: Account, rawQuery: string, body: Uint8Array, now: number): OpenedPush {
  const query = parseCallbackQuery(rawQuery)
  const xml = account.encrypted ? openEnvelope(account, query, body, now) : openPlaintext(account, query, body, now)
  const elements = readDocument(xml)
  const push = readPush(elements)
  if (push === undefined) throw new CallbackError('xml', true, xml)
  if (push.toUserName !== account.originalId) throw new CallbackError('original_id', true)
  return { push, encrypted: account.encrypted, xml, dedupeKey: dedupeKeyOf(push, elements) }
}

function openPlaintext(account: Account, query: CallbackQuery, body: Uint8Array, now: number): string {
  verifySignature(account, query.signature, query)
  checkWindow(account, query, now)
  const xml = readUtf8(body)
  if (xml === undefined) throw new CallbackError('xml', true, Buffer.from(body.subarray(0, MAX_BODY)).toString())
  return xml
}

/** What stands beside `Encrypt` is signed by nobody and read by nobody. */
function openEnvelope(account: Account, query: CallbackQuery, body: Uint8Array, now: number): string {
  const envelope = readUtf8(body)
  const encrypt = envelope === undefined ? '' : readEncrypt(envelope)
  if (encrypt === '') throw new CallbackError('envelope')
  verifySignature(account, query.msgSignature, query, encrypt)
  checkWindow(account, query, now)
  return decrypt(account, encrypt)
}

function readEncrypt(envelope: string): string {
  try {
    return textOf(parseXml(envelope), 'Encrypt')
  } catch (error) {
    if (error instanceof XmlError) return ''
    throw error
  }
}

function readDocument(xml: string): readonly XmlElement[] {
  try {
    return parseXml(xml)
  } catch (error) {
    if (error instanceof XmlError) throw new CallbackError('xml', true, xml)
    throw error
  }
}

function readUtf8(body: Uint8Array): string | undefined {
  if (body.length > MAX_BODY || !isUtf8(body)) return undefined
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString()
}

const MAX_BODY = 128 * 1024

function verifySignature(account: Account, signature: string, query: CallbackQuery, encrypt = ''): void {
  for (const token of account.tokens) {
    if (verifyCallbackSignature(signature, [token, query.timestamp, query.nonce, encrypt])) return
  }
  throw new CallbackError('signature')
}

/** Only after the signature: characters can be moved between timestamp and nonce without breaking it, but not ten digits. */
function checkWindow(account: Account, query: CallbackQuery, now: number): void {
  if (Math.abs(now - Number(query.timestamp) * 1000) > account.windowMs) throw new CallbackError('timestamp', true)
}

function decrypt(account: Account, encrypt: string): string {
  let refusal: unknown
  for (const key of account.keys) {
    try {
      return decryptMessage(key, account.appid, encrypt)
    } catch (error) {
      refusal ??= error
    }
  }
  throw refusal
}

function composeReply(
  account: Account,
  push: Push,
  reply: Reply | undefined,
  { now, encrypted }: { readonly now: number; readonly encrypted: boolean },
): string {
  if (reply === undefined) return 'success'
  if (reply.type === 'news' && reply.articles.length > 1 && push.msgType !== 'event') {
    throw new LimitError('articles', 'must be 1 in answer to a message')
  }
  const seconds = Math.floor(now / 1000)
  const xml = encodeReply({ toUserName: push.fromUserName, fromUserName: push.toUserName, createTime: seconds }, reply)
  const key = account.keys[0]
  if (!encrypted) return xml
  if (key === undefined) throw new ConfigError('encodingAesKey', 'is required to encrypt a reply')
  const nonce = takeRandomBytes(8).toString('hex')
  return sealReply({ key, appid: account.appid, token: account.tokens[0], timestamp: String(seconds), nonce }, xml)
}
