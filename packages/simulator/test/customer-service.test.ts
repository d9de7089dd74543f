import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../src/index.ts'
import { Bench, field, type Receiver, startReceiver } from './harness.ts'

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

const follow = (person: { id: string }, account: Account) =>
  bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid })

describe('customer-service messages', () => {
  async function world() {
    const account = await bench.account()
    const person = await bench.person()
    const token = await bench.token(account)
    const touser = person.openids[account.appid]
    const call = (path: string, body: object) =>
      bench.post(`/cgi-bin/message/custom/${path}?access_token=${token}`, { touser, ...body })
    const send = async (body: object = { msgtype: 'text', text: { content: '你好' } }) =>
      (await call('send', body)).errcode
    return { account, person, call, send }
  }
  const PAGE = { title: '门店', appid: 'wx1234567890abcdef', pagepath: 'pages/index' }

  it('may be refused by the person', async () => {
    const { account, person, send } = await world()
    await follow(person, account)
    await bench.post(`/_sim/people/${person.id}/refuse`, { account: account.appid, refuse: true })
    expect(await send()).toBe(48002)
    await bench.post(`/_sim/people/${person.id}/refuse`, { account: account.appid, refuse: false })
    expect(await send()).toBe(0)
  })

  it('may be a menu, whose items are said with their ids, or a mini program', async () => {
    const { account, person, send } = await world()
    await follow(person, account)
    const msgmenu = { head_content: '满意吗？', list: [{ id: '101', content: '满意' }], tail_content: '谢谢' }
    expect(await send({ msgtype: 'msgmenu', msgmenu })).toBe(0)
    expect(await send({ msgtype: 'miniprogrampage', miniprogrampage: { ...PAGE, thumb_media_id: 'm' } })).toBe(0)
    const chat = () => bench.get(`/_sim/people/${person.id}/chat?account=${account.appid}`)
    expect(await chat()).toMatchObject([
      { text: '满意吗？\n· 满意\n谢谢', menu: [{ id: '101', text: '满意' }] },
      { type: 'news', card: [{ title: '门店', description: '小程序' }], links: [] },
    ])
    const said = { account: account.appid, text: '满意', menu_id: '101' }
    await bench.send('PATCH', `/_sim/accounts/${account.appid}`, { mode: 'plaintext', callback_url: receiver.url })
    await bench.post(`/_sim/people/${person.id}/say`, said)
    expect(field(receiver.received.at(-1)?.body ?? '', 'bizmsgmenuid')).toBe('101')
  })

  it('are announced by typing, soon after the person did something, and once', async () => {
    const { account, person, call } = await world()
    const typing = async (command: string) => (await call('typing', { command })).errcode
    expect([await typing('Sleeping'), await typing('Typing')]).toEqual([45072, 45080])
    await follow(person, account)
    expect([await typing('Typing'), await typing('Typing')]).toEqual([0, 45081])
    expect([await typing('CancelTyping'), await typing('Typing')]).toEqual([0, 0])
    bench.shiftClock(31_000)
    expect(await typing('Typing')).toBe(45080)
  })

  it('may follow a message five times within 48 hours', async () => {
    const { account, person, send } = await world()
    expect(await send()).toBe(45015)
    await follow(person, account)
    bench.shiftClock(61_000)
    await bench.post(`/_sim/people/${person.id}/say`, { account: account.appid, text: 'x' })
    expect([await send(), await send(), await send(), await send(), await send(), await send()]).toEqual([
      0, 0, 0, 0, 0, 45047,
    ])
    const chat = await bench.get(`/_sim/people/${person.id}/chat?account=${account.appid}`)
    expect(chat.filter(({ text }: { text: string }) => text === '你好')).toHaveLength(5)
    expect(await bench.get(`/_sim/sends?account=${account.appid}`)).toHaveLength(5)
    expect(await bench.get('/_sim/sends?account=other')).toEqual([])
  })

  it.each<[string, (account: Account, id: string) => Promise<unknown>]>([
    [
      'scan',
      async (account, id) => bench.post(`/_sim/people/${id}/scan`, { content: (await bench.code(account, 'x')).url }),
    ],
    ['tap', (account, id) => bench.post(`/_sim/people/${id}/tap`, { account: account.appid, key: 'k' })],
  ])('may follow a %s three times within a minute', async (_, act) => {
    const { account, person, send } = await world()
    await follow(person, account)
    bench.shiftClock(61_000)
    expect(await send()).toBe(45015)
    await act(account, person.id)
    expect([await send(), await send(), await send(), await send()]).toEqual([0, 0, 0, 45047])
    bench.shiftClock(200_000)
    expect(await send()).toBe(45015)
  })

  it('end with the unfollow', async () => {
    const { account, person, send } = await world()
    await follow(person, account)
    expect(await send()).toBe(0)
    await bench.post(`/_sim/people/${person.id}/unfollow`, { account: account.appid })
    expect(await send()).toBe(45015)
  })

  it.each<[string, object, number]>([
    ['an unknown type', { msgtype: 'fax' }, 40008],
    ['an empty text', { msgtype: 'text', text: { content: '' } }, 44004],
    ['a text of 2049 bytes', { msgtype: 'text', text: { content: 'x'.repeat(2049) } }, 45002],
    ['two articles', { msgtype: 'news', news: { articles: [{}, {}] } }, 45008],
    ['a picture that was never uploaded', { msgtype: 'image', image: { media_id: 'x' } }, 40007],
    ['a mini program without its picture', { msgtype: 'miniprogrampage', miniprogrampage: PAGE }, 40007],
    ['a menu item without an id', { msgtype: 'msgmenu', msgmenu: { list: [{ content: 'x' }] } }, 44004],
    ['a stranger', { touser: 'oNobody', msgtype: 'text', text: { content: 'x' } }, 40003],
  ])('refuse %s', async (_, body, errcode) => {
    const { account, person, send } = await world()
    await follow(person, account)
    expect(await send(body)).toBe(errcode)
  })
})
