import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'

let world: Harness
let appid: string
beforeAll(async () => {
  world = await startHarness()
  appid = world.account.appid
})
afterAll(() => world.close())
afterEach(() => world.sim('DELETE', '/faults'))

async function addTemplate(of: object): Promise<string> {
  return (await world.sim('POST', `/accounts/${appid}/templates`, of)).template_id
}
const nameless = async () => (await world.app.templates.list(appid)).filter(({ name }) => name === undefined).length
const nameOf = async (id: string) => (await world.app.templates.find(world.app.store.db, appid, id))?.name

describe('the names of templates', () => {
  const path = '/wxaapi/newtmpl/gettemplate'
  const refuse = (errcode: number) => world.sim('POST', '/faults', { path, kind: 'errcode', errcode, times: 1 })
  let notice: string
  beforeAll(async () => {
    notice = await addTemplate({ kind: 'subscribe', type: 2, title: '预约提醒', content: '事项：{{thing1.DATA}}' })
    await world.app.templates.sync(appid)
    await world.app.templates.change(appid, notice, { name: 'booking' })
  })

  test.each([61007, 50002, 40164])('outlast a look that WeChat refuses with %i', async (errcode) => {
    await refuse(errcode)
    await expect(world.app.templates.sync(appid)).rejects.toThrow()
    expect(await nameOf('booking')).toBe('booking')
    await world.app.templates.sync(appid)
    expect(await nameOf(notice)).toBe('booking')
  })

  test.each([48001, 200100])('come back with what WeChat had none of meanwhile (%i)', async (errcode) => {
    await refuse(errcode)
    await world.app.templates.sync(appid)
    expect(await nameOf('booking')).toBeUndefined()
    await world.app.templates.sync(appid)
    expect(await nameOf('booking')).toBe('booking')
  })

  test('are free for another template while the one that had them is gone', async () => {
    const other = await addTemplate({ title: '预约成功通知', content: '{{thing1.DATA}}' })
    await world.app.templates.sync(appid)
    await expect(world.app.templates.change(appid, other, { name: 'booking' })).rejects.toMatchObject({
      code: 'invalid_value',
    })
    await refuse(48001)
    await world.app.templates.sync(appid)
    await world.app.templates.change(appid, other, { name: 'booking' })
    await world.app.templates.sync(appid)
    expect(await nameOf(other)).toBe('booking')
    expect(await nameOf(notice)).toBeUndefined()
    expect(await nameless()).toBe(1)
  })
})

describe('the words of a notice', () => {
  let template: string
  beforeAll(async () => {
    template = await addTemplate({ title: '取件通知', content: '{{thing1.DATA}}\n{{keyword2.DATA}}' })
    await world.app.templates.sync(appid)
  })
  const preview = async (data: object) =>
    (
      await world.api<{ errors: object[]; warnings: { path: string; message: string }[] }>(
        'POST',
        '/v1/templates/preview',
        { account: appid, template, data: { thing1: '取件', keyword2: '今天', ...data } },
      )
    ).body

  test.each([
    '请到前台领取快递',
    '随单赠送雨伞一把',
    '推广部会议改期',
    '邀请好友已加入',
    '限时停车还有十分钟',
    '3折叠椅已发货',
  ])('are refused for nothing that WeChat might let pass: %s', async (thing1) => {
    expect((await preview({ thing1 })).errors).toEqual([])
  })

  test.each(['限时抢购', '限时优惠中', '全场五折促销', '免费领红包', '7折起'])(
    'are refused where they advertise: %s',
    async (thing1) => {
      expect((await preview({ thing1 })).errors).toMatchObject([{ path: 'data.thing1' }])
    },
  )

  test('that WeChat may refuse, or show in part, are warned of', async () => {
    expect((await preview({ thing1: '请到前台领取快递' })).warnings).toMatchObject([
      { path: 'data.thing1', message: expect.stringContaining('领取') },
    ])
    expect((await preview({ keyword2: '字'.repeat(21) })).warnings).toMatchObject([
      { path: 'data.keyword2', message: expect.stringContaining('20') },
    ])
    await world.app.templates.change(appid, template, { checksWords: false })
    expect(await preview({ thing1: '请领取红包' })).toMatchObject({ errors: [], warnings: [] })
  })
})

test('the public library is searched by a word, and what is found can be taken', async () => {
  const all = await world.app.templates.search(appid, '')
  expect(all.length).toBeGreaterThan(5)
  const [first] = all
  const word = first?.title.slice(0, 2) ?? ''
  const found = await world.app.templates.search(appid, word)
  expect(found).toContainEqual(first)
  expect(found.every(({ title }) => title.includes(word))).toBe(true)
  expect(await world.app.templates.search(appid, '没有这样的')).toEqual([])
  expect((await world.app.templates.keywords(appid, first?.tid ?? '')).length).toBeGreaterThan(1)
})
