import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CryptoError, jssdkSignature, seal, signature, unseal } from '../src/crypto.ts'
import { childText, readXml } from '../src/xml.ts'

type Entry = Record<string, string>

const vectors: Record<string, Entry[]> = JSON.parse(
  readFileSync(new URL('../../../vectors/wechat.json', import.meta.url), 'utf8'),
)

function entries(group: string): Entry[] {
  return vectors[group] ?? []
}

function value(entry: Entry, name: string): string {
  const found = entry[name]
  if (found === undefined) throw new Error(`${entry.id} has no ${name}`)
  return found
}

const envelope = (entry: Entry) => ({ encodingAesKey: value(entry, 'encodingAESKey'), appid: value(entry, 'appid') })

const threeParts = (entry: Entry) => signature(value(entry, 'token'), value(entry, 'timestamp'), value(entry, 'nonce'))

const fourParts = (entry: Entry) =>
  signature(value(entry, 'token'), value(entry, 'timestamp'), value(entry, 'nonce'), value(entry, 'encrypt'))

function refusal(entry: Entry): string {
  try {
    if (fourParts(entry) !== entry.msg_signature) return 'signature'
    return `accepted: ${unseal(value(entry, 'encrypt'), envelope(entry))}`
  } catch (error) {
    if (error instanceof CryptoError) return error.reason
    throw error
  }
}

/** The reason each invalid vector names, in our words. */
const REASONS: Record<string, string[]> = {
  'inv-sig-flip': ['signature'],
  'inv-sig-empty': ['signature'],
  'inv-sig-url': ['signature'],
  'inv-sig-token': ['signature'],
  'inv-trunc-b64': ['ciphertext_length'],
  'inv-one-block': ['padding', 'message_length'],
  'inv-b64': ['base64'],
  'inv-pad-0': ['padding'],
  'inv-pad-33': ['padding'],
  'inv-pad-inconsistent': ['padding'],
  'inv-len-big': ['message_length'],
  'inv-len-small': ['appid'],
  'inv-appid': ['appid'],
  'inv-key': ['padding', 'message_length', 'appid'],
  'inv-len-le': ['message_length'],
}

describe('the shared vectors', () => {
  it('are all here', () => {
    const counts = Object.fromEntries(
      [
        'get_signatures',
        'encrypted_messages',
        'full_requests',
        'encrypted_replies',
        'jssdk_signatures',
        'invalid',
        'invalid_get',
      ].map((group) => [group, entries(group).length]),
    )
    expect(counts).toEqual({
      get_signatures: 5,
      encrypted_messages: 16,
      full_requests: 3,
      encrypted_replies: 2,
      jssdk_signatures: 5,
      invalid: 15,
      invalid_get: 4,
    })
  })

  it.each(entries('get_signatures'))('$id: the signature of a GET', (entry) => {
    expect(threeParts(entry)).toBe(entry.signature)
  })

  it.each(entries('encrypted_messages'))('$id: sealed, signed and unsealed ($note)', (entry) => {
    expect(seal(value(entry, 'plaintext'), envelope(entry), value(entry, 'random16'))).toBe(entry.encrypt)
    expect(unseal(value(entry, 'encrypt'), envelope(entry))).toBe(entry.plaintext)
    expect(fourParts(entry)).toBe(entry.msg_signature)
    expect(threeParts(entry)).toBe(entry.url_signature)
  })

  it.each(entries('full_requests'))('$id: a whole request is signed, and opens', (entry) => {
    // enc-2, which they are based on, is not in the file; enc-4 has the same token and one of the two keys.
    const key = entries('encrypted_messages').find(({ id }) => id === 'enc-4') ?? {}
    const query = new URLSearchParams(value(entry, 'query'))
    const signed = { ...key, timestamp: query.get('timestamp') ?? '', nonce: query.get('nonce') ?? '' }
    expect(threeParts(signed)).toBe(query.get('signature'))
    const body = readXml(value(entry, 'body'))
    const encrypt = childText(body, 'Encrypt')
    if (entry.mode === 'plaintext') {
      expect(encrypt).toBeUndefined()
      return
    }
    expect(fourParts({ ...signed, encrypt: encrypt ?? '' })).toBe(query.get('msg_signature'))
    const inner = readXml(unseal(encrypt ?? '', envelope(key)))
    expect(childText(inner, 'FromUserName')).toBe(query.get('openid'))
    if (entry.mode === 'compatible') expect(childText(inner, 'Event')).toBe(childText(body, 'Event'))
  })

  it.each(entries('encrypted_replies'))('$id: an encrypted reply', (entry) => {
    const body = readXml(value(entry, 'body'))
    expect(seal(value(entry, 'plaintext'), envelope(entry), value(entry, 'random16'))).toBe(entry.encrypt)
    expect(childText(body, 'Encrypt')).toBe(entry.encrypt)
    expect(childText(body, 'MsgSignature')).toBe(fourParts(entry))
    expect(unseal(childText(body, 'Encrypt') ?? '', envelope(entry))).toBe(entry.plaintext)
  })

  it.each(entries('jssdk_signatures'))('$id: a JS-SDK signature', (entry) => {
    const { jsapi_ticket = '', noncestr = '', timestamp = '', url = '' } = entry
    expect(jssdkSignature(jsapi_ticket, noncestr, timestamp, url)).toBe(entry.signature)
  })

  it.each(entries('invalid'))('$id is refused: $note', (entry) => {
    expect(REASONS[value(entry, 'id')]).toContain(refusal(entry))
  })

  it.each(entries('invalid_get'))('$id is refused: $note', (entry) => {
    expect(threeParts(entry)).not.toBe(entry.signature)
  })
})
