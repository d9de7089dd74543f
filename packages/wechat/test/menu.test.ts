import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWechatClient, LimitError, parseMenu, WechatError } from '../src/index.ts'
import { json, type Platform, startPlatform } from './platform.ts'

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(() => platform.close())

function client() {
  return createWechatClient({
    appid: 'wx1',
    secret: 'secret1',
    hosts: { api: [platform.origin] },
    timeoutMs: 2000,
    token: { get: async () => 'held', invalidate: async (used) => used },
  })
}

const order = { name: '查询订单', type: 'click', key: 'ORDER' } as const
const shop = { name: '商店', type: 'view', url: 'https://shop.example.com/' } as const

describe('parseMenu', () => {
  it('keeps what a menu has, in its order, and leaves out the rest', () => {
    const menu = {
      button: [
        { ...order, sub_button: [], extra: 1 },
        { name: '更多', sub_button: [shop, order] },
      ],
      menuid: 7,
    }
    expect(parseMenu(menu)).toEqual({ button: [order, { name: '更多', sub_button: [shop, order] }] })
  })

  it.each([
    ['button', {}],
    ['button', { button: [] }],
    ['button', { button: [order, order, order, order] }],
    ['button.0', { button: ['x'] }],
    ['button.0.type', { button: [{ ...order, type: 'teleport' }] }],
    ['button.0.type', { button: [{ ...order, sub_button: [shop] }] }],
    ['button.0.name', { button: [{ ...order, name: '查询我的订单' }] }],
    ['button.0.name', { button: [{ ...order, name: ' ' }] }],
    ['button.0.key', { button: [{ ...order, key: 'k'.repeat(129) }] }],
    ['button.0.key', { button: [{ name: 'x', type: 'click' }] }],
    ['button.1.url', { button: [order, { ...shop, url: 'javascript:alert(1)' }] }],
    ['button.1.url', { button: [order, { ...shop, url: `https://a.example/${'x'.repeat(1024)}` }] }],
    ['button.0.sub_button', { button: [{ name: 'x', sub_button: Array(6).fill(shop) }] }],
    [
      'button.0.sub_button.1.key',
      { button: [{ name: 'x', sub_button: [shop, { name: 'y', type: 'click', key: '' }] }] },
    ],
    ['button.0.sub_button.0.sub_button', { button: [{ name: 'x', sub_button: [{ ...order, sub_button: [order] }] }] }],
    ['button.0.pagepath', { button: [{ ...shop, type: 'miniprogram', appid: 'wx2' }] }],
  ])('refuses, and names, %s', (field, menu) => {
    const refusal = (() => {
      try {
        return parseMenu(menu)
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(LimitError)
    expect(refusal).toMatchObject({ field })
  })
})

describe('menus at the platform', () => {
  it('are created as a whole, in unescaped UTF-8', async () => {
    platform.answer(json({ errcode: 0, errmsg: 'ok' }))
    await client().menuCreate({ button: [order] })
    expect(platform.seen[0]).toMatchObject({ method: 'POST', path: '/cgi-bin/menu/create' })
    expect(platform.seen[0]?.body).toContain('查询订单')
    expect(JSON.parse(platform.seen[0]?.body ?? '')).toEqual({ button: [order] })
  })

  it('that are not there are undefined, and every other refusal is one', async () => {
    platform.answer(json({ errcode: 46003, errmsg: 'menu no exist' }))
    expect(await client().menuGet()).toBeUndefined()
    platform.answer(json({ menu: { button: [order] } }))
    expect(await client().menuGet()).toEqual({ button: [order] })
    platform.answer(json({ errcode: 48001, errmsg: 'api unauthorized' }))
    await expect(client().menuGet()).rejects.toBeInstanceOf(WechatError)
  })

  it('are taken away by a GET', async () => {
    platform.answer(json({ errcode: 0, errmsg: 'ok' }))
    await client().menuDelete()
    expect(platform.seen[0]).toMatchObject({ method: 'GET', path: '/cgi-bin/menu/delete' })
  })
})

describe('customer-service messages', () => {
  it('carry the text as it is, without what the chat cannot show', async () => {
    platform.answer(json({ errcode: 0, errmsg: 'ok' }))
    await client().customSendText({ touser: 'o1', content: '已发货\u0001\n<a href="https://a.example">看</a>' })
    expect(JSON.parse(platform.seen[0]?.body ?? '')).toEqual({
      touser: 'o1',
      msgtype: 'text',
      text: { content: '已发货\n<a href="https://a.example">看</a>' },
    })
  })

  it('that are empty or too long are never sent', async () => {
    platform.answer(json({ errcode: 0, errmsg: 'ok' }))
    for (const content of [' ', '好'.repeat(683)]) {
      await expect(client().customSendText({ touser: 'o1', content })).rejects.toBeInstanceOf(LimitError)
    }
    expect(platform.seen).toEqual([])
  })
})
