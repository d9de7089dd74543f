import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWechatClient, LimitError, NetworkError, type WechatError } from '../src/index.ts'
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
const lastBody = () => JSON.parse(platform.seen.at(-1)?.body ?? 'null')

describe('template messages', () => {
  it('are sent as the platform writes them, and keep an id of 19 digits', async () => {
    platform.answer((_, response) => response.end('{"errcode":0,"errmsg":"ok","msgid":1700000000000000001}'))
    const message = { touser: 'o1', templateId: 't1', data: { thing1: '茶' }, url: 'https://shop.example.com/o/1' }
    expect(await client().templateSend({ ...message, clientMsgId: 'a'.repeat(32) })).toEqual({
      msgId: '1700000000000000001',
    })
    expect(platform.seen[0]).toMatchObject({ method: 'POST', path: '/cgi-bin/message/template/send' })
    expect(lastBody()).toEqual({
      touser: 'o1',
      template_id: 't1',
      data: { thing1: { value: '茶' } },
      url: 'https://shop.example.com/o/1',
      client_msg_id: 'a'.repeat(32),
    })
  })

  it('name the field that the platform refuses', async () => {
    platform.answer(json({ errcode: 47003, errmsg: 'argument invalid! data.phrase10.value invalid' }))
    const sent = client().templateSend({ touser: 'o1', templateId: 't1', data: { phrase10: 'x' } })
    await expect(sent).rejects.toMatchObject({ errcode: 47003, retry: 'request' } satisfies Partial<WechatError>)
  })

  it('without an id in the answer are garbage, for they may have been sent', async () => {
    platform.answer(json({ errcode: 0 }))
    await expect(client().templateSend({ touser: 'o1', templateId: 't1', data: {} })).rejects.toThrow(NetworkError)
  })

  it('have an id of 32 characters at most', async () => {
    const sent = client().templateSend({ touser: 'o1', templateId: 't1', data: {}, clientMsgId: 'a'.repeat(33) })
    await expect(sent).rejects.toThrow(LimitError)
  })
})

describe('templates', () => {
  it('are listed, added and deleted', async () => {
    const row = {
      template_id: 't1',
      title: '登录提醒',
      primary_industry: 'IT科技',
      deputy_industry: '互联网|电子商务',
      content: '时间:{{time1.DATA}}',
      example: '时间:15:01',
    }
    platform.answer(json({ template_list: [row] }))
    expect(await client().templateList()).toEqual([
      {
        templateId: 't1',
        title: '登录提醒',
        content: '时间:{{time1.DATA}}',
        example: '时间:15:01',
        primaryIndustry: 'IT科技',
        deputyIndustry: '互联网|电子商务',
      },
    ])
    platform.answer(json({ errcode: 0, template_id: 't2' }))
    expect(await client().templateAdd({ shortId: '43', keywords: ['时间', '地点'] })).toBe('t2')
    expect(lastBody()).toEqual({ template_id_short: '43', keyword_name_list: ['时间', '地点'] })
    await client().templateDelete('t2')
    expect(lastBody()).toEqual({ template_id: 't2' })
  })

  it('belong to industries', async () => {
    const industry = (second_class: string) => ({ first_class: 'IT科技', second_class })
    platform.answer(json({ primary_industry: industry('互联网'), secondary_industry: industry('软件') }))
    expect(await client().industryGet()).toEqual({ primary: 'IT科技/互联网', secondary: 'IT科技/软件' })
    platform.answer(json({ errcode: 0 }))
    await client().industrySet({ primary: 1, secondary: 2 })
    expect(lastBody()).toEqual({ industry_id1: '1', industry_id2: '2' })
  })

  it('of an answer without a list are garbage', async () => {
    platform.answer(json({ errcode: 0 }))
    await expect(client().templateList()).rejects.toThrow(NetworkError)
  })
})

describe('subscription notices', () => {
  it('are sent with a page', async () => {
    platform.answer(json({ errcode: 0 }))
    const page = 'https://shop.example.com/'
    await client().subscribeSend({ touser: 'o1', templateId: 't1', data: { thing1: '茶' }, page })
    expect(platform.seen[0]?.path).toBe('/cgi-bin/message/subscribe/bizsend')
    expect(lastBody()).toEqual({ touser: 'o1', template_id: 't1', data: { thing1: { value: '茶' } }, page })
  })

  it('have templates of which some may only say what is listed', async () => {
    const enums = [{ keywordCode: 'enum1', enumValueList: ['开', '关'] }]
    const row = { priTmplId: 's1', title: '预约', content: '{{enum1.DATA}}', example: '', type: 3 }
    platform.answer(json({ data: [{ ...row, keywordEnumValueList: enums }] }))
    expect(await client().subscribeTemplates()).toEqual([
      {
        templateId: 's1',
        title: '预约',
        content: '{{enum1.DATA}}',
        example: '',
        type: 'long_term',
        values: { enum1: ['开', '关'] },
      },
    ])
  })

  it('are chosen from the library', async () => {
    platform.answer(json({ data: [{ id: 616, name: '公交' }] }))
    expect(await client().subscribeCategories()).toEqual([{ id: '616', name: '公交' }])
    platform.answer(json({ count: 55, data: [{ tid: 99, title: '付款成功', type: 2, categoryId: '616' }] }))
    expect(await client().subscribeTitles({ categoryIds: ['616'] })).toEqual({
      count: 55,
      titles: [{ tid: '99', title: '付款成功', type: 'one_time', categoryId: '616' }],
    })
    expect(Object.fromEntries(platform.seen[0]?.query ?? [])).toMatchObject({ ids: '616', start: '0', limit: '30' })
    platform.answer(json({ count: 1, data: [{ kid: 1, name: '物品', example: '茶', rule: 'thing' }] }))
    expect(await client().subscribeKeywords('99')).toEqual([{ kid: 1, name: '物品', example: '茶', rule: 'thing' }])
    platform.answer(json({ errcode: 0, priTmplId: 's2' }))
    expect(await client().subscribeAdd({ tid: '99', keywords: [1, 2], scene: '付款' })).toBe('s2')
    expect(lastBody()).toEqual({ tid: '99', kidList: [1, 2], sceneDesc: '付款' })
    await expect(client().subscribeAdd({ tid: '99', keywords: [1], scene: '' })).rejects.toThrow(LimitError)
    await client().subscribeDelete('s2')
    expect(lastBody()).toEqual({ priTmplId: 's2' })
  })

  it('that were allowed once, on the spot, have a title and a text', async () => {
    platform.answer(json({ errcode: 0 }))
    const message = { touser: 'o1', templateId: 't1', scene: 7, title: '验证码', content: '123456\n五分钟内有效' }
    await client().oneTimeSend(message)
    expect(lastBody()).toEqual({
      touser: 'o1',
      template_id: 't1',
      scene: '7',
      title: '验证码',
      data: { content: { value: '123456\n五分钟内有效' } },
    })
    await expect(client().oneTimeSend({ ...message, title: '一二三四五六七八九十一二三四五六' })).rejects.toThrow(
      LimitError,
    )
  })
})
