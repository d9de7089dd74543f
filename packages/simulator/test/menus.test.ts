import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bench, type Receiver, startReceiver } from './harness.ts'

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

const order = { name: '查询订单', type: 'click', key: 'ORDER' }
const shop = { name: '商店', type: 'view', url: 'https://shop.example.com/' }

it('a menu is made, told, shown to phones and taken away', async () => {
  const account = await bench.account()
  const token = await bench.token(account)
  const get = () => bench.get(`/cgi-bin/menu/get?access_token=${token}`)
  expect(await get()).toMatchObject({ errcode: 46003 })
  const menu = [order, { name: '更多', sub_button: [shop, order] }]
  expect(await bench.post(`/cgi-bin/menu/create?access_token=${token}`, { button: menu })).toMatchObject({ errcode: 0 })
  expect(await get()).toMatchObject({ menu: { button: menu } })
  expect(await bench.get(`/_sim/accounts/${account.appid}`)).toMatchObject({ menu })
  expect(await bench.get(`/cgi-bin/menu/delete?access_token=${token}`)).toMatchObject({ errcode: 0 })
  expect(await bench.get(`/_sim/accounts/${account.appid}`)).toMatchObject({ menu: null })
})

it.each([
  [40016, { button: [] }],
  [40016, { button: [order, order, order, order] }],
  [40017, { button: [{ ...order, type: 'x' }] }],
  [40018, { button: [{ ...order, name: '查询我的订单' }] }],
  [40019, { button: [{ name: 'x', type: 'click' }] }],
  [40020, { button: [{ ...shop, url: 'ftp://x' }] }],
  [40023, { button: [{ name: 'x', sub_button: Array(6).fill(shop) }] }],
  [40026, { button: [{ name: 'x', sub_button: [{ ...order, key: 'k'.repeat(129) }] }] }],
])('a menu that breaks a limit is %i', async (errcode, menu) => {
  const token = await bench.token(await bench.account())
  expect(await bench.post(`/cgi-bin/menu/create?access_token=${token}`, menu)).toMatchObject({ errcode })
})

it('an unverified subscription account has no menu', async () => {
  const token = await bench.token(await bench.account({ kind: 'subscription', verified: false }))
  expect(await bench.post(`/cgi-bin/menu/create?access_token=${token}`, { button: [order] })).toMatchObject({
    errcode: 48001,
  })
})

it('a tap on a page button is a VIEW, and lets the account write nothing', async () => {
  const account = await bench.account({ callback_url: receiver.url, mode: 'plaintext' })
  const person = await bench.person()
  const act = (what: string, body: object) =>
    bench.post(`/_sim/people/${person.id}/${what}`, { account: account.appid, ...body })
  await act('follow', {})
  await bench.post('/_sim/clock', { offset_ms: 120_000 })
  await act('tap', { url: shop.url })
  expect(receiver.received.at(-1)?.body).toMatch(/VIEW.*https:\/\/shop\.example\.com\/.*MenuId/s)
  const send = async () =>
    bench.post(`/cgi-bin/message/custom/send?access_token=${await bench.token(account)}`, {
      touser: person.openids[account.appid],
      msgtype: 'text',
      text: { content: 'x' },
    })
  expect(await send()).toMatchObject({ errcode: 45015 })
  await act('tap', { key: 'ORDER' })
  expect(await send()).toMatchObject({ errcode: 0 })
})
