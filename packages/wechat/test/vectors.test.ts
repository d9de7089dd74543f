import { describe, expect, it } from 'vitest'
import {
  type CallbackReason,
  createCallback,
  decodeAesKey,
  decryptMessage,
  encryptMessage,
  jssdkSignature,
  parseXml,
  sealReply,
  signCallback,
  verifyCallbackSignature,
} from '../src/index.ts'
import { ORIGINAL_ID, refusalOf, SAFE, vectors } from './fixtures.ts'

describe('the shared vectors', () => {
  it('are all here', () => {
    const counts = Object.fromEntries(
      Object.entries(vectors).flatMap(([name, list]) => (Array.isArray(list) ? [[name, list.length]] : [])),
    )
    expect(counts).toMatchObject({
      get_signatures: 5,
      encrypted_messages: 16,
      full_requests: 3,
      encrypted_replies: 2,
      jssdk_signatures: 5,
      invalid: 15,
      invalid_get: 4,
    })
  })

  it.each(vectors.get_signatures)('GET check $id is answered with its echostr', (vector) => {
    expect(signCallback([vector.token, vector.timestamp, vector.nonce])).toBe(vector.signature)
    expect(verifyGet(vector)).toBe(vector.expected_response_body)
  })

  it.each(vectors.invalid_get)('GET check $id is refused for its signature', (vector) => {
    expect(refusalOf(() => verifyGet(vector))).toMatchObject({ reason: 'signature', signatureValid: false })
  })

  it.each(vectors.encrypted_messages)('message $id encrypts, decrypts and is signed as recorded', (vector) => {
    const key = decodeAesKey(vector.encodingAESKey)
    expect(encryptMessage(key, vector.appid, vector.plaintext, Buffer.from(vector.random16))).toBe(vector.encrypt)
    expect(decryptMessage(key, vector.appid, vector.encrypt)).toBe(vector.plaintext)
    const { token, timestamp, nonce } = vector
    expect(verifyCallbackSignature(vector.msg_signature, [token, timestamp, nonce, vector.encrypt])).toBe(true)
    expect(verifyCallbackSignature(vector.url_signature, [token, timestamp, nonce])).toBe(true)
    if (vector.plaintext !== '') expect(parseXml(vector.plaintext)).not.toEqual([])
  })

  it.each(vectors.full_requests)('request $id opens', (request) => {
    // Made of a message that is not in the list, with the second of its two tokens.
    const callback = createCallback({ ...SAFE, token: 'zebraToken', mode: request.mode })
    const now = Number(/timestamp=([0-9]+)/.exec(request.query)?.[1]) * 1000
    const opened = callback.open(request.query, Buffer.from(request.body), now)
    expect(opened.encrypted).toBe(request.mode !== 'plaintext')
    expect(opened.push).toMatchObject({ kind: 'subscribe', scene: 'bind_7f3kQ2', eventKey: 'qrscene_bind_7f3kQ2' })
  })

  it.each(vectors.encrypted_replies)('reply $id is sealed byte for byte', (vector) => {
    const { appid, token, timestamp, nonce } = vector
    const key = decodeAesKey(vector.encodingAESKey)
    const random16 = Buffer.from(vector.random16)
    expect(sealReply({ key, appid, token, timestamp, nonce, random16 }, vector.plaintext)).toBe(vector.body)
  })

  it.each(vectors.jssdk_signatures)('page signature $id matches', (vector) => {
    const parts = { jsapiTicket: vector.jsapi_ticket, nonceStr: vector.noncestr, timestamp: vector.timestamp }
    expect(jssdkSignature({ ...parts, url: vector.url })).toBe(vector.signature)
    expect(jssdkSignature({ ...parts, url: `${vector.url}#later` })).toBe(vector.signature)
  })

  it.each(vectors.invalid)('request $id is refused: $expect', (vector) => {
    const callback = createCallback({
      appid: vector.appid,
      originalId: ORIGINAL_ID,
      token: vector.token,
      mode: 'safe',
      encodingAesKey: vector.encodingAESKey,
    })
    const query = `timestamp=${vector.timestamp}&nonce=${vector.nonce}&msg_signature=${vector.msg_signature}`
    const body = Buffer.from(`<xml><Encrypt><![CDATA[${vector.encrypt}]]></Encrypt></xml>`)
    const refusal = refusalOf(() => callback.open(query, body, Number(vector.timestamp) * 1000))
    expect(refusal.reason).toBe(REASONS[vector.expect])
    expect(refusal.signatureValid).toBe(refusal.reason !== 'signature')
  })
})

/** What the vectors call it, and what we call it. */
const REASONS: Record<string, CallbackReason> = {
  'reject: signature': 'signature',
  'reject: ciphertext length': 'ciphertext_length',
  'reject: padding/too short': 'padding',
  'reject: base64': 'base64',
  'reject: padding': 'padding',
  'strict implementation: reject; every SDK read for this file looks only at the last byte and accepts': 'padding',
  'reject: message length': 'message_length',
  'reject: appid': 'appid',
  'reject: padding, length or appid (whichever fires first)': 'padding',
}

function verifyGet(vector: { token: string; timestamp: string; nonce: string; echostr: string; signature: string }) {
  const callback = createCallback({ appid: 'wx1', originalId: ORIGINAL_ID, token: vector.token, mode: 'plaintext' })
  const { signature, timestamp, nonce, echostr } = vector
  const query = `signature=${signature}&timestamp=${timestamp}&nonce=${nonce}&echostr=${echostr}`
  return callback.verify(query, Number(timestamp) * 1000)
}
