import { describe, expect, it } from 'vitest'
import { ConfigError, createCallback, signCallback } from '../src/index.ts'
import {
  AES_KEY,
  deliverEncrypted,
  deliverPlaintext,
  document,
  NOW,
  ORIGINAL_ID,
  PLAINTEXT,
  plainQuery,
  refusalOf,
  SAFE,
  SECONDS,
} from './fixtures.ts'

const SCAN = document('<Event>SCAN</Event><EventKey>login_1</EventKey><Ticket>t</Ticket>')
const safe = createCallback(SAFE)
const compatible = createCallback({ ...SAFE, mode: 'compatible' })
const plaintext = createCallback(PLAINTEXT)

describe('configuration', () => {
  it.each([
    ['token', { token: '' }],
    ['token', { token: 'ab' }],
    ['token', { token: 'a'.repeat(33) }],
    ['token', { token: 'with space' }],
    ['token', { previous: { token: '' } }],
    ['encodingAesKey', { encodingAesKey: AES_KEY.slice(1) }],
    ['encodingAesKey', { encodingAesKey: `${AES_KEY.slice(1)}=` }],
    ['encodingAesKey', { previous: { token: 'former', encodingAesKey: 'short' } }],
    ['appid', { appid: '' }],
    ['originalId', { originalId: '' }],
    ['windowSeconds', { windowSeconds: 0 }],
    ['windowSeconds', { windowSeconds: Number.NaN }],
  ])('refuses a bad %s and does not repeat it', (field, change) => {
    const error = thrown(() => createCallback({ ...SAFE, ...change }))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ field })
    expect(String(error)).not.toContain(AES_KEY.slice(1))
  })

  it('refuses an encrypted mode without a key', () => {
    const { encodingAesKey: _, ...keyless } = SAFE
    expect(thrown(() => createCallback(keyless))).toMatchObject({ field: 'encodingAesKey' })
    expect(thrown(() => createCallback({ ...keyless, mode: 'compatible' }))).toMatchObject({ field: 'encodingAesKey' })
  })
})

describe('the mode is decided by the configuration', () => {
  it('plain XML with a good plain signature is refused by an encrypted account', () => {
    const { body } = deliverPlaintext(SCAN)
    for (const callback of [safe, compatible]) {
      expect(refusalOf(() => callback.open(plainQuery(), body, NOW))).toMatchObject({ reason: 'envelope' })
      expect(refusalOf(() => callback.open(`${plainQuery()}&encrypt_type=raw`, body, NOW)).reason).toBe('envelope')
    }
  })

  it('a plain signature does not open an envelope', () => {
    const { body } = deliverEncrypted(SCAN)
    expect(refusalOf(() => safe.open(plainQuery(), body, NOW)).reason).toBe('signature')
  })

  it('what stands beside Encrypt is discarded, even when it contradicts', () => {
    const { query, body } = deliverEncrypted(SCAN)
    const forged = body
      .toString()
      .replace('<xml>', '<xml><EventKey>forged</EventKey><FromUserName>oForged</FromUserName>')
    const opened = compatible.open(query, Buffer.from(forged), NOW)
    expect(opened.push).toMatchObject({ kind: 'scan', scene: 'login_1' })
    expect(opened.xml).toBe(SCAN)
  })
})

describe('a changed delivery', () => {
  it('is refused when one bit of the signature differs, at every digit', () => {
    const { query, body } = deliverEncrypted(SCAN)
    const at = query.indexOf('msg_signature=') + 'msg_signature='.length
    for (let i = at; i < query.length; i++) {
      const flipped = (Number.parseInt(query.charAt(i), 16) ^ 1).toString(16)
      const changed = query.slice(0, i) + flipped + query.slice(i + 1)
      expect(refusalOf(() => safe.open(changed, body, NOW)).reason).toBe('signature')
    }
  })

  it('is refused when it was made for another account with the same secrets', () => {
    const other = deliverEncrypted(SCAN, { appid: 'wxffffffffffffffff' })
    expect(refusalOf(() => safe.open(other.query, other.body, NOW)).reason).toBe('appid')
    const foreign = deliverEncrypted(SCAN.replace(ORIGINAL_ID, 'gh_other'))
    expect(refusalOf(() => safe.open(foreign.query, foreign.body, NOW)).reason).toBe('original_id')
  })

  it('is refused when the message is empty', () => {
    const { query, body } = deliverEncrypted('')
    expect(refusalOf(() => safe.open(query, body, NOW))).toMatchObject({ reason: 'xml', signatureValid: true })
  })

  it('is refused when the envelope is not ours to read', () => {
    const { query, body } = deliverEncrypted(SCAN)
    const text = body.toString()
    for (const envelope of [
      '',
      '{}',
      '<xml></xml>',
      '<xml><Encrypt></Encrypt></xml>',
      text.replace('<xml>', '<!DOCTYPE x><xml>'),
      text.replace('<Encrypt>', '<Encrypt>a</Encrypt><Encrypt>'),
      text.replace('</xml>', ''),
      `${text}<xml></xml>`,
    ]) {
      expect(refusalOf(() => safe.open(query, Buffer.from(envelope), NOW))).toMatchObject({
        reason: 'envelope',
        signatureValid: false,
      })
    }
  })

  it('keeps the decrypted document for quarantine when only its parsing failed', () => {
    const broken = SCAN.replace('<Event>', '<FromUserName>oTwice</FromUserName><Event>')
    const { query, body } = deliverEncrypted(broken)
    expect(refusalOf(() => safe.open(query, body, NOW))).toMatchObject({
      reason: 'xml',
      signatureValid: true,
      document: broken,
    })
  })

  it('is refused when its UTF-8 is not', () => {
    const xml = Buffer.from(SCAN.replace('login_1', 'ab'))
    xml[xml.indexOf('ab')] = 0xc3
    const plain = deliverPlaintext(xml)
    expect(refusalOf(() => plaintext.open(plain.query, plain.body, NOW))).toMatchObject({ reason: 'xml' })
    expect(refusalOf(() => safe.open(plain.query, plain.body, NOW))).toMatchObject({ reason: 'envelope' })
  })
})

describe('the time window', () => {
  it.each([
    [-300, undefined],
    [300, undefined],
    [-301, 'timestamp'],
    [301, 'timestamp'],
  ])('at %i s gives %s', (offset, reason) => {
    const { query, body } = deliverEncrypted(SCAN, { seconds: SECONDS + offset })
    if (reason === undefined) expect(safe.open(query, body, NOW).push.kind).toBe('scan')
    else expect(refusalOf(() => safe.open(query, body, NOW))).toMatchObject({ reason, signatureValid: true })
  })

  it('cannot be left by moving digits between timestamp and nonce', () => {
    const signature = signCallback([SAFE.token, String(SECONDS), '12345'])
    for (const [timestamp, nonce] of [
      [String(SECONDS).slice(0, 9), `${String(SECONDS).slice(9)}12345`],
      [`${SECONDS}1`, '2345'],
    ]) {
      const query = `signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`
      expect(refusalOf(() => plaintext.open(query, Buffer.from(SCAN), NOW)).reason).toBe('timestamp')
    }
  })

  it.each(['1e9', '175200000', '17520000000', '+752000000', '-752000000', '1752000.00', '１７５２００００００'])(
    'refuses the timestamp %s',
    (timestamp) => {
      const query = plainQuery(timestamp)
      expect(refusalOf(() => plaintext.open(query, Buffer.from(SCAN), NOW)).reason).toBe('timestamp')
    },
  )

  it('is checked after the signature, so that a stranger learns nothing about our clock', () => {
    const query = plainQuery(SECONDS + 9999)
      .replace('signature=', 'signature=0')
      .slice(0, -1)
    expect(refusalOf(() => plaintext.open(query, Buffer.from(SCAN), NOW)).reason).toBe('signature')
  })

  it('can be switched off for replay tools', () => {
    const replay = createCallback({ ...SAFE, windowSeconds: Infinity })
    const { query, body } = deliverEncrypted(SCAN, { seconds: SECONDS - 90_000_000 })
    expect(replay.open(query, body, NOW).push.kind).toBe('scan')
  })
})

describe('the query', () => {
  const good = plainQuery()
  it.each([
    ['no parameters', '', 'query'],
    ['a repeated signature', `${good}&signature=0`, 'query'],
    ['a repeated nonce', `${good}&nonce=n0nce`, 'query'],
    ['a repeated unsigned parameter', `${good}&openid=a&openid=b`, 'query'],
    ['an array', good.replace('nonce=', 'nonce[]='), 'query'],
    ['an array beside the value', `${good}&nonce[]=1`, 'query'],
    ['an escaped name', `${good}&%6eonce=1`, 'query'],
    ['an empty nonce', good.replace('n0nce', ''), 'query'],
    ['an escaped nonce', good.replace('n0nce', 'n%30nce'), 'query'],
    ['a long nonce', good.replace('n0nce', 'a'.repeat(33)), 'query'],
    ['no signature', good.replace(/signature=[^&]*&/, ''), 'signature'],
    ['an upper-case signature', good.replace(/(signature=)([^&]*)/, (_, n, v) => n + v.toUpperCase()), 'signature'],
    ['a prototype name', '__proto__=1&constructor=1', 'query'],
    ['no end', `${good}&${'a=1&'.repeat(5000)}`, 'query'],
  ])('with %s is refused', (_, query, reason) => {
    expect(refusalOf(() => plaintext.open(query, Buffer.from(SCAN), NOW)).reason).toBe(reason)
  })

  it('may carry parameters nobody knows yet', () => {
    expect(plaintext.open(`${good}&new_one=%E4%BD%A0+%2B`, Buffer.from(SCAN), NOW).push.kind).toBe('scan')
  })
})

describe('the GET check', () => {
  it('echoes only letters, digits, hyphen and underscore', () => {
    expect(safe.verify(`${plainQuery()}&echostr=4375120948345356249`, NOW)).toBe('4375120948345356249')
    for (const echostr of ['', '<script>', '%3Cscript%3E', 'a b', 'a'.repeat(65)]) {
      expect(refusalOf(() => safe.verify(`${plainQuery()}&echostr=${echostr}`, NOW)).reason).toBe('echostr')
    }
  })

  it('refuses a stranger and an old request', () => {
    expect(refusalOf(() => safe.verify(`${plainQuery(SECONDS, 'guess')}&echostr=1`, NOW)).reason).toBe('signature')
    expect(refusalOf(() => safe.verify(`${plainQuery(SECONDS - 301)}&echostr=1`, NOW)).reason).toBe('timestamp')
  })
})

describe('after a change of secrets', () => {
  const otherKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
  const rotated = createCallback({
    ...SAFE,
    token: 'newToken',
    encodingAesKey: otherKey,
    previous: { token: SAFE.token, encodingAesKey: AES_KEY },
  })

  it.each([
    ['old token, old key', SAFE.token, AES_KEY],
    ['new token, old key', 'newToken', AES_KEY],
    ['old token, new key', SAFE.token, otherKey],
    ['new token, new key', 'newToken', otherKey],
  ])('%s opens', (_, token, encodingAesKey) => {
    const { query, body } = deliverEncrypted(SCAN, { token, encodingAesKey })
    expect(rotated.open(query, body, NOW).push.kind).toBe('scan')
    expect(rotated.verify(`${plainQuery(SECONDS, token)}&echostr=1`, NOW)).toBe('1')
  })

  it('a third token or key stays refused', () => {
    const stranger = deliverEncrypted(SCAN, { token: 'third' })
    expect(refusalOf(() => rotated.open(stranger.query, stranger.body, NOW)).reason).toBe('signature')
    const third = deliverEncrypted(SCAN, { encodingAesKey: '0'.repeat(43) })
    expect(refusalOf(() => rotated.open(third.query, third.body, NOW)).signatureValid).toBe(true)
  })
})

describe('the de-duplication key', () => {
  const keyOf = (xml: string) => {
    const { query, body } = deliverEncrypted(xml)
    return safe.open(query, body, NOW).dedupeKey
  }

  it('is the same for the same event encrypted anew and in another order', () => {
    const moved = SCAN.replace('<Ticket>t</Ticket>', '').replace('<xml>', '<xml><Ticket>t</Ticket>')
    expect(keyOf(SCAN)).toBe(keyOf(SCAN))
    expect(keyOf(moved)).toBe(keyOf(SCAN))
  })

  it('differs for different events of one second', () => {
    const list = (id: string) =>
      document(
        `<Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><MsgID>${id}</MsgID></List></SubscribeMsgSentEvent>`,
      )
    const keys = [
      SCAN,
      SCAN.replace('login_1', 'login_2'),
      SCAN.replace('<Ticket>t', '<Ticket>u'),
      SCAN.replace('SCAN', 'CLICK'),
      SCAN.replace(String(SECONDS), String(SECONDS + 1)),
      SCAN.replace('oZx9', 'oZx8'),
      list('1'),
      list('2'),
      document('<Event>TEMPLATESENDJOBFINISH</Event><MsgID>1</MsgID>'),
      document('<Event>TEMPLATESENDJOBFINISH</Event><MsgID>2</MsgID>'),
      document('<Event>unheard_of</Event><A>1</A>'),
      document('<Event>unheard_of</Event><A>2</A>'),
    ].map(keyOf)
    expect(new Set(keys).size).toBe(keys.length)
    for (const key of keys) expect(key).toMatch(/^e\|[0-9a-z]{6}\|[\w-]{22}$/)
  })

  it('is the id of a message, all 64 bits of it', () => {
    expect(keyOf(document('<Content>a</Content><MsgId>24012345678901234</MsgId>', 'text'))).toBe('m|24012345678901234')
    expect(keyOf(document('<Content>a</Content><MsgId>18446744073709551615</MsgId>', 'text'))).toBe(
      'm|18446744073709551615',
    )
    expect(keyOf(document('<MsgId>7</MsgId>', 'hologram'))).toBe('m|7')
  })
})

function thrown(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
