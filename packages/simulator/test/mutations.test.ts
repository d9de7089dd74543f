import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account, Mode } from '../src/index.ts'
import { Bench, decrypt, encryptedReply, field, type Receiver, sha1, startReceiver, textReply } from './harness.ts'

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

const EVENT = { Event: 'SCAN', EventKey: 'abc', Ticket: 't' }

async function push(mode: Mode, mutate: string | string[], extra: object = { event: EVENT }) {
  const account = await bench.account({ mode, callback_url: receiver.url })
  const person = await bench.person()
  const answer = await bench.post('/_sim/push', { account: account.appid, person: person.id, mutate, ...extra })
  return { account, person, answer }
}

function query(name: string, n = 0): string {
  return receiver.received[n]?.query.get(name) ?? ''
}

function encrypted(n = 0): string {
  return field(receiver.received[n]?.body ?? '', 'Encrypt') ?? ''
}

function signatureIsRight({ token }: Account): boolean {
  return query('signature') === sha1(token, query('timestamp'), query('nonce'))
}

function msgSignatureIsRight({ token }: Account): boolean {
  return query('msg_signature') === sha1(token, query('timestamp'), query('nonce'), encrypted())
}

describe('what is right about a mutated push, and what is wrong', () => {
  it('without a mutation everything is right', async () => {
    const { account, answer } = await push('safe', [])
    expect(answer.pushes).toMatchObject([{ event: 'SCAN', verdict: 'acknowledged', attempts: [{ status: 200 }] }])
    expect([signatureIsRight(account), msgSignatureIsRight(account)]).toEqual([true, true])
    expect(field(decrypt(account, encrypted()), 'EventKey')).toBe('abc')
  })

  it('bad_signature and bad_msg_signature each spoil one digit', async () => {
    const first = await push('safe', 'bad_signature')
    expect([signatureIsRight(first.account), msgSignatureIsRight(first.account)]).toEqual([false, true])
    receiver.received.length = 0
    const second = await push('safe', 'bad_msg_signature')
    expect([signatureIsRight(second.account), msgSignatureIsRight(second.account)]).toEqual([true, false])
  })

  it('a signature may be left out or stand twice', async () => {
    await push('safe', ['no_signature', 'no_msg_signature'])
    expect(['signature', 'msg_signature'].map((name) => receiver.received[0]?.query.has(name))).toEqual([false, false])
    await push('safe', 'repeated_signature')
    expect(receiver.received[1]?.query.getAll('msg_signature')).toHaveLength(2)
  })

  it.each([
    ['stale_timestamp', -301],
    ['future_timestamp', 301],
  ])('%s is signed rightly at another time', async (name, seconds) => {
    const { account } = await push('safe', name)
    expect([signatureIsRight(account), msgSignatureIsRight(account)]).toEqual([true, true])
    expect(Math.abs(Number(query('timestamp')) - Date.now() / 1000 - seconds)).toBeLessThan(5)
  })

  it.each(['wrong_appid', 'bad_padding', 'bad_length', 'bad_base64', 'truncated'])(
    '%s is wrong inside a right signature',
    async (name) => {
      const { account } = await push('safe', name)
      expect(msgSignatureIsRight(account)).toBe(true)
      const opened = () => {
        const text = decrypt(account, encrypted())
        // The harness looks at the last padding byte only; 33 would cut the document.
        if (!text.endsWith('</xml>')) throw new Error('cut')
        return text
      }
      expect(opened).toThrow()
    },
  )

  it('plaintext sends plain XML, rightly signed, to an account that encrypts', async () => {
    const { account } = await push('safe', 'plaintext')
    expect(signatureIsRight(account)).toBe(true)
    expect(query('msg_signature')).toBe('')
    expect(field(receiver.received[0]?.body ?? '', 'EventKey')).toBe('abc')
  })

  it('forged_outside lies in the clear half only', async () => {
    const { account, person } = await push('compatible', 'forged_outside')
    expect(field(receiver.received[0]?.body ?? '', 'EventKey')).toBe('forged')
    const inner = decrypt(account, encrypted())
    expect([field(inner, 'EventKey'), field(inner, 'FromUserName')]).toEqual(['abc', person.openids[account.appid]])
  })

  it('late is an old event, sent now', async () => {
    const { account } = await push('safe', 'late')
    const created = Number(field(decrypt(account, encrypted()), 'CreateTime'))
    expect(Number(query('timestamp')) - created).toBeGreaterThanOrEqual(600)
  })

  it.each<[string, RegExp]>([
    ['doctype', /<!DOCTYPE/],
    ['entity_bomb', /<!ENTITY l9/],
    ['oversized', /a{130000}/],
    ['duplicate_element', /<FromUserName>.*<FromUserName>/s],
    ['malformed', /[^>]*(?<!<\/xml>)$/],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    ['nul', /\u0000/],
    ['invalid_utf8', /\ufffd\(/],
  ])('%s is a bad document, well encrypted', async (name, pattern) => {
    const { account } = await push('safe', name)
    expect(msgSignatureIsRight(account)).toBe(true)
    expect(decrypt(account, encrypted())).toMatch(pattern)
  })
})

describe('several at once', () => {
  it('duplicate sends three identical requests together, and tells every reply in clear', async () => {
    const account = await bench.account({ mode: 'safe', callback_url: receiver.url })
    const person = await bench.person()
    const reply = textReply(account, person.openids[account.appid], '好')
    receiver.answer = () => ({ body: encryptedReply(account, reply) })
    const body = { account: account.appid, person: person.id, event: EVENT, mutate: 'duplicate' }
    const attempt = { verdict: 'reply', reply: { type: 'text', text: '好' } }
    expect((await bench.post('/_sim/push', body)).pushes).toMatchObject([{ attempts: [attempt, attempt, attempt] }])
    expect(new Set(receiver.received.map(({ query, body }) => `${query} ${body}`)).size).toBe(1)
    expect(receiver.received).toHaveLength(3)
  })

  it('reencrypt sends the same document three times, each anew', async () => {
    const { account, answer } = await push('safe', 'reencrypt')
    expect(answer.pushes).toHaveLength(3)
    expect(new Set([0, 1, 2].map((n) => decrypt(account, encrypted(n)))).size).toBe(1)
    expect(new Set([0, 1, 2].map(encrypted)).size).toBe(3)
  })

  it('reorder delivers the later event first', async () => {
    const events = [
      { Event: 'subscribe', EventKey: '' },
      { Event: 'unsubscribe', EventKey: '' },
    ]
    const { account } = await push('safe', 'reorder', { events })
    const documents = [0, 1].map((n) => decrypt(account, encrypted(n)))
    expect(documents.map((one) => field(one, 'Event'))).toEqual(['unsubscribe', 'subscribe'])
    const [first = 0, second = 0] = documents.map((one) => Number(field(one, 'CreateTime')))
    expect(first - second).toBe(1)
  })

  it('nested elements repeat', async () => {
    const List = [
      { TemplateId: 'a', ErrorCode: 0 },
      { TemplateId: 'b', ErrorCode: 1 },
    ]
    const event = { Event: 'subscribe_msg_sent_event', SubscribeMsgSentEvent: { List } }
    await push('plaintext', [], { event })
    expect(receiver.received[0]?.body.match(/<List><TemplateId>/g)).toHaveLength(2)
  })

  it('a whole document goes out as it is', async () => {
    const { account } = await push('safe', [], { xml: '<xml><Event>x</Event></xml>\n' })
    expect(decrypt(account, encrypted())).toBe('<xml><Event>x</Event></xml>\n')
  })

  it('is tried once, and nobody sees a failure', async () => {
    receiver.answer = () => ({ status: 403 })
    const account = await bench.account({ callback_url: receiver.url })
    const person = await bench.person()
    await bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid })
    const before = (await bench.get(`/_sim/people/${person.id}/chat`)).length
    const body = { account: account.appid, person: person.id, event: EVENT, mutate: 'bad_signature' }
    expect((await bench.post('/_sim/push', body)).pushes).toMatchObject([
      { verdict: 'status_403', attempts: [{ status: 403 }] },
    ])
    expect(await bench.get(`/_sim/people/${person.id}/chat`)).toHaveLength(before)
  })

  it('an unknown mutation is refused by name', async () => {
    const { answer } = await push('safe', 'sideways')
    expect(answer).toMatchObject({ error: 'bad_mutation' })
  })
})
