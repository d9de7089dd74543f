import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'
import {
  countRows,
  encrypt,
  envelope,
  eventXml,
  layout,
  look,
  newOpenid,
  nowSeconds,
  pad,
  push,
  send,
  sign,
  type Wire,
  type WireAnswer,
  wireOf,
} from './wire.ts'

let world: Harness
let wire: Wire
let refusal: WireAnswer
beforeAll(async () => {
  world = await startHarness()
  wire = wireOf(world)
  // Learns the platform's addresses, so that this machine, which is one of them, is never muted.
  refusal = await push(world, wire, scan(), { query: (query) => query.replace(/.$/, (c) => (c === '0' ? '1' : '0')) })
})
afterAll(() => world.close())

function scan(): string {
  return eventXml(wire, {
    openid: newOpenid(),
    at: nowSeconds(world),
    fields: { Event: 'SCAN', EventKey: 'x' },
  })
}

/** The same refusal, byte by byte, as a wrong signature gets, and nothing written but, where `quarantined`, a sealed copy. */
async function refuses(make: () => Promise<WireAnswer>, { quarantined = 0 } = {}): Promise<void> {
  const before = await countRows(world)
  expect(await make()).toEqual(refusal)
  expect(await countRows(world)).toEqual({ ...before, quarantine: before.quarantine + quarantined })
}

describe('the check of the URL', () => {
  function check(change: { signature?: string; echostr?: string } = {}): Promise<WireAnswer> {
    const timestamp = String(nowSeconds(world))
    const signature = change.signature ?? sign(wire.token, timestamp, 'abc')
    const echostr = change.echostr ?? '1234567890123456789'
    const query = `signature=${signature}&timestamp=${timestamp}&nonce=abc&echostr=${echostr}`
    return send(world, `/wechat/${wire.key}?${query}`, { method: 'GET' })
  }

  test('a good signature gets its echostr, exactly, as text that no browser takes for a page [B01]', async () => {
    const before = await countRows(world)
    expect(await check()).toMatchObject({
      status: 200,
      body: '1234567890123456789',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    })
    expect(await countRows(world)).toEqual(before)
  })

  test('a bad or missing signature is refused, empty-handed [B02]', async () => {
    expect(await check({ signature: '0'.repeat(40) })).toEqual(refusal)
    expect(await check({ signature: '' })).toEqual(refusal)
    expect(await send(world, `/wechat/${wire.key}?echostr=1`, { method: 'GET' })).toEqual(refusal)
  })

  test('a script in echostr is refused even with a good signature [T13]', async () => {
    expect(await check({ echostr: '<script>alert(1)</script>' })).toEqual(refusal)
    expect(await check({ echostr: '%3Cscript%3E' })).toEqual(refusal)
  })
})

describe('a push that is not WeChat’s', () => {
  test('a flipped bit of msg_signature is refused without a trace [B03]', async () => {
    expect(refusal).toMatchObject({ status: 403, body: '', headers: { 'content-length': '0' } })
    for (const position of [0, 19, 39]) {
      await refuses(() =>
        push(world, wire, scan(), {
          query: (query) =>
            query.replace(/(?<=msg_signature=)[0-9a-f]{40}/, (hex) => {
              const flipped = (Number.parseInt(hex.charAt(position), 16) ^ 1).toString(16)
              return hex.slice(0, position) + flipped + hex.slice(position + 1)
            }),
        }),
      )
    }
  })

  test('a signature that is missing, empty, doubled or in brackets is refused [T01, T07]', async () => {
    const spellings: ((query: string) => string)[] = [
      (query) => query.replace(/&msg_signature=\w+/, ''),
      (query) => query.replace(/msg_signature=\w+/, 'msg_signature='),
      (query) => `${query}&${/msg_signature=\w+/.exec(query)?.[0]}`,
      (query) => query.replace('msg_signature=', 'msg_signature[]='),
      (query) => query.replace('nonce=', 'nonce[]='),
      (query) => query.replace('nonce=', '%6eonce='),
      (query) => `${query}&timestamp=1`,
      () => '',
      () => '&&&===',
    ]
    for (const query of spellings) await refuses(() => push(world, wire, scan(), { query }))
  })

  test('an empty token, a debug switch or a host of this machine opens nothing [T04, T05]', async () => {
    await refuses(() => push(world, { ...wire, token: '' }, scan()))
    const headers = { 'x-forwarded-host': 'localhost', 'x-forwarded-for': '127.0.0.1' }
    await refuses(() => push(world, { ...wire, token: 'wrong' }, scan(), { headers }))
    await refuses(() => push(world, { ...wire, token: 'wrong' }, scan(), { query: (query) => `${query}&debug=1` }))
  })

  test('a ciphertext that is no base64, or of a wrong length, looks like a wrong signature [B04]', async () => {
    for (const ciphertext of ['*** no base64 ***', 'AAAA', '', 'A'.repeat(44), '-_'.repeat(32)])
      await refuses(() => push(world, wire, '', { encrypt: ciphertext }))
  })

  test('padding of 0, of 33, or of unequal bytes looks like a wrong signature [B05]', async () => {
    const spoil = (change: (padded: Buffer) => void) => {
      const document = scan()
      const spaces = ' '.repeat(32 - ((20 + document.length + wire.appid.length + 3) % 32))
      const padded = pad(layout(document + spaces, wire.appid))
      change(padded)
      return encrypt(padded, wire.aesKey)
    }
    for (const byte of [0, 33, 255])
      await refuses(() => push(world, wire, '', { encrypt: spoil((padded) => padded.fill(byte, padded.length - 1)) }))
    const unequal = (padded: Buffer) => {
      expect(padded.at(-1)).toBeGreaterThan(2)
      padded.writeUInt8(1, padded.length - 2)
    }
    await refuses(() => push(world, wire, '', { encrypt: spoil(unequal) }))
  })

  test('a declared length beyond the message, negative, or nought looks like a wrong signature [B06]', async () => {
    const document = scan()
    for (const length of [document.length + 1, 0xffffffff, 0x80000000, document.length - 1, 0]) {
      const plain = layout(document, wire.appid)
      plain.writeUInt32BE(length, 16)
      await refuses(() => push(world, wire, '', { encrypt: encrypt(pad(plain), wire.aesKey) }))
    }
  })

  test('a message of another account, by its tail or by its receiver, looks like a wrong signature [B07, T09]', async () => {
    await refuses(() => push(world, { ...wire, appid: 'wx0123456789abcdef' }, scan()))
    await refuses(() => push(world, wire, scan().replace(wire.originalId, 'gh_somebodyelse')))
  })

  test('a plain document with a valid plain signature is refused by an account that encrypts [B08, T02]', async () => {
    await refuses(() => push(world, wire, scan(), { plain: true }))
    await refuses(() => push(world, wire, scan(), { body: scan() }))
    await refuses(() =>
      push(world, wire, scan(), { query: (query) => query.replace(/&encrypt_type=aes&msg_signature=\w+/, '') }),
    )
  })

  test('a timestamp outside five minutes, or that is no ten digits, is refused [B09, T06]', async () => {
    const seconds = nowSeconds(world)
    const spellings = [seconds - 301, seconds + 302, '123456789', `${seconds}0`, '1e9', '0x12345678', ` ${seconds}`, '']
    for (const timestamp of spellings.map(String)) await refuses(() => push(world, wire, scan(), { timestamp }))
    const moved = String(seconds)
    await refuses(() =>
      push(world, wire, scan(), {
        timestamp: moved,
        nonce: '1x',
        query: (query) => query.replace(`timestamp=${moved}&nonce=1x`, `timestamp=${moved}1&nonce=x`),
      }),
    )
  })

  test('the same request an hour later is refused [T06]', async () => {
    const document = scan()
    const first = {
      timestamp: String(nowSeconds(world)),
      nonce: 'again',
      encrypt: encrypt(pad(layout(document, wire.appid)), wire.aesKey),
    }
    expect((await push(world, wire, document, first)).status).toBe(200)
    await world.sim('POST', '/clock', { offset_ms: 3_600_000 })
    world.clock.advance(3_600_000)
    await refuses(() => push(world, wire, document, first))
  })

  test('a key nobody has gets 404, and a method nobody offers 405 [B21]', async () => {
    expect(await push(world, { ...wire, key: 'a'.repeat(26) }, scan())).toMatchObject({ status: 404, body: '' })
    for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
      expect(await send(world, `/wechat/${wire.key}`, { method })).toMatchObject({ status: 405, body: '' })
  })
})

describe('a document WeChat would not write, under a right signature', () => {
  const hostile: Record<string, (document: string) => string | Buffer> = {
    'a DOCTYPE': (document) => `<!DOCTYPE xml SYSTEM "file:///etc/passwd">${document}`,
    'an external entity': (document) =>
      `<!DOCTYPE xml [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>${document.replace('</xml>', '<A>&x;</A></xml>')}`,
    'nested entities': (document) =>
      `<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>${document.replace('</xml>', '<A>&b;</A></xml>')}`,
    'ten thousand character references': (document) =>
      document.replace('</xml>', `<A>${'&#65;'.repeat(10_000)}</A></xml>`),
    'a processing instruction': (document) => `<?php echo 1 ?>${document}`,
    'FromUserName twice': (document) => document.replace('</xml>', '<FromUserName>o</FromUserName></xml>'),
    'an unknown root': (document) => document.replaceAll(/(<\/?)xml>/g, '$1html>'),
    'two roots': (document) => document + document,
    'an unclosed tag': (document) => document.replace('</xml>', ''),
    'a NUL byte': (document) => document.replace('</xml>', '<A>\0</A></xml>'),
    'invalid UTF-8': (document) =>
      Buffer.concat([
        Buffer.from(document.replace('</xml>', '<A>')),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('</A></xml>'),
      ]),
    'a hundred levels': (document) => document.replace('</xml>', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}</xml>`),
    'a thousand elements': (document) =>
      document.replace('</xml>', `${Array.from({ length: 1000 }, (_, n) => `<a${n}>1</a${n}>`).join('')}</xml>`),
    'no sender': (document) => document.replace(/<FromUserName>.*<\/FromUserName>/, ''),
    'nothing at all': () => '',
  }
  test.each(Object.entries(hostile))(
    'with %s is refused like any other, at once, and kept sealed for its owner [B13, B14, T10]',
    async (_, spoil) => {
      const document = spoil(scan())
      const started = performance.now()
      await refuses(() => push(world, wire, document), { quarantined: 1 })
      expect(performance.now() - started).toBeLessThan(1_000)
      const [kept] = await look<{ document_sealed: Uint8Array; appid: string; reason: string }>(
        world,
        'SELECT * FROM quarantine ORDER BY id DESC LIMIT 1',
      )
      expect(kept).toMatchObject({ appid: wire.appid, reason: 'xml' })
      expect(Buffer.from(kept?.document_sealed ?? []).includes('FromUserName')).toBe(false)
    },
  )

  test('a malformed envelope, which nobody signed, is refused and not kept', async () => {
    const good = encrypt(pad(layout(scan(), wire.appid)), wire.aesKey)
    const bodies = [
      '',
      'no xml',
      `<!DOCTYPE xml>${envelope(wire, good)}`,
      envelope(wire, good, '<Encrypt>x</Encrypt>'),
      envelope(wire, good) + envelope(wire, good),
      Buffer.concat([Buffer.from(envelope(wire, good)), Buffer.from([0xff])]),
      `<xml>${'&#65;'.repeat(20_000)}</xml>`,
      JSON.stringify({ Encrypt: good }),
    ]
    for (const body of bodies) await refuses(() => push(world, wire, scan(), { encrypt: good, body }))
  })
})

test('a closing CDATA in the site’s name stays text in the reply [T12]', async () => {
  const name = ']]><MsgType>evil'
  const site = await world.addSite({ name })
  const flow = (
    await world.api<{ qr: { content: string } }>('POST', '/v1/flows', { kind: 'login' }, { key: site.apiKey })
  ).body
  const person = await world.newPerson()
  expect((await world.scan(person, flow.qr.content)).text).toContain(name)
})
