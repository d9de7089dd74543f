import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, field, type Receiver, startReceiver } from './harness.ts'
import { CONTENT, data, reach, VALUES } from './reach.ts'

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

const told = () => receiver.received.map(({ body }) => body)
const listening = () => ({ mode: 'plaintext', callback_url: receiver.url })
const subscriber = (more: { account?: object; template?: object } = {}) =>
  reach(bench, { account: { ...listening(), ...more.account }, template: { kind: 'subscribe', ...more.template } })

describe('a subscription notice', () => {
  it('needs an acceptance for each, and is told of', async () => {
    const world = await subscriber()
    await bench.post('/_sim/receipts', { before_answer: true })
    expect(await world.bizsend()).toMatchObject({ errcode: 43101 })
    await world.subscribe()
    await world.subscribe()
    expect([await world.bizsend({ page: 'https://clinic.example.com/' }), await world.bizsend()]).toMatchObject([
      { errcode: 0 },
      { errcode: 0 },
    ])
    expect(await world.bizsend()).toMatchObject({ errcode: 43101 })
    expect(await world.chat('subscribe')).toMatchObject([
      { card: { title: '预约成功通知', url: 'https://clinic.example.com/', fields: [{ value: '洗牙' }, {}, {}] } },
      { links: [] },
    ])
    const [first] = await world.sends()
    expect(first).toMatchObject({ api: '/cgi-bin/message/subscribe/bizsend', msgid: expect.stringMatching(/^\d{19}$/) })
    const [, accepted = '', , sent = ''] = told()
    expect(['Event', 'TemplateId', 'SubscribeStatusString', 'PopupScene'].map((name) => field(accepted, name))).toEqual(
      ['subscribe_msg_popup_event', world.template.template_id, 'accept', '1'],
    )
    expect(['Event', 'TemplateId', 'MsgID', 'ErrorCode', 'ErrorStatus'].map((name) => field(sent, name))).toEqual([
      'subscribe_msg_sent_event',
      world.template.template_id,
      first.msgid,
      '0',
      'success',
    ])
  })

  it('that is refused for its content uses nothing up', async () => {
    const world = await subscriber()
    await world.subscribe()
    const wrong = [{ ...VALUES, phrase3: 'x' }, { ...VALUES, thing1: '' }, { ...VALUES, thing1: '代开发票' }, {}]
    const errcodes: number[] = []
    for (const values of wrong) errcodes.push((await world.bizsend({ data: data(values) })).errcode)
    expect(errcodes).toEqual([47003, 47003, 45168, 47003])
    expect(await world.bizsend({ template_id: 'x' })).toMatchObject({ errcode: 40037 })
    expect(await world.bizsend()).toMatchObject({ errcode: 0 })
  })

  it('of a long-term template may be sent until it is switched off', async () => {
    const world = await subscriber({ template: { type: 3 } })
    await world.subscribe()
    expect([await world.bizsend(), await world.bizsend()]).toMatchObject([{ errcode: 0 }, { errcode: 0 }])
    const { push } = await world.subscribe(false, { from: 'settings' })
    expect(push).toMatch(/^push_/)
    const change = told().at(-1) ?? ''
    expect([field(change, 'Event'), field(change, 'SubscribeStatusString')]).toEqual([
      'subscribe_msg_change_event',
      'reject',
    ])
    expect(await world.bizsend()).toMatchObject({ errcode: 43101 })
    expect(await world.subscribe(true, { from: 'settings' })).toEqual({ push: null })
    expect(await world.bizsend()).toMatchObject({ errcode: 43101 })
  })

  it('is not allowed by a rejected popup', async () => {
    const world = await subscriber()
    await world.subscribe(false)
    expect(field(told().at(-1) ?? '', 'SubscribeStatusString')).toBe('reject')
    expect(await world.bizsend()).toMatchObject({ errcode: 43101 })
    expect(await bench.get(`/_sim/people/${world.person.id}/subscriptions`)).toMatchObject([{ left: 0, off: false }])
  })

  it('cannot be sent twice to one person at once, but to two', async () => {
    const world = await subscriber()
    for (let n = 0; n < 3; n++) await world.subscribe()
    await bench.post('/_sim/faults', { path: '/cgi-bin/message/subscribe/bizsend', kind: 'slow', ms: 300, times: 3 })
    const other = (await bench.person()).openids[world.account.appid]
    const answers = await Promise.all([world.bizsend(), world.bizsend(), world.bizsend({ touser: other })])
    expect(answers.map(({ errcode }) => errcode).sort()).toEqual([0, 43101, 43108])
    expect(await world.bizsend()).toMatchObject({ errcode: 0 })
    expect(await world.sends()).toHaveLength(2)
  })

  it('is not for test and subscription accounts', async () => {
    for (const account of [{ kind: 'test' }, { kind: 'subscription', verified: true }]) {
      const world = await subscriber({ account })
      expect([await world.bizsend(), await world.ask('/wxaapi/newtmpl/gettemplate')]).toMatchObject([
        { errcode: 48001 },
        { errcode: 48001 },
      ])
    }
  })

  it('tells several acceptances in one push', async () => {
    const world = await subscriber()
    const more = await bench.post(`/_sim/accounts/${world.account.appid}/templates`, {
      title: '取件提醒',
      content: CONTENT,
      kind: 'subscribe',
    })
    await world.subscribe(true, { template_ids: [world.template.template_id, more.template_id] })
    expect((told().at(-1) ?? '').match(/<List>/g)).toHaveLength(2)
    expect(await world.subscribe(true, { template_ids: ['x'] })).toMatchObject({ error: 'unknown_template' })
  })

  it('that was accepted before the connection broke has used its permission up', async () => {
    const world = await subscriber()
    await world.subscribe()
    await bench.post('/_sim/faults', { kind: 'reset_after_accept', times: 1 })
    await expect(world.bizsend()).rejects.toThrow()
    expect(await world.sends()).toHaveLength(1)
    expect(await world.bizsend()).toMatchObject({ errcode: 43101 })
  })
})

describe('a page that asks', () => {
  it('is told of with its templates, and the popup closes with the answer', async () => {
    const world = await subscriber()
    const id = world.template.template_id
    const page = `<!doctype html><wx-open-subscribe template="${id}"><script type="text/wxtag-template"><button>订阅提醒</button></script></wx-open-subscribe>`
    receiver.answer = ({ method }) => ({ body: method === 'GET' ? page : 'success' })
    const path = `/_sim/people/${world.person.id}`
    const opened = await bench.post(`${path}/open`, { url: receiver.url })
    expect(opened.subscriptions).toEqual([{ text: '订阅提醒', template_ids: [id] }])
    const { html } = await bench.get(`${path}/page`)
    const href = /href="([^"]+visit-subscribe[^"]+)"[^>]*>订阅提醒</.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(await bench.get(`${path}/popup`)).toBe(null)
    expect(await (await fetch(bench.url + href)).text()).toContain('订阅提醒')
    expect(await bench.get(`${path}/popup`)).toMatchObject({
      account: world.account.appid,
      templates: [{ template_id: id, title: '预约成功通知' }],
    })
    await world.subscribe()
    expect(await bench.get(`${path}/popup`)).toBe(null)
    expect(await bench.post(`${path}/popup`, { template_ids: ['x'] })).toMatchObject({ error: 'unknown_template' })
  })
})

describe('newtmpl', () => {
  const base = '/wxaapi/newtmpl'

  it('goes from category to title to keywords to a template of the account', async () => {
    const { ask, call, template } = await subscriber()
    const [{ id }] = (await ask(`${base}/getcategory`)).data
    const titles = await ask(`${base}/getpubtemplatetitles`, `&ids=${id}&start=0&limit=2`)
    expect(titles).toMatchObject({ count: 5, data: [{ tid: 43001, title: '登录成功通知', type: 2 }, { tid: 43002 }] })
    const { data: keywords } = await ask(`${base}/getpubtemplatekeywords`, '&tid=43001')
    expect(keywords[1]).toEqual({ kid: 2, name: '登录时间', example: '2026年3月1日 15:01', rule: 'time' })
    const wanted = { tid: '43001', kidList: [2, 4], sceneDesc: '登录提醒' }
    const { priTmplId } = await call(`${base}/addtemplate`, wanted)
    expect(await call(`${base}/addtemplate`, wanted)).toMatchObject({ errcode: 200022 })
    expect(await call(`${base}/deltemplate`, { priTmplId: template.template_id })).toMatchObject({ errcode: 0 })
    expect((await ask(`${base}/gettemplate`)).data).toEqual([
      {
        priTmplId,
        title: '登录成功通知',
        content: '登录时间:{{time2.DATA}}\n登录地点:{{thing4.DATA}}\n',
        example: '登录时间:2026年3月1日 15:01\n登录地点:上海市\n',
        type: 2,
      },
    ])
  })

  it('tells the values of an enum', async () => {
    const { ask, bizsend, subscribe } = await subscriber({
      template: { content: '状态：{{enum_string1.DATA}}', enums: { enum_string1: ['开', '关'] } },
    })
    expect((await ask(`${base}/gettemplate`)).data[0].keywordEnumValueList).toEqual([
      { keywordCode: 'enum_string1.DATA', enumValueList: ['开', '关'] },
    ])
    await subscribe()
    expect([
      await bizsend({ data: data({ enum_string1: '半开' }) }),
      await bizsend({ data: data({ enum_string1: '关' }) }),
    ]).toMatchObject([{ errcode: 47003 }, { errcode: 0 }])
  })

  it.each<[number, string, string]>([
    [200018, 'getpubtemplatetitles', '&start=0&limit=1'],
    [200019, 'getpubtemplatetitles', '&ids=1&start=0&limit=1'],
    [200016, 'getpubtemplatetitles', '&ids=612&start=x&limit=1'],
    [200017, 'getpubtemplatetitles', '&ids=612&start=0&limit=31'],
    [200014, 'getpubtemplatekeywords', '&tid=1'],
  ])('answers %i to a wrong %s%s', async (errcode, call, query) => {
    expect(await (await subscriber()).ask(`${base}/${call}`, query)).toMatchObject({ errcode })
  })

  it.each<[number, object]>([
    [200014, { tid: 'x' }],
    [200020, { tid: '43001', kidList: [1] }],
    [200020, { tid: '43001', kidList: [1, 9] }],
    [200020, { tid: '43001', kidList: [1, 1] }],
    [200021, { tid: '43001', kidList: [1, 2], sceneDesc: '一'.repeat(16) }],
  ])('answers %i to a wrong addtemplate', async (errcode, body) => {
    expect(await (await subscriber()).call(`${base}/addtemplate`, body)).toMatchObject({ errcode })
  })
})

describe('a one-time subscription', () => {
  const asked = (world: Awaited<ReturnType<typeof reach>>, more: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      action: 'get_confirm',
      appid: world.account.appid,
      scene: '7',
      template_id: world.account.subscribemsg_template_id,
      redirect_url: `${receiver.url}?a=1`,
      reserved: 'abc1',
      ...more,
    })
    return `${bench.url}/mp/subscribemsg?${query}#wechat_redirect`
  }
  const open = (world: Awaited<ReturnType<typeof reach>>, url: string) =>
    bench.post(`/_sim/people/${world.person.id}/open`, { url })
  const press = (world: Awaited<ReturnType<typeof reach>>, value: string) =>
    bench.post(`/_sim/people/${world.person.id}/submit`, { button: { name: 'decision', value } })

  it('is confirmed on a page, and then one message may come', async () => {
    const world = await reach(bench)
    expect((await open(world, asked(world))).text).toContain('给你发送一条消息')
    const { searchParams } = new URL((await press(world, 'confirm')).url)
    expect(Object.fromEntries(searchParams)).toEqual({
      a: '1',
      openid: world.touser,
      template_id: world.account.subscribemsg_template_id,
      action: 'confirm',
      scene: '7',
      reserved: 'abc1',
    })
    const message = {
      touser: world.touser,
      template_id: world.account.subscribemsg_template_id,
      scene: '7',
      title: '开课提醒',
      data: { content: { value: '明天\n九点' } },
    }
    const send = (more: object) => world.call('/cgi-bin/message/template/subscribe', { ...message, ...more })
    const wrong = [
      { scene: '8' },
      { template_id: 'x' },
      { title: '一'.repeat(16) },
      { data: { content: { value: 'x'.repeat(201) } } },
    ]
    const errcodes: number[] = []
    for (const more of [...wrong, {}, {}]) errcodes.push((await send(more)).errcode)
    expect(errcodes).toEqual([43101, 40037, 40062, 47003, 0, 43101])
    expect(await world.chat('subscribe')).toMatchObject([
      { card: { title: '开课提醒', fields: [{ value: '明天\n九点' }] } },
    ])
  })

  it('that is cancelled tells no openid', async () => {
    const world = await reach(bench)
    await open(world, asked(world))
    const { searchParams } = new URL((await press(world, 'cancel')).url)
    expect([searchParams.get('action'), searchParams.get('openid')]).toEqual(['cancel', null])
  })

  it.each<[string, Record<string, string>]>([
    ['scene 参数错误', { scene: '10001' }],
    ['template_id 参数错误', { template_id: 'x' }],
    ['redirect_url 参数错误', { redirect_url: 'https://else.example.com/' }],
    ['reserved 参数错误', { reserved: 'a-b' }],
  ])('is refused: %s', async (text, more) => {
    const world = await reach(bench, { account: { business_domain: '127.0.0.1' } })
    expect((await open(world, asked(world, more))).text).toContain(text)
  })

  it('is asked for in WeChat only, and with the fragment', async () => {
    const world = await reach(bench)
    expect(await (await fetch(asked(world))).text()).toContain('请在微信客户端打开链接')
    expect((await open(world, asked(world).replace(/#.*/, ''))).text).toContain('#wechat_redirect')
  })
})
