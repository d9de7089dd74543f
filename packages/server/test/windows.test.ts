import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { type Harness, type Problem, startHarness } from './harness.ts'

let world: Harness
let appid: string
const textPath = '/cgi-bin/message/custom/send'
const templatePath = '/cgi-bin/message/template/send'
const minuteMs = 60_000
const hourMs = 3_600_000
const template = { template: '', data: { thing1: '铁观音' } }
const notice = { template: '', data: { thing1: '品茶会' } }

beforeAll(async () => {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 10_000, flowsPerAddress: 10_000 }
  world = await startHarness({ app: { registration: 'auto', signInNotices: false }, config: { limits } })
  appid = world.account.appid
  const add = (of: object) => world.sim('POST', `/accounts/${appid}/templates`, of)
  template.template = (await add({ title: '发货', content: '商品：{{thing1.DATA}}' })).template_id
  const subscribed = { kind: 'subscribe', type: 2, title: '预约提醒', content: '事项：{{thing1.DATA}}' }
  notice.template = (await add(subscribed)).template_id
  await world.app.templates.sync(appid)
})
afterAll(() => world.close())
afterEach(() => world.sim('DELETE', '/faults'))

interface Message {
  id: string
  state: string
  via?: string
  reason?: string
  skipped?: { via: string; reason: string }[]
}

interface Reach {
  following: boolean
  text?: { until: string; remaining: number }
}

/** They scan a code of the site, and confirm. @returns the user they are */
async function enter(person: string): Promise<string> {
  const flow = await world.createFlow()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, {
    completion_code: body.completion_code,
  })
  return redeemed.body.user.id
}

/** @returns a user of the site, for whom every window is over */
async function newUser(): Promise<{ person: string; user: string }> {
  const person = await world.newPerson()
  const user = await enter(person)
  world.clock.advance(2 * minuteMs)
  return { person, user }
}

const post = <T = Message>(body: object) => world.api<T>('POST', '/v1/messages', body)
const act = (person: string, what: string, more: object = {}) =>
  world.sim('POST', `/people/${person}/${what}`, { account: appid, ...more })
const say = (person: string) => act(person, 'say', { text: '在吗' })
const tap = (person: string) => act(person, 'tap', { key: 'HOURS' })
const messageOf = async (id: string) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body
const fault = (path: string, errcode: number) =>
  world.sim('POST', '/faults', { path, kind: 'errcode', errcode, times: 1 })
const send = async (user: string) => {
  const { body } = await post({ user, text: '在' })
  await world.app.housekeep()
  return messageOf(body.id)
}
async function reach(user: string): Promise<Reach | undefined> {
  return (await world.api<{ data: Reach[] }>('GET', `/v1/users/${user}/reach`)).body.data[0]
}
/** How long, in minutes, and how many. */
async function text(user: string): Promise<[minutes: number, remaining: number] | undefined> {
  const open = (await reach(user))?.text
  return open && [Math.round((Date.parse(open.until) - world.clock.now()) / minuteMs), open.remaining]
}

describe('windows', () => {
  test('the longest is shown, and what is left of all; a tap does not shorten what words have opened', async () => {
    const { person, user } = await newUser()
    expect(await text(user)).toBeUndefined()
    await tap(person)
    expect(await text(user)).toEqual([1, 3])
    await say(person)
    expect(await text(user)).toEqual([48 * 60, 8])
    await tap(person)
    expect(await text(user)).toEqual([48 * 60, 8])
    world.clock.advance(2 * minuteMs)
    expect(await text(user)).toEqual([48 * 60 - 2, 5])
  })

  test('what is sent is taken from the one that ends first', async () => {
    const { person, user } = await newUser()
    await say(person)
    await tap(person)
    for (const left of [7, 6, 5, 4]) {
      expect(await send(user)).toMatchObject({ state: 'accepted' })
      expect(await text(user)).toEqual([48 * 60, left])
    }
    world.clock.advance(2 * minuteMs)
    expect((await text(user))?.[1]).toBe(4)
  })

  test('following opens one, and so does a scan; who leaves closes all of theirs', async () => {
    const { person, user } = await newUser()
    await enter(person)
    expect(await text(user)).toEqual([1, 3])
    await say(person)
    await act(person, 'unfollow')
    expect(await text(user)).toBeUndefined()
    // Of one second, this would be WeChat's repeat of the first.
    await world.sim('POST', '/clock', { offset_ms: 1_000 })
    await act(person, 'follow')
    await enter(person)
    await world.sim('POST', '/clock', { offset_ms: 0 })
    expect(await text(user)).toEqual([1, 6])
  })

  test('one that is over is forgotten', async () => {
    const { person } = await newUser()
    await say(person)
    world.clock.advance(49 * hourMs)
    await world.app.messages.forget({ write: world.app.store.write } as never)
    expect(await world.app.store.db.selectFrom('chat_windows').selectAll().execute()).toEqual([])
  })
})

describe('WeChat’s no', () => {
  test.each([45015, 45047])('errcode %i closes the window, until they open it again', async (errcode) => {
    const { person, user } = await newUser()
    await say(person)
    await fault(textPath, errcode)
    expect(await send(user)).toMatchObject({ state: 'failed', reason: 'reply_window_over' })
    expect(await text(user)).toBeUndefined()
    await say(person)
    expect(await text(user)).toEqual([48 * 60, 5])
  })

  test.each([
    ['a template message', 43004, templatePath, template],
    ['a text', 50005, textPath, { text: '在' }],
  ])('%s to who does not follow (%i) is what tells that they left', async (_what, errcode, path, body) => {
    const { person, user } = await newUser()
    await say(person)
    // Who has just followed is looked up in any case.
    await world.app.housekeep()
    await act(person, 'unfollow', { silent: true })
    await world.app.housekeep()
    expect(await reach(user)).toMatchObject({ following: true })
    await fault(path, errcode)
    const { id } = (await post({ user, ...body })).body
    await world.app.housekeep()
    await world.app.housekeep()
    expect(await messageOf(id)).toMatchObject({ state: 'failed', reason: 'not_following' })
    expect(await reach(user)).toMatchObject({ following: false })
    const { data } = (
      await world.api<{ data: { type: string; data: { user_id?: string } }[] }>('GET', '/v1/events?limit=1000')
    ).body
    const told = data.filter((event) => event.data.user_id === user).map(({ type }) => type)
    expect(told.filter((type) => type === 'follower.unsubscribed')).toHaveLength(1)
  })

  test('who follows all the same, as WeChat says when it is asked, stays', async () => {
    const { user } = await newUser()
    await fault(templatePath, 43004)
    await post({ user, ...template })
    await world.app.housekeep()
    await world.app.housekeep()
    expect(await reach(user)).toMatchObject({ following: true })
  })
})

describe('a message for later', () => {
  const at = (ms: number) => new Date(world.clock.now() + ms).toISOString()

  test('does not count on a window that is over by then', async () => {
    const { person, user } = await newUser()
    await say(person)
    const asked = { user, reach: 'any', text: '品茶会今晚七点' }
    const refused = await post<Problem & { ways: object[] }>({ ...asked, send_at: at(5 * 24 * hourMs) })
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'user_unreachable', ways: [{ way: 'customer_service', reason: 'reply_window_over' }] },
    })
    expect((await post({ ...asked, send_at: at(47 * hourMs) })).body).toMatchObject({ via: 'customer_service' })
  })

  test('may go by a way that is paused until then', async () => {
    const { user } = await newUser()
    const until = world.clock.now() + hourMs
    await world.app.store.write((tx) =>
      tx.insertInto('sending_pauses').values({ appid, via: 'template', until, reason: 'quota_day' }).execute(),
    )
    const asked = { user, reach: 'any', ...template }
    expect((await post<Problem>(asked)).body).toMatchObject({ code: 'user_unreachable' })
    expect((await post({ ...asked, send_at: at(2 * hourMs) })).body).toMatchObject({ via: 'template' })
    await world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
  })
})

describe('a template of the other kind', () => {
  const invalid = (path: string) => ({ status: 422, body: { code: 'invalid_value', errors: [{ path }] } })

  test('is no template message, and no subscription notice', async () => {
    const { person, user } = await newUser()
    await act(person, 'subscription', { template_ids: [notice.template], accept: true, from: 'popup' })
    expect(await post<Problem>({ user, subscription: template })).toMatchObject(invalid('subscription'))
    expect(await post<Problem>({ user, ...notice })).toMatchObject(invalid('template'))
  })

  test('is none for a list of users', async () => {
    const { user } = await newUser()
    const list = { users: [user], ...notice }
    expect(await world.api<Problem>('POST', '/v1/messages/batch', list)).toMatchObject(invalid('template'))
  })
})
