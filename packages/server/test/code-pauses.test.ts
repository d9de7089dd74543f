import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Coding, minute, startCoding } from './coding.ts'

/** Codes beside notices that WeChat has had enough of. */
let coding: Coding
let notice: string
const hour = 3_600_000
const sendPath = '/cgi-bin/message/template/send'

beforeAll(async () => {
  coding = await startCoding()
  const { app, account, sim } = coding.world
  const add = async (title: string, content: string): Promise<string> =>
    (await sim('POST', `/accounts/${account.appid}/templates`, { title, content })).template_id
  notice = await add('到店通知', '商品：{{thing1.DATA}}')
  const code = await add('验证码', '验证码：{{character_string1.DATA}}')
  await app.templates.sync(account.appid)
  await app.templates.setCode(account.appid, code, { character_string1: '{code}' })
})
/** Moves the clock to so long before the next day of Beijing, when quotas begin anew. */
function untilMidnight(ms: number): void {
  const { clock } = coding.world
  const left = 24 * hour - ((clock.now() + 8 * hour) % (24 * hour))
  clock.advance(left > ms ? left - ms : left - ms + 24 * hour)
}
beforeEach(() => untilMidnight(12 * hour))
afterEach(async () => {
  await coding.world.sim('DELETE', '/faults')
  await coding.world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
})
afterAll(() => coding.world.close())

/** A notice that WeChat refuses so, this often. */
async function refuse(fault: object, notices = 1): Promise<void> {
  const { world } = coding
  await world.sim('POST', '/faults', { path: sendPath, times: notices, ...fault })
  for (let n = 0; n < notices; n++) {
    const { user } = await coding.newUser()
    const body = { user, template: notice, data: { thing1: '铁观音' } }
    expect((await world.api('POST', '/v1/messages', body)).status).toBe(202)
  }
  await world.app.housekeep()
}

/** What became of a code for somebody who has just written. */
async function outcome(): Promise<string[]> {
  const { user } = await coding.newUser()
  const { body } = await coding.ask(user)
  await coding.world.app.housekeep()
  const told = (await coding.told()).filter(({ data }) => data.code_id === body.id)
  return told.map(({ type, data }) => `${type} ${data.reason ?? data.via}`)
}

// First of all: no notice waits that could be refused in its place.
test('a code that WeChat itself puts off comes in the next minute', async () => {
  const { world } = coding
  const { user } = await coding.newUser()
  await world.sim('POST', '/faults', { path: sendPath, kind: 'errcode', errcode: 45011, times: 1 })
  // With nearly all of a minute before it.
  world.clock.advance(minute - (world.clock.now() % minute))
  const { body } = await coding.ask(user)
  await world.app.housekeep()
  const told = async () => (await coding.told()).filter(({ data }) => data.code_id === body.id).map(({ type }) => type)
  expect(await told()).toEqual([])
  world.clock.advance(minute)
  await world.app.housekeep()
  expect((await told())[0]).toBe('code.accepted')
})

test('once the day’s templates are used up a code goes as a text, where the chat is open', async () => {
  expect((await outcome())[0]).toBe('code.accepted template')
  await refuse({ kind: 'errcode', errcode: 45009 })
  expect(await outcome()).toEqual(['code.accepted customer_service'])
})

test('the code that meets the end of the day’s templates itself goes as a text', async () => {
  // Also where a new day begins before the code is over: nobody waits that long.
  untilMidnight(3 * minute)
  const { user, person } = await coding.newUser()
  await coding.world.sim('POST', '/faults', { path: sendPath, kind: 'errcode', errcode: 45009, times: 1 })
  const { body } = await coding.ask(user)
  await coding.world.app.housekeep()
  const told = (await coding.told()).filter(({ data }) => data.code_id === body.id)
  expect(told.map(({ type, data }) => `${type} ${data.via}`)).toEqual(['code.accepted customer_service'])
  const code = await coding.read(person)
  expect((await coding.check(body.id, code)).status).toBe(200)
})

test('so does one whose message is made before, and sent after, the day’s templates are used up', async () => {
  const { world } = coding
  const { user } = await coding.newUser()
  await world.sim('POST', '/faults', { path: sendPath, kind: 'errcode', errcode: -1, times: 1 })
  const { body } = await coding.ask(user)
  await world.app.housekeep()
  const { appid } = world.account
  const until = world.clock.now() + hour
  await world.app.store.write((tx) =>
    tx.insertInto('sending_pauses').values({ appid, via: 'template', until, reason: 'quota_day' }).execute(),
  )
  world.clock.advance(2_000)
  await world.app.housekeep()
  const told = (await coding.told()).filter(({ data }) => data.code_id === body.id)
  expect(told.map(({ type, data }) => `${type} ${data.via}`)).toEqual(['code.accepted customer_service'])
})

test('what WeChat may have already is not said once more in words', async () => {
  const { world } = coding
  const { user, person } = await coding.newUser()
  const before = (await coding.textsOf(person)).length
  await world.sim('POST', '/faults', { path: sendPath, kind: 'reset_after_accept', times: 1 })
  const { body } = await coding.ask(user)
  await world.app.housekeep()
  await world.sim('POST', '/faults', { path: sendPath, kind: 'errcode', errcode: 45009, times: 1 })
  world.clock.advance(2_000)
  await world.app.housekeep()
  const told = (await coding.told()).filter(({ data }) => data.code_id === body.id)
  expect(told.map(({ type }) => type)).toEqual(['code.failed'])
  expect((await coding.textsOf(person)).length).toBe(before + 1)
})

test('where the day’s texts are used up, too, the site hears so', async () => {
  await refuse({ kind: 'errcode', errcode: 45009 })
  await coding.world.sim('POST', '/faults', {
    path: '/cgi-bin/message/custom/send',
    kind: 'errcode',
    errcode: 45009,
    times: 1,
  })
  expect(await outcome()).toEqual(['code.failed quota'])
  expect(await outcome()).toEqual(['code.failed quota'])
})

test('what makes notices wait for a minute holds no code up', async () => {
  await refuse({ kind: 'errcode', errcode: 45011 })
  expect((await outcome())[0]).toBe('code.accepted template')
})

test('nor does the rest after eight failures in a row', async () => {
  await refuse({ kind: 'errcode', errcode: -1 }, 8)
  expect(await coding.world.app.store.db.selectFrom('sending_pauses').select('reason').execute()).toEqual([
    { reason: 'unavailable' },
  ])
  expect((await outcome())[0]).toBe('code.accepted template')
})
