import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, field, type Receiver, startReceiver } from './harness.ts'
import { data, reach, VALUES } from './reach.ts'

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

/** What the receiver is told of template messages, once there are so many. */
function results(count: number): Promise<string[]> {
  return new Promise((resolve) => {
    const bodies: string[] = []
    receiver.answer = ({ body }) => {
      if (field(body, 'Event') === 'TEMPLATESENDJOBFINISH') bodies.push(body)
      if (bodies.length === count) resolve(bodies)
      return { body: 'success' }
    }
  })
}

describe('a template message', () => {
  it('is accepted, shown as a card, kept in the ledger and told of', async () => {
    const told = results(1)
    const world = await reach(bench, { account: { mode: 'plaintext', callback_url: receiver.url } })
    const url = 'https://clinic.example.com/a?b=1'
    const text = await (
      await fetch(`${bench.url}/cgi-bin/message/template/send?access_token=${world.token}`, {
        method: 'POST',
        body: JSON.stringify({
          touser: world.touser,
          template_id: world.template.template_id,
          url,
          data: data(VALUES),
          client_msg_id: 'm-1',
        }),
      })
    ).text()
    const msgid = /"msgid":(\d{19})}$/.exec(text)?.[1]
    expect(msgid).toBeDefined()
    expect(await world.chat('template')).toMatchObject([
      {
        from: 'account',
        links: [{ text: '查看详情', url }],
        card: {
          title: '预约成功通知',
          url,
          fields: [
            { label: '项目', key: 'thing1', value: '洗牙' },
            { label: '时间', key: 'time2', value: VALUES.time2 },
            { label: '状态', key: 'phrase3', value: '已预约' },
          ],
        },
      },
    ])
    expect(await world.sends()).toMatchObject([
      {
        api: '/cgi-bin/message/template/send',
        touser: world.touser,
        template_id: world.template.template_id,
        data: data(VALUES),
        client_msg_id: 'm-1',
        msgid,
      },
    ])
    const [body = ''] = await told
    expect([field(body, 'MsgID'), field(body, 'Status'), field(body, 'FromUserName')]).toEqual([
      msgid,
      'success',
      world.touser,
    ])
  })

  it.each<[number, string, object]>([
    [40003, 'a stranger', { touser: 'oNobody' }],
    [40037, 'an unknown template', { template_id: 'nothing' }],
    [40039, 'an address of 1025 bytes', { url: `https://a.example/${'x'.repeat(1007)}` }],
    [40166, 'no mini program', { miniprogram: { appid: 'gh_1' } }],
    [47001, 'data that is a text', { data: 'x' }],
    [47003, 'a missing key', { data: data({ thing1: 'a', time2: '10:00' }) }],
    [47003, 'letters in a phrase', { data: data({ ...VALUES, phrase3: 'done' }) }],
    [47003, 'a line break', { data: data({ ...VALUES, thing1: 'a\nb' }) }],
    [40250, 'an empty value', { data: data({ ...VALUES, thing1: ' ' }) }],
    [40249, 'an advertisement', { data: data({ ...VALUES, thing1: '全场优惠，先到先得' }) }],
  ])('is refused with %i for %s', async (errcode, _, body) => {
    const world = await reach(bench)
    expect(await world.send(body)).toMatchObject({ errcode })
    expect([await world.sends(), await world.chat('template')]).toEqual([[], []])
  })

  it('names the field that does not fit', async () => {
    const world = await reach(bench)
    const { errmsg } = await world.send({ data: data({ ...VALUES, phrase3: 'x' }) })
    expect(errmsg).toMatch(/data\.phrase3\.value invalid rid: /)
  })

  it('needs a follower', async () => {
    const world = await reach(bench)
    await bench.post(`/_sim/people/${world.person.id}/unfollow`, { account: world.account.appid })
    expect(await world.send()).toMatchObject({ errcode: 43004 })
  })

  it('is sent once per openid and client_msg_id within ten minutes', async () => {
    const world = await reach(bench)
    const first = await world.send({ client_msg_id: 'same' })
    expect(await world.send({ client_msg_id: 'same' })).toEqual(first)
    expect(await world.sends()).toHaveLength(1)
    bench.shiftClock(601_000)
    expect((await world.send({ client_msg_id: 'same' })).msgid).not.toBe(first.msgid)
    expect(await world.sends()).toHaveLength(2)
  })

  it('has a daily and a minute quota', async () => {
    const path = '/cgi-bin/message/template/send'
    const world = await reach(bench, { account: { quotas: { [path]: { daily: 1 } } } })
    const { quota } = await world.call('/cgi-bin/openapi/quota/get', { cgi_path: path })
    expect([await world.send(), await world.send()]).toMatchObject([{ errcode: 0 }, { errcode: 45009 }])
    await bench.send('PATCH', `/_sim/accounts/${world.account.appid}`, { quotas: { [path]: { per_minute: 1 } } })
    expect([quota.daily_limit, (await world.send()).errcode]).toEqual([1, 45011])
  })

  it('of an old template is cut, without first and remark; a test account still shows them', async () => {
    const template = { content: '{{first.DATA}}\n说明：{{keyword1.DATA}}\n{{remark.DATA}}' }
    const values = { first: '您好', keyword1: '一二三四五六七八九十一二三四五六七八九十末', remark: '谢谢' }
    const old = await reach(bench, { template })
    await old.send({ data: data(values) })
    expect((await old.chat('template'))[0].card.fields).toEqual([
      { label: '说明', key: 'keyword1', value: '一二三四五六七八九十一二三四五六七八九十…' },
    ])
    const test = await reach(bench, { account: { kind: 'test' }, template })
    expect(await test.send({ data: data({ first: '限时优惠', keyword1: values.keyword1 }) })).toMatchObject({
      errcode: 0,
    })
    expect((await test.chat('template'))[0].card.fields.map(({ value }: { value: string }) => value)).toEqual([
      '限时优惠',
      values.keyword1,
      '',
    ])
  })
})

describe('a receipt', () => {
  it('says what became of the message, as planned or as the person wishes', async () => {
    const told = results(4)
    const world = await reach(bench, { account: { mode: 'plaintext', callback_url: receiver.url } })
    const plan = (status: string) =>
      bench.post(`/_sim/people/${world.person.id}/receipts`, { account: world.account.appid, status, times: 1 })
    await bench.post('/_sim/receipts', { before_answer: true })
    await plan('system_failed')
    await world.send()
    await plan('none')
    await world.send()
    await plan('user_block')
    await world.send()
    await world.send()
    const refuse = { account: world.account.appid, refuse: true }
    expect(await bench.post(`/_sim/people/${world.person.id}/refuse`, refuse)).toEqual({
      refuses: [world.account.appid],
    })
    await world.send()
    expect((await told).map((body) => field(body, 'Status'))).toEqual([
      'failed: system failed',
      'failed:user block',
      'success',
      'failed:user block',
    ])
    expect(await world.sends()).toHaveLength(5)
    expect(await world.chat('template')).toHaveLength(2)
  })

  it('may come before the answer', async () => {
    const world = await reach(bench, { account: { mode: 'plaintext', callback_url: receiver.url } })
    await bench.post('/_sim/receipts', { before_answer: true })
    const { msgid } = await world.send()
    const last = receiver.received.at(-1)
    // The test's JSON reader rounds what the wire says exactly.
    expect(Number(field(last?.body ?? '', 'MsgID'))).toBe(msgid)
  })

  it('comes later when it is told to, and not at all after a reset', async () => {
    const world = await reach(bench, { account: { mode: 'plaintext', callback_url: receiver.url } })
    expect(await bench.post('/_sim/receipts', { delay_ms: 3_600_000 })).toEqual({
      delay_ms: 3_600_000,
      before_answer: false,
    })
    await world.send()
    expect(receiver.received.map(({ body }) => field(body, 'Event'))).toEqual(['subscribe'])
    expect(await bench.post('/_sim/receipts', { delay_ms: -1 })).toMatchObject({ error: 'bad_field' })
  })
})

describe('a fault', () => {
  it('may cut the connection of a message that was accepted: the second try is the first one', async () => {
    const world = await reach(bench)
    await bench.post('/_sim/faults', { path: '/cgi-bin/message/*', kind: 'reset_after_accept', times: 1 })
    await expect(world.send({ client_msg_id: 'a' })).rejects.toThrow()
    const [first] = await world.sends()
    expect((await world.send({ client_msg_id: 'a' })).msgid).toBe(Number(first.msgid))
    expect(await world.sends()).toHaveLength(1)
  })

  it.each([-1, 40001, 43004, 45009, 45011])('may be %i, and then nothing was accepted', async (errcode) => {
    const world = await reach(bench)
    await bench.post('/_sim/faults', { path: '/cgi-bin/message/template/send', kind: 'errcode', errcode, times: 1 })
    expect(await world.send()).toMatchObject({ errcode })
    expect(await world.sends()).toEqual([])
  })
})

describe('the list of templates', () => {
  const add = '/cgi-bin/template/api_add_template'
  const list = '/cgi-bin/template/get_all_private_template'

  it('is empty at first, takes from the library and gives up', async () => {
    const { call, ask, template } = await reach(bench)
    await call('/cgi-bin/template/del_private_template', { template_id: template.template_id })
    expect(await ask(list)).toEqual({ template_list: [] })
    const wanted = { template_id_short: '43003', keyword_name_list: ['用途', '验证码'] }
    const { template_id } = await call(add, wanted)
    expect(await ask(list)).toEqual({
      template_list: [
        {
          template_id,
          title: '验证码通知',
          primary_industry: '',
          deputy_industry: '',
          content: '用途:{{thing2.DATA}}\n验证码:{{character_string1.DATA}}\n',
          example: '用途:修改手机号\n验证码:482913\n',
        },
      ],
    })
    expect(await call('/cgi-bin/template/del_private_template', { template_id: 'x' })).toMatchObject({ errcode: 40037 })
  })

  it.each<[number, object]>([
    [40247, { template_id_short: 'OPENTM207940503' }],
    [40037, { template_id_short: '99999', keyword_name_list: ['用途'] }],
    [40246, { template_id_short: '43003' }],
    [40246, { template_id_short: '43003', keyword_name_list: ['用途', '价格'] }],
  ])('refuses with %i what the library does not give', async (errcode, body) => {
    expect(await (await reach(bench)).call(add, body)).toMatchObject({ errcode })
  })

  it('holds twenty-five', async () => {
    const { call } = await reach(bench)
    const wanted = { template_id_short: '43011', keyword_name_list: ['取件码'] }
    for (let n = 0; n < 24; n++) expect(await call(add, wanted)).toMatchObject({ errcode: 0 })
    expect(await call(add, wanted)).toMatchObject({ errcode: 45026 })
  })

  it('of a test account is made by hand', async () => {
    const { call, ask } = await reach(bench, { account: { kind: 'test' } })
    expect((await ask(list)).template_list).toMatchObject([{ title: '预约成功通知' }])
    expect(await call(add, { template_id_short: '43003' })).toMatchObject({ errcode: 48001 })
  })

  it('loses the templates of an industry that is left, once a month', async () => {
    bench.shiftClock(Date.parse('2031-03-04T04:00:00Z') - Date.now())
    const template = { primary_industry: 'IT科技', deputy_industry: '互联网/电子商务' }
    const { call, ask } = await reach(bench, { template })
    const set = (industry_id1: string, industry_id2: string) =>
      call('/cgi-bin/template/api_set_industry', { industry_id1, industry_id2 })
    expect([await set('1', '42'), await set('1', '16'), await set('7', '16')]).toMatchObject([
      { errcode: 40097 },
      { errcode: 0 },
      { errcode: 43100 },
    ])
    expect(await ask('/cgi-bin/template/get_industry')).toEqual({
      primary_industry: { first_class: 'IT科技', second_class: '互联网/电子商务' },
      secondary_industry: { first_class: '教育', second_class: '培训' },
    })
    expect((await ask(list)).template_list).toHaveLength(1)
  })
})
