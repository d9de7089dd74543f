import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account, Mode } from '../src/index.ts'
import { Bench, decrypt, encryptedReply, field, type Receiver, sha1, startReceiver, textReply } from './harness.ts'

const NOTICE = '该公众号提供的服务出现故障，请稍后再试'

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

/** An account in this mode and a follower whose own follow push is forgotten. */
async function world(mode: Mode) {
  const account = await bench.account({ mode, callback_url: receiver.url })
  const person = await bench.person()
  await bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid })
  receiver.received.length = 0
  const openid: string = person.openids[account.appid]
  const say = (text = '你好') => bench.post(`/_sim/people/${person.id}/say`, { account: account.appid, text })
  const chat = () => bench.get(`/_sim/people/${person.id}/chat?account=${account.appid}`)
  return { account, person, openid, say, chat }
}

/** The document behind a request, after every signature was checked. */
function open(account: Account, mode: Mode): string[] {
  return receiver.received.map(({ query, body }) => {
    const [timestamp, nonce] = [query.get('timestamp') ?? '', query.get('nonce') ?? '']
    expect(query.get('signature')).toBe(sha1(account.token, timestamp, nonce))
    if (mode === 'plaintext') {
      expect([query.has('encrypt_type'), query.has('msg_signature')]).toEqual([false, false])
      return body
    }
    const encrypted = field(body, 'Encrypt') ?? ''
    expect(query.get('encrypt_type')).toBe('aes')
    expect(query.get('msg_signature')).toBe(sha1(account.token, timestamp, nonce, encrypted))
    expect(field(body, 'FromUserName') === undefined).toBe(mode === 'safe')
    return decrypt(account, encrypted)
  })
}

describe.each<Mode>(['plaintext', 'compatible', 'safe'])('in %s mode', (mode) => {
  it('a message arrives signed, with the headers of WeChat', async () => {
    const { account, openid, say } = await world(mode)
    await say('请问 <几点> & 在哪？]]>')
    const [document = ''] = open(account, mode)
    expect(field(document, 'ToUserName')).toBe(account.original_id)
    expect(field(document, 'FromUserName')).toBe(openid)
    expect(field(document, 'MsgType')).toBe('text')
    expect(field(document, 'MsgId')).toMatch(/^\d{19}$/)
    expect(document).toContain('<![CDATA[请问 <几点> & 在哪？]]]]><![CDATA[>]]>')
    expect(receiver.received[0]).toMatchObject({
      method: 'POST',
      headers: { 'user-agent': 'Mozilla/4.0', 'content-type': 'text/xml', accept: '*/*' },
    })
    expect(receiver.received[0]?.query.get('openid')).toBe(openid)
  })

  it('a follow, a scan, a tap and an unfollow are the events they should be', async () => {
    const account = await bench.account({ mode, callback_url: receiver.url })
    const person = await bench.person()
    const { ticket, url } = await bench.code(account, 'bind_7')
    const act = (path: string, body: object) => bench.post(`/_sim/people/${person.id}/${path}`, { ...body })
    expect(await act('scan', { content: url })).toEqual({ outcome: 'follow_prompt', account: account.appid })
    expect(receiver.received).toEqual([])
    const { push } = await act('follow', { account: account.appid, content: url })
    expect(await act('scan', { ticket })).toMatchObject({ outcome: 'entered', account: account.appid })
    await act('tap', { account: account.appid, key: 'menu_1' })
    await act('unfollow', { account: account.appid })
    const documents = open(account, mode)
    expect(documents.map((one) => [field(one, 'Event'), field(one, 'EventKey'), field(one, 'Ticket')])).toEqual([
      ['subscribe', 'qrscene_bind_7', ticket],
      ['SCAN', 'bind_7', ticket],
      ['CLICK', 'menu_1', undefined],
      ['unsubscribe', '', undefined],
    ])
    expect(await bench.get(`/_sim/pushes/${push}`)).toMatchObject({
      event: 'subscribe',
      person: person.id,
      verdict: 'acknowledged',
      attempts: [{ status: 200, answer: 'success', verdict: 'acknowledged' }],
    })
  })

  it('an empty answer is an acknowledgement', async () => {
    const { say, chat } = await world(mode)
    receiver.answer = () => ({ body: '' })
    const { push } = await say()
    expect((await bench.get(`/_sim/pushes/${push}`)).verdict).toBe('acknowledged')
    expect((await chat()).map(({ from }: { from: string }) => from)).toEqual(['person'])
  })
})

describe('a reply', () => {
  const link = '请<a href="https://example.com/l/1?a=1&amp;b=2">点这里</a>，或打开 https://example.com/help。'

  it.each<[Mode, boolean]>([
    ['plaintext', false],
    ['compatible', false],
    ['compatible', true],
    ['safe', true],
  ])('in %s mode (encrypted: %s) is shown with its links', async (mode, encrypted) => {
    const { account, openid, say, chat } = await world(mode)
    const reply = textReply(account, openid, link)
    receiver.answer = () => ({ body: encrypted ? encryptedReply(account, reply) : reply })
    await say()
    expect((await chat()).at(-1)).toMatchObject({
      from: 'account',
      type: 'text',
      text: '请点这里，或打开 https://example.com/help。',
      links: [
        { text: '点这里', url: 'https://example.com/l/1?a=1&b=2' },
        { text: 'https://example.com/help', url: 'https://example.com/help' },
      ],
    })
  })

  it('with articles is shown as cards', async () => {
    const { account, openid, say, chat } = await world('plaintext')
    const head = textReply(account, openid, 'x').replace(/<MsgType>.*/, '')
    const items =
      '<item><Title>活动</Title><Description>周六</Description><PicUrl></PicUrl><Url>https://example.com/a</Url></item>'
    receiver.answer = () => ({
      body: `${head}<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles>${items}</Articles></xml>`,
    })
    await say()
    expect((await chat()).at(-1)).toMatchObject({
      type: 'news',
      card: [{ title: '活动', description: '周六', url: 'https://example.com/a', image: '' }],
      links: [{ text: '活动', url: 'https://example.com/a' }],
    })
  })
})

describe('a malformed answer', () => {
  type Case = [name: string, mode: Mode, reason: RegExp, body: (account: Account, openid: string) => string]
  const cases: Case[] = [
    ['JSON', 'plaintext', /JSON/, () => '{"errcode":0}'],
    ['a stray character', 'plaintext', /XML|expected/, () => 'success\n'],
    ['characters after the document', 'plaintext', /after/, (a, o) => `${textReply(a, o, 'x')}!`],
    ['an unclosed element', 'plaintext', /expected|closed/, (a, o) => textReply(a, o, 'x').replace('</Content>', '')],
    ['an empty Content', 'plaintext', /Content is empty/, (a, o) => textReply(a, o, '')],
    [
      'the appid as FromUserName',
      'plaintext',
      /FromUserName/,
      (a, o) => textReply({ ...a, original_id: a.appid }, o, 'x'),
    ],
    ['another recipient', 'plaintext', /ToUserName/, (a) => textReply(a, 'oSomebodyElse', 'x')],
    ['an unknown MsgType', 'plaintext', /MsgType/, (a, o) => textReply(a, o, 'x').replace('[text]', '[fax]')],
    [
      'no CreateTime',
      'plaintext',
      /CreateTime/,
      (a, o) => textReply(a, o, 'x').replace(/<CreateTime>\d+<\/CreateTime>/, ''),
    ],
    ['a DOCTYPE', 'plaintext', /element/, (a, o) => `<!DOCTYPE xml>${textReply(a, o, 'x')}`],
    ['plain text in safe mode', 'safe', /plain reply/, (a, o) => textReply(a, o, 'x')],
    ['a wrong MsgSignature', 'safe', /MsgSignature/, (a, o) => encryptedReply(a, textReply(a, o, 'x'), '0'.repeat(40))],
    [
      'a wrong appid inside',
      'safe',
      /appid/,
      (a, o) => encryptedReply({ ...a, appid: 'wxsim0' }, textReply(a, o, 'x')),
    ],
    [
      'another AES key',
      'compatible',
      /refused/,
      (a, o) => encryptedReply({ ...a, encoding_aes_key: 'a'.repeat(43) }, textReply(a, o, 'x')),
    ],
    [
      'an encrypted reply in plaintext mode',
      'plaintext',
      /encrypted/,
      (a, o) => encryptedReply(a, textReply(a, o, 'x')),
    ],
  ]

  it.each(cases)(
    '(%s, %s mode) shows the failure notice at once, without another attempt',
    async (_, mode, reason, body) => {
      const { account, openid, say, chat } = await world(mode)
      receiver.answer = () => ({ body: body(account, openid) })
      const { push } = await say()
      const logged = await bench.get(`/_sim/pushes/${push}`)
      expect(logged.verdict).toMatch(/^malformed: /)
      expect(logged.verdict).toMatch(reason)
      expect(logged.attempts).toHaveLength(1)
      expect((await chat()).at(-1)).toMatchObject({ from: 'account', type: 'failure', text: NOTICE })
    },
  )
})

describe('the five-second rule', () => {
  it('drops the connection and tries again, three times in all, then tells the person', async () => {
    const { say, chat } = await world('safe')
    receiver.answer = () => ({ hang: true })
    const { push } = await say()
    const { attempts, verdict } = await bench.get(`/_sim/pushes/${push}`)
    expect(verdict).toBe('timeout')
    expect(attempts.map((one: { verdict: string; status: null }) => [one.verdict, one.status])).toEqual(
      Array(3).fill(['timeout', null]),
    )
    expect(attempts.every(({ ms }: { ms: number }) => ms >= 149)).toBe(true)
    expect((await chat()).at(-1)).toMatchObject({ type: 'failure', text: NOTICE })
  })

  it('sends the second attempt while the first handler still runs: same message, new nonce', async () => {
    const { account, openid, say, chat } = await world('safe')
    let finishFirst: () => void = () => undefined
    const firstRuns = new Promise<void>((resolve) => {
      finishFirst = resolve
    })
    let runningFirst = false
    let overlapped = false
    receiver.answer = async (_request, count) => {
      if (count === 1) {
        runningFirst = true
        await firstRuns
        runningFirst = false
        return { body: encryptedReply(account, textReply(account, openid, '第一次')) }
      }
      overlapped = runningFirst
      return { body: encryptedReply(account, textReply(account, openid, '第二次')) }
    }
    const { push } = await say()
    finishFirst()
    expect(overlapped).toBe(true)
    expect(
      (await bench.get(`/_sim/pushes/${push}`)).attempts.map(({ verdict }: { verdict: string }) => verdict),
    ).toEqual(['timeout', 'reply'])
    const documents = open(account, 'safe')
    expect(documents).toHaveLength(2)
    expect(documents[0]).toBe(documents[1])
    expect(receiver.received[0]?.query.get('nonce')).not.toBe(receiver.received[1]?.query.get('nonce'))
    expect((await chat()).filter(({ from }: { from: string }) => from === 'account')).toMatchObject([
      { text: '第二次' },
    ])
  })

  it('tries again after a status other than 200 and after a broken connection', async () => {
    const { say, chat } = await world('plaintext')
    receiver.answer = (_request, count) => (count < 3 ? { status: 503 } : { body: 'success' })
    const recovered = await say()
    const { attempts } = await bench.get(`/_sim/pushes/${recovered.push}`)
    expect(attempts.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'status_503',
      'status_503',
      'acknowledged',
    ])
    expect((await chat()).map(({ type }: { type: string }) => type)).toEqual(['text'])
    await receiver.close()
    const { push } = await say()
    expect(await bench.get(`/_sim/pushes/${push}`)).toMatchObject({ verdict: 'unreachable', attempts: { length: 3 } })
    expect((await chat()).at(-1)).toMatchObject({ type: 'failure' })
  })

  it('does not wait for the verdict when told so', async () => {
    const { account, person } = await world('plaintext')
    let answerNow: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      answerNow = resolve
    })
    receiver.answer = async () => {
      await held
      return { body: 'success' }
    }
    const { push } = await bench.post(`/_sim/people/${person.id}/say?wait=false`, { account: account.appid, text: 'x' })
    expect((await bench.get(`/_sim/pushes/${push}`)).verdict).toBe('pending')
    answerNow()
  })

  it('shows nothing to somebody who has just unfollowed', async () => {
    const { account, person, chat } = await world('plaintext')
    receiver.answer = () => ({ body: '{}' })
    const { push } = await bench.post(`/_sim/people/${person.id}/unfollow`, { account: account.appid })
    expect((await bench.get(`/_sim/pushes/${push}`)).verdict).toMatch(/^malformed/)
    expect(await chat()).toEqual([])
  })
})

describe('what a person authorised', () => {
  it.each([
    ['modified', 'user_info_modified', undefined],
    ['revoked', 'user_authorization_revoke', '205'],
    ['cancelled', 'user_authorization_cancellation', undefined],
  ])('that is %s is told by a service of the platform, which names the person', async (change, event, revokeInfo) => {
    const { account, person, openid } = await world('safe')
    await bench.post(`/_sim/people/${person.id}/authorization`, { account: account.appid, change })
    const [document = ''] = open(account, 'safe')
    expect(field(document, 'Event')).toBe(event)
    expect([field(document, 'OpenID'), field(document, 'AppID')]).toEqual([openid, account.appid])
    expect(field(document, 'FromUserName')).not.toBe(openid)
    expect(field(document, 'RevokeInfo')).toBe(revokeInfo)
    const { follows } = await bench.get(`/_sim/people/${person.id}`)
    expect(follows).toEqual(change === 'cancelled' ? [] : [account.appid])
  })
})
