import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTrying, type Trying } from './trying.ts'
import { look } from './wire.ts'

let trying: Trying
beforeAll(async () => {
  trying = await startTrying()
})
afterAll(() => trying.world.close())
afterEach(async () => {
  vi.restoreAllMocks()
  await trying.obey()
  await trying.world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
})

const states = async (ids: string[]) => Promise.all(ids.map(async (id) => (await trying.messageOf(id)).state))
/** Fails again and again, until the job is given up. */
async function giveUp() {
  for (let tries = 0; tries < 10; tries++) {
    await trying.world.app.housekeep().catch(() => {})
    trying.world.clock.advance(40 * 60_000)
  }
  await trying.housekeep()
}

describe('a WeChat that is busy', () => {
  test('is asked for one message of a person at a time, later and later, and five times at most', async () => {
    const { user, openid } = await trying.newUser()
    const ids = await trying.postMany(user, 7)
    await trying.refuse(-1)
    const before = await trying.calls()
    let now = trying.world.clock.now()
    vi.spyOn(trying.world.clock, 'now').mockImplementation(() => now)
    const asked: number[] = []
    for (const ms of [0, 999, 1, 3_999, 1, 14_999, 1, 59_999]) {
      now += ms
      await trying.housekeep()
      asked.push((await trying.calls()) - before)
    }
    expect(asked).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
    expect(await states(ids)).toEqual(Array(7).fill('queued'))
    now += 1
    await trying.housekeep()
    expect(await trying.messageOf(ids[0] ?? '')).toMatchObject({
      state: 'failed',
      reason: 'wechat_failed',
      wechat_errcode: -1,
    })
    expect(await trying.told(ids[0] ?? '')).toMatchObject([
      { type: 'message.failed', data: { reason: 'wechat_failed', wechat_errcode: -1 } },
    ])
    expect((await trying.calls()) - before).toBe(6)
    await trying.obey()
    now += 1_500
    await trying.housekeep()
    expect(await states(ids.slice(1))).toEqual(Array(6).fill('delivered'))
    expect(await trying.messageOf(ids[1] ?? '')).not.toHaveProperty('wechat_errcode')
    expect(await trying.world.sim('GET', `/sends?touser=${openid}`)).toHaveLength(6)
  })

  test('is left alone for half a minute after eight refusals in a row', async () => {
    const ids: string[] = []
    for (let one = 0; one < 8; one++) ids.push(await trying.post((await trying.newUser()).user))
    const last = await trying.newUser()
    await trying.refuse(-1, 8)
    const before = await trying.calls()
    await trying.housekeep()
    expect((await trying.calls()) - before).toBe(8)
    ids.push(await trying.post(last.user))
    await trying.after(20_000)
    expect((await trying.calls()) - before).toBe(8)
    await trying.after(11_000)
    expect(await states(ids)).toEqual(Array(9).fill('delivered'))
  })
})

test('a token that WeChat does not take is renewed and tried once more, and then the message fails', async () => {
  const [{ user }, other] = [await trying.newUser(), await trying.newUser()]
  const id = await trying.post(user)
  await trying.refuse(40001)
  await trying.housekeep()
  expect(await trying.messageOf(id)).toMatchObject({ state: 'queued' })
  await trying.after(2_000)
  expect(await trying.messageOf(id)).toMatchObject({
    state: 'failed',
    reason: 'account_refused',
    wechat_errcode: 40001,
  })
  const saved = await trying.post(other.user)
  await trying.housekeep()
  await trying.obey()
  await trying.after(2_000)
  expect(await trying.messageOf(saved)).toMatchObject({ state: 'delivered' })
})

describe('a message that Hufu fails at', () => {
  test('ends, says so, and those behind it go on', async () => {
    const { user } = await trying.newUser()
    const [first = '', ...others] = await trying.postMany(user, 3)
    const text_sealed = Buffer.from('unreadable, whatever the key')
    await trying.world.app.store.write((tx) =>
      tx.updateTable('messages').set({ text_sealed }).where('id', '=', first).execute(),
    )
    await giveUp()
    expect(await trying.messageOf(first)).toMatchObject({ state: 'failed', reason: 'internal' })
    expect(await trying.told(first)).toMatchObject([{ type: 'message.failed', data: { reason: 'internal' } }])
    expect(await states(others)).toEqual(['delivered', 'delivered'])
  })

  test('in the middle of asking WeChat is unknown in the end, and those behind it go on', async () => {
    const { user } = await trying.newUser()
    const [first = '', second = ''] = await trying.postMany(user, 2)
    const { client } = trying.world.app.accounts.get(trying.world.account.appid)
    vi.spyOn(client, 'templateSend').mockRejectedValue(new TypeError('a bug'))
    for (const ms of [0, 31_000, 31_000, 500_000]) {
      trying.world.clock.advance(ms)
      await trying.world.app.housekeep().catch(() => {})
    }
    vi.restoreAllMocks()
    await giveUp()
    expect(await trying.messageOf(first)).toMatchObject({ state: 'unknown' })
    expect((await trying.messageOf(second)).state).toMatch(/^(delivered|unknown)$/)
  })

  test('and that no job comes for any more is ended when it is too late for it', async () => {
    const { user } = await trying.newUser()
    const not_after = new Date(trying.world.clock.now() + 60_000).toISOString()
    const id = await trying.post(user, { not_after })
    await trying.world.app.store.write((tx) => tx.deleteFrom('jobs').where('payload', 'like', `%${id}%`).execute())
    await trying.after(5 * 60_000)
    expect(await trying.messageOf(id)).toMatchObject({ state: 'queued' })
    await trying.after(2 * 60_000)
    expect(await trying.messageOf(id)).toMatchObject({ state: 'expired' })
    expect(await trying.told(id)).toMatchObject([{ type: 'message.expired' }])
  })
})

test('what WeChat failed to deliver stays accepted while it is sent anew, and its site is told once', async () => {
  const { person, user } = await trying.newUser()
  const { appid } = trying.world.account
  await trying.world.sim('POST', `/people/${person}/receipts`, { account: appid, status: 'system_failed', times: 1 })
  const id = await trying.post(user)
  await trying.world.app.housekeep()
  await trying.world.app.housekeep()
  expect(await look(trying.world, 'SELECT state, resent FROM messages WHERE id = ?', id)).toEqual([
    { state: 'ready', resent: 1 },
  ])
  expect(await trying.messageOf(id)).toMatchObject({ state: 'accepted' })
  expect(await trying.world.api('DELETE', `/v1/messages/${id}`)).toMatchObject({ body: { code: 'message_sent' } })
  await trying.after(2_000)
  expect(await trying.messageOf(id)).toMatchObject({ state: 'delivered' })
  expect((await trying.told(id)).map(({ type }) => type)).toEqual(['message.accepted', 'message.delivered'])
})

test('what is sent anew of a batch counts as accepted', async () => {
  const { person, user } = await trying.newUser()
  const { appid } = trying.world.account
  await trying.world.sim('POST', `/people/${person}/receipts`, { account: appid, status: 'system_failed', times: 1 })
  const list = { users: [user], template: trying.template, data: { thing1: '铁观音' } }
  const { body } = await trying.world.api<{ id: string }>('POST', '/v1/messages/batch', list)
  const path = `/v1/messages/batch/${body.id}`
  const isResent = async () =>
    (await look(trying.world, 'SELECT id FROM messages WHERE batch_id = ? AND resent = 1', body.id)).length === 1
  for (let round = 0; round < 5 && !(await isResent()); round++) await trying.world.app.housekeep()
  expect((await trying.world.api('GET', path)).body).toMatchObject({ queued: 0, accepted: 1 })
  await trying.after(2_000)
  expect((await trying.world.api('GET', path)).body).toMatchObject({ accepted: 0, delivered: 1 })
})

test('the log names what WeChat refuses messages for, once an hour, and nobody who was to have them', async () => {
  const people = [await trying.newUser(), await trying.newUser(), await trying.newUser()]
  const said = () => trying.lines.filter((line) => line.includes('"errcode":48001'))
  await trying.refuse(48001)
  const ids: string[] = []
  for (const { user } of people.slice(0, 2)) ids.push(await trying.post(user))
  await trying.housekeep()
  expect(said()).toHaveLength(1)
  expect(JSON.parse(said()[0] ?? '{}')).toMatchObject({
    level: 40,
    account: trying.world.account.appid,
    via: 'template',
  })
  for (const { openid } of people) expect(said()[0]).not.toContain(openid)
  for (const id of ids) expect(await trying.messageOf(id)).toMatchObject({ state: 'failed', wechat_errcode: 48001 })
  trying.world.clock.advance(3_600_000)
  await trying.post(people[2]?.user ?? '')
  await trying.housekeep()
  expect(said()).toHaveLength(2)
})

describe('a node of the version before, which sends everything as words in a chat,', () => {
  test('finds neither a job nor readable content of what goes another way', async () => {
    const { person, user } = await trying.newUser()
    const id = await trying.post(user)
    await trying.world.sim('POST', `/people/${person}/say`, { account: trying.world.account.appid, text: '在吗' })
    const words = await trying.post(user, { template: undefined, data: undefined, text: '在的' })
    const all = await trying.jobs()
    for (const one of [id, words]) {
      expect(all.filter(({ payload }) => payload.includes(one)).map(({ kind }) => kind)).toEqual(['messages.send_next'])
      const row = await trying.world.app.store.db
        .selectFrom('messages')
        .select('text_sealed')
        .where('id', '=', one)
        .executeTakeFirstOrThrow()
      const sealed = row.text_sealed ?? new Uint8Array()
      expect(() => trying.world.app.vault.open(`messages.text.${one}`, sealed)).toThrow()
      expect(trying.world.app.vault.open(`messages.content.${one}`, sealed)).toMatch(/铁观音|在的/)
    }
    await trying.housekeep()
    expect(await trying.messageOf(id)).toMatchObject({ state: 'delivered' })
  })

  test('leaves jobs that a node of this version does', async () => {
    const { user } = await trying.newUser()
    const id = await trying.post(user)
    await trying.world.app.store.write((tx) =>
      tx
        .updateTable('jobs')
        .set({ kind: 'messages.send', payload: JSON.stringify({ message: id, tries: 2 }) })
        .where('payload', 'like', `%${id}%`)
        .execute(),
    )
    await trying.housekeep()
    expect(await trying.messageOf(id)).toMatchObject({ state: 'delivered' })
  })
})

test('who takes back what WeChat may have already hears that nobody knows, and it is not tried again', async () => {
  const { user, openid } = await trying.newUser()
  await trying.world.sim('POST', '/faults', {
    path: '/cgi-bin/message/template/send',
    kind: 'reset_after_accept',
    times: 1,
  })
  const id = await trying.post(user)
  await trying.world.app.housekeep()
  expect(await trying.messageOf(id)).toMatchObject({ state: 'queued' })
  const taken = await trying.world.api<object>('DELETE', `/v1/messages/${id}`)
  expect(taken).toMatchObject({ status: 200, body: { state: 'unknown', reason: 'unknown' } })
  expect(await trying.told(id)).toMatchObject([{ type: 'message.unknown' }])
  await trying.after(60_000)
  expect(await trying.world.sim('GET', `/sends?touser=${openid}`)).toHaveLength(1)
})
