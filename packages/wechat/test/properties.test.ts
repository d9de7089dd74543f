import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CallbackError,
  createCallback,
  decodeAesKey,
  decryptMessage,
  encodeReply,
  encryptMessage,
  parseJsonObject,
  parseXml,
  type XmlElement,
  XmlError,
} from '../src/index.ts'
import {
  AES_KEY,
  APPID,
  deliverCiphertext,
  deliverPlaintext,
  document,
  NOW,
  PLAINTEXT,
  plainQuery,
  refusalOf,
  SAFE,
} from './fixtures.ts'

const key = decodeAesKey(AES_KEY)
const safe = createCallback(SAFE)
const plaintext = createCallback(PLAINTEXT)
const runs = { numRuns: 500 }

/** Text as XML can carry it. */
const wellFormed = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed())
const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', 'toString', 'FromUserName', 'item', 'List'),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/),
)
/** Bits of markup in any order: nearer to a document than noise is. */
const almostXml = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '</',
        '/>',
        '<![CDATA[',
        ']]>',
        '&',
        '&amp;',
        '&#65;',
        ';',
        '<xml>',
        '</xml>',
        '<!DOCTYPE',
        '<?',
        '\0',
        '<item>',
        '</item>',
      ),
      name.map((tag) => `<${tag}>`),
      name.map((tag) => `</${tag}>`),
      fc.string(),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

describe('for any input', () => {
  it('what is encrypted decrypts to itself', () => {
    fc.assert(
      fc.property(wellFormed, (message) => {
        expect(decryptMessage(key, APPID, encryptMessage(key, APPID, message))).toBe(message)
      }),
      runs,
    )
  })

  it('a ciphertext changed anywhere is not accepted with its old signature, nor read as another account’s', () => {
    const encrypt = encryptMessage(key, APPID, document('<Event>SCAN</Event><EventKey>1</EventKey>'))
    const bytes = Buffer.from(encrypt, 'base64')
    const signed = deliverCiphertext(encrypt)
    expect(safe.open(signed.query, signed.body, NOW).push.kind).toBe('scan')
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ change
        const body = Buffer.from(`<xml><Encrypt>${changed.toString('base64')}</Encrypt></xml>`)
        expect(refusalOf(() => safe.open(signed.query, body, NOW)).reason).toBe('signature')
        // CBC passes changes of the message itself on; that is what the signature is for. Length and appid stay checked.
        const length = decrypted(changed.toString('base64'))
        if (length !== undefined) expect(length).toBe(decrypted(encrypt))
      }),
      runs,
    )
  })

  it('the reader answers with elements or with XmlError', () => {
    fc.assert(
      fc.property(almostXml, (xml) => {
        for (const text of [xml, `<xml>${xml}</xml>`]) {
          try {
            everyElement(parseXml(text))
          } catch (error) {
            expect(error).toBeInstanceOf(XmlError)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('a callback answers with a push or with CallbackError, whatever the query and the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          almostXml.map((xml) => Buffer.from(xml)),
        ),
        fc.string(),
        (body, noise) => {
          for (const [callback, query] of [
            [safe, noise],
            [safe, `${plainQuery()}&${noise}`],
            [plaintext, plainQuery()],
          ] as const) {
            expectRefusalOrPush(() => callback.open(query, body, NOW))
            expectRefusalOrPush(() => callback.verify(`${query}&echostr=${noise}`, NOW))
          }
        },
      ),
      runs,
    )
  })

  it('a genuine document with any fields opens, and every value is a string', () => {
    const leaf = fc.tuple(
      fc.uniqueArray(name, { maxLength: 20 }),
      fc.array(wellFormed, { minLength: 20, maxLength: 20 }),
    )
    fc.assert(
      fc.property(leaf, fc.constantFrom('event', 'text', 'constructor', '__proto__'), ([names, values], type) => {
        const known = new Set(['ToUserName', 'FromUserName', 'CreateTime', 'MsgType'])
        const fields = names
          .filter((each) => !known.has(each))
          .map((each, i) => `<${each}>${cdata(values[i] ?? '')}</${each}>`)
        const { query, body } = deliverPlaintext(document(fields.join(''), type))
        if (body.includes(0)) return expectRefusalOrPush(() => plaintext.open(query, body, NOW))
        const { push } = plaintext.open(query, body, NOW)
        expect(Object.getPrototypeOf(push)).toBe(Object.prototype)
        for (const [field, value] of Object.entries(push)) {
          if (field === 'createTime') expect(value).toBe(1752000000)
          else if (field === 'elements') everyElement(value as XmlElement[])
          else expect(typeof value === 'string' || Array.isArray(value)).toBe(true)
        }
      }),
      runs,
    )
  })

  it('a reply’s text is read back as it was given, less what XML forbids', () => {
    const head = { toUserName: 'o', fromUserName: 'gh', createTime: 1 }
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), almostXml).filter((text) => text.length < 500),
        (text) => {
          const elements = parseXml(encodeReply(head, { type: 'text', content: `x${text}` }))
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
          const expected = `x${text}`.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
          expect(elements.at(-1)).toEqual({ name: 'Content', text: expected, children: undefined })
        },
      ),
      runs,
    )
  })

  it('an integer in JSON keeps its digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), (integer) => {
        expect(String(parseJsonObject(`{"msgid":${integer}}`)?.msgid)).toBe(String(integer))
      }),
      runs,
    )
  })
})

function decrypted(encrypt: string): number | undefined {
  try {
    return Buffer.byteLength(decryptMessage(key, APPID, encrypt))
  } catch (error) {
    expect(error).toBeInstanceOf(CallbackError)
    return undefined
  }
}

function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

function everyElement(elements: readonly XmlElement[]): void {
  for (const element of elements) {
    expect(typeof element.name).toBe('string')
    expect(typeof element.text).toBe('string')
    everyElement(element.children ?? [])
  }
}

function expectRefusalOrPush(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(CallbackError)
  }
}
