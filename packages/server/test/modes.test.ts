import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Account } from '../src/accounts/accounts.ts'
import { type Harness, startHarness } from './harness.ts'
import {
  codeOf,
  countRows,
  encrypt,
  envelope,
  eventXml,
  layout,
  newOpenid,
  nowSeconds,
  openReply,
  pad,
  push,
  textOf,
  type Wire,
  wireOf,
} from './wire.ts'

let world: Harness
let wire: Wire
beforeAll(async () => {
  world = await startHarness()
  wire = wireOf(world)
})
afterAll(() => world.close())

const aesKey = 'a'.repeat(43)
const token = 'b'.repeat(24)

async function addAccount(kind: 'test' | 'service', mode: 'plaintext' | 'compatible'): Promise<[Account, Wire]> {
  const { appid, original_id, secret } = await world.sim('POST', '/accounts', {
    kind,
    verified: true,
    mode,
    token,
    encoding_aes_key: aesKey,
  })
  const account = await world.app.accounts.add({
    appid,
    originalId: original_id,
    secret,
    name: kind,
    kind,
    verified: true,
    mode,
    token,
    simulated: true,
    ...(mode !== 'plaintext' && { encodingAesKey: aesKey }),
  })
  return [account, { key: account.callbackKey, token, aesKey, appid, originalId: original_id }]
}

function scan(by: Wire, openid: string, scene = 'x', ticket = ''): string {
  return eventXml(by, { openid, at: nowSeconds(world), fields: { Event: 'SCAN', EventKey: scene, Ticket: ticket } })
}

async function newFlow(account: Account): Promise<{ id: string; secret: string; scene: string; ticket: string }> {
  const flow = await world.createFlow({ kind: 'login', account: account.appid })
  const codes = await world.sim('GET', `/codes?account=${account.appid}`)
  return { ...flow, ...codes.find((code: { content: string }) => code.content === flow.qr.content) }
}

async function stateOf(flow: { id: string; secret: string }): Promise<string> {
  return (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state
}

describe('modes', () => {
  test('a real account in plaintext mode authenticates nobody [T03]', async () => {
    const [account, plain] = await addAccount('service', 'plaintext')
    for (const kind of ['login', 'bind'])
      expect(
        await world.api('POST', '/v1/flows', { kind, external_user_id: 'u', account: account.appid }),
      ).toMatchObject({ status: 409, body: { code: 'account_mode_insecure' } })
    const answer = await push(world, plain, scan(plain, newOpenid()), { plain: true })
    expect(answer).toMatchObject({ status: 200, body: 'success' })
  })

  test('a plaintext signature is good for the push it came with, and for no other [T03]', async () => {
    const [, plain] = await addAccount('test', 'plaintext')
    const document = scan(plain, newOpenid())
    const signed = { plain: true, nonce: 'n0nce', timestamp: String(nowSeconds(world)) }
    expect(await push(world, plain, document, signed)).toMatchObject({ status: 200 })
    expect(await push(world, plain, document, signed)).toMatchObject({ status: 200 })
    expect(await push(world, plain, scan(plain, newOpenid()), signed)).toMatchObject({ status: 403, body: '' })
  })

  test('a test account, which has no AES key, works in plaintext, by its signature', async () => {
    const [account, plain] = await addAccount('test', 'plaintext')
    const flow = await newFlow(account)
    const document = scan(plain, newOpenid(), flow.scene, flow.ticket)
    const forged = await push(world, plain, document, {
      plain: true,
      query: (query) => query.replace(/signature=./, 'signature='),
    })
    expect(forged).toMatchObject({ status: 403, body: '' })
    expect(await stateOf(flow)).toBe('waiting')
    const answer = await push(world, plain, document, { plain: true })
    expect(textOf(answer.body)).toContain('/confirm/')
    expect(await stateOf(flow)).toBe('scanned')
  })

  test('of a compatible body only the encrypted half counts [T11]', async () => {
    const [account, both] = await addAccount('service', 'compatible')
    const [inner, outer] = [await newFlow(account), await newFlow(account)]
    const document = scan(both, newOpenid(), inner.scene, inner.ticket)
    const encrypted = encrypt(pad(layout(document, both.appid)), both.aesKey)
    const outside = scan(both, newOpenid(), outer.scene, outer.ticket).replace(
      /^<xml><ToUserName>.*?<\/ToUserName>|<\/xml>$/g,
      '',
    )
    const answer = await push(world, both, '', { encrypt: encrypted, body: envelope(both, encrypted, outside) })
    expect(textOf(openReply(both, answer.body))).toContain('/confirm/')
    expect([await stateOf(inner), await stateOf(outer)]).toEqual(['scanned', 'waiting'])
  })

  test('a compatible account takes no plain push [T02]', async () => {
    const [, both] = await addAccount('service', 'compatible')
    const before = await countRows(world)
    expect(await push(world, both, scan(both, newOpenid()), { plain: true })).toMatchObject({ status: 403, body: '' })
    expect(await countRows(world)).toEqual(before)
  })

  test('the scene of one account, scanned at another, opens nothing [B18, T31]', async () => {
    const [account, both] = await addAccount('service', 'compatible')
    const flow = await newFlow(account)
    const elsewhere = await push(world, wire, scan(wire, newOpenid(), flow.scene, flow.ticket))
    expect(textOf(openReply(wire, elsewhere.body))).toContain('二维码已失效')
    expect(await push(world, { ...wire, key: both.key }, scan(wire, newOpenid()))).toMatchObject({ status: 403 })
    expect(await stateOf(flow)).toBe('waiting')
  })

  test('an account whose token or key could protect nothing is refused [T04]', async () => {
    const good = {
      appid: 'wxsim000000000001',
      originalId: 'gh_000000000001',
      name: 'x',
      kind: 'service',
      verified: true,
      mode: 'safe',
      secret: 's'.repeat(32),
      token,
      encodingAesKey: aesKey,
      simulated: true,
    } as const
    for (const bad of [
      { token: '' },
      { token: 'short' },
      { token: `${token}!` },
      { encodingAesKey: '' },
      { encodingAesKey: 'a'.repeat(42) },
    ])
      await expect(world.app.accounts.add({ ...good, ...bad })).rejects.toMatchObject({ code: 'invalid_value' })
  })
})

/** Speaks HTTP by hand. Resolves with everything that was answered once the other side has closed. */
function converse(write: (socket: Socket) => void): Promise<{ answer: string; ms: number }> {
  const { port, hostname } = new URL(world.base)
  return new Promise((resolve, reject) => {
    const started = performance.now()
    let answer = ''
    const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname)
    socket.on('connect', () => write(socket))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    // The peer may close while we are still writing; what counts is what it said, and that it closed.
    socket.on('error', (error) => (answer === '' ? reject(error) : undefined))
    socket.on('close', () => resolve({ answer, ms: performance.now() - started }))
  })
}

describe('bodies that do not end well [B12, B52]', () => {
  const head = (length: string) =>
    `POST /wechat/${wire.key}?signature=x HTTP/1.1\r\nHost: hufu\r\nContent-Type: text/xml\r\n${length}\r\n\r\n`

  test('129 KiB is 413 before it is read, and the connection is closed', async () => {
    const { answer, ms } = await converse((socket) => socket.write(head(`Content-Length: ${129 * 1024}`)))
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*\r\n\r\n$/i)
    expect(ms).toBeLessThan(5_000)
  })

  test('a Content-Length that promises more than comes is 408 before WeChat gives up after 5 s', async () => {
    const { answer, ms } = await converse((socket) => socket.write(`${head('Content-Length: 100')}<xml>`))
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*\r\n\r\n$/)
    expect(ms).toBeLessThan(5_000)
  })

  test('endless chunks are 413 as soon as they are too many, whatever the sender still has to say', async () => {
    const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`
    const { answer, ms } = await converse((socket) => {
      socket.write(head('Transfer-Encoding: chunked'))
      const pour = (): void => {
        while (socket.writable && socket.write(chunk));
      }
      socket.on('drain', pour)
      pour()
    })
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(ms).toBeLessThan(5_000)
  })

  test('a push of just under 128 KiB is read', async () => {
    const padding = 'a'.repeat(90 * 1024)
    const document = scan(wire, newOpenid()).replace('</xml>', `<Padding>${padding}</Padding></xml>`)
    expect(await push(world, wire, document)).toMatchObject({ status: 200 })
  })

  test('the content type means nothing to the callback', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'x', ''])
      expect(await push(world, wire, scan(wire, newOpenid()), { headers: { 'content-type': type } })).toMatchObject({
        status: 200,
      })
  })
})

test('a clock that is ten minutes wrong is corrected by WeChat’s own [T06]', async () => {
  await world.sim('POST', '/clock', { offset_ms: -600_000 })
  const at = String(nowSeconds(world) - 600)
  const document = () =>
    eventXml(wire, { openid: newOpenid(), at: Number(at), fields: { Event: 'VIEW', EventKey: 'x' } })
  world.clock.advance(11_000)
  expect((await push(world, wire, document(), { timestamp: at })).status).toBe(403)
  await vi.waitFor(async () => expect((await push(world, wire, document(), { timestamp: at })).status).toBe(200))
  await world.sim('POST', '/clock', { offset_ms: 0 })
})

test('sixty bad signatures a minute mute an address, but never one of WeChat’s own', async () => {
  const stranger = { ...wire, key: 'a'.repeat(26) }
  const statuses = []
  for (let n = 0; n < 90; n++) statuses.push((await push(world, stranger, 'x')).status)
  expect(statuses.indexOf(429)).toBeGreaterThan(0)
  expect(await push(world, stranger, 'x')).toMatchObject({ status: 429, body: '', headers: { 'retry-after': '60' } })
  const { flow, document } = await scanned()
  expect((await push(world, wire, document)).status).toBe(200)
  expect(await stateOf(flow)).toBe('scanned')
  world.clock.advance(61_000)
  expect((await push(world, stranger, 'x')).status).toBe(404)
})

async function scanned(): Promise<{ flow: { id: string; secret: string }; document: string }> {
  const flow = await world.createFlow()
  const { scene, ticket } = await codeOf(world, flow.qr.content)
  return { flow, document: scan(wire, newOpenid(), scene, ticket) }
}
