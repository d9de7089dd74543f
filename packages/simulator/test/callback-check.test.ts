import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, type Receiver, sha1, startReceiver } from './harness.ts'

let bench: Bench
let receiver: Receiver

beforeEach(async () => {
  bench = await Bench.start()
  receiver = await startReceiver()
})
afterEach(async () => {
  await bench.simulator.close()
  await receiver.close()
})

describe('saving the server configuration', () => {
  it('checks the address with a signed echostr in clear', async () => {
    receiver.answer = ({ query }) => ({ body: query.get('echostr') ?? '' })
    const account = await bench.post('/_sim/accounts', { mode: 'safe', callback_url: receiver.url, verify: true })
    expect(account.verification).toMatchObject({ ok: true, status: 200 })
    const [{ method, query } = { method: '', query: new URLSearchParams() }] = receiver.received
    expect(method).toBe('GET')
    expect(query.get('signature')).toBe(sha1(account.token, query.get('timestamp') ?? '', query.get('nonce') ?? ''))
    expect([query.has('msg_signature'), query.has('encrypt_type')]).toEqual([false, false])
  })

  it.each([
    [{ body: '"123"' }, 'the answer is not the echostr'],
    [{ status: 403 }, 'status 403'],
    [{ hang: true }, 'timeout'],
  ])('reports %o', async (answer, reason) => {
    const { appid } = await bench.account()
    receiver.answer = () => answer
    const changed = await bench.send('PATCH', `/_sim/accounts/${appid}`, { callback_url: receiver.url, verify: true })
    expect(changed.verification).toMatchObject({ ok: false, reason })
  })
})
