import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTrying, type Trying } from './trying.ts'

const dayMs = 24 * 3_600_000
let trying: Trying
beforeAll(async () => {
  trying = await startTrying({ templatesPerDay: 20 })
})
afterAll(() => trying.world.close())
afterEach(async () => {
  await trying.obey()
  // Every test has a day of its own.
  await trying.after(dayMs)
})

/** The day's own count, without what was counted on days before. */
async function counting(): Promise<() => Promise<number>> {
  const before = await trying.used()
  return async () => (await trying.used()) - before
}

describe('a day’s templates', () => {
  test('are not used up by what WeChat refused, nor twice by what was asked for twice', async () => {
    const { user } = await trying.newUser()
    const used = await counting()
    const refused = await trying.post(user)
    await trying.refuse(43116)
    await trying.housekeep()
    expect(await trying.messageOf(refused)).toMatchObject({ state: 'failed', wechat_errcode: 43116 })
    expect(await used()).toBe(0)
    await trying.obey()
    await trying.refuse(-1, 3)
    const busy = await trying.post(user)
    for (const ms of [0, 2_000, 5_000, 20_000]) await trying.after(ms)
    expect(await trying.messageOf(busy)).toMatchObject({ state: 'delivered' })
    expect(await used()).toBe(1)
    await trying.world.sim('POST', '/faults', {
      kind: 'reset_after_accept',
      path: '/cgi-bin/message/template/send',
      times: 1,
    })
    const lost = await trying.post(user)
    for (const ms of [0, 2_000]) await trying.after(ms)
    expect(await trying.messageOf(lost)).toMatchObject({ state: 'delivered' })
    expect(await used()).toBe(2)
  })

  test('are kept for codes, the last tenth of them', async () => {
    const { user } = await trying.newUser()
    const { appid } = trying.world.account
    const content = '验证码:{{character_string1.DATA}}\n用途:{{thing2.DATA}}\n网站:{{thing3.DATA}}'
    const of = { title: '验证码通知', content }
    const { template_id } = await trying.world.sim('POST', `/accounts/${appid}/templates`, of)
    await trying.world.app.templates.sync(appid)
    const fields = { character_string1: '{code}', thing2: '{purpose}（{place}）', thing3: '{site}' }
    await trying.world.app.templates.setCode(appid, template_id, fields)
    const not_after = new Date(trying.world.clock.now() + 2 * dayMs).toISOString()
    const ids: string[] = []
    for (let one = 0; one < 19; one++) ids.push(await trying.post(user, { not_after }))
    await trying.housekeep()
    const delivered = await Promise.all(ids.map(async (id) => (await trying.messageOf(id)).state))
    expect(delivered.toSorted()).toEqual([...Array(18).fill('delivered'), 'queued'])
    const before = await trying.calls()
    await trying.world.api('POST', '/v1/codes', { user, purpose: '更换手机号' })
    await trying.housekeep()
    expect((await trying.calls()) - before).toBe(1)
    await trying.after(dayMs)
    const all = await Promise.all(ids.map(async (id) => (await trying.messageOf(id)).state))
    expect(all).toEqual(Array(19).fill('delivered'))
  })
})

test.each([40251, 45102])(
  'errcode %i ends the account’s notices for the day, and the next day they go',
  async (errcode) => {
    const people = [await trying.newUser(), await trying.newUser()]
    const not_after = new Date(trying.world.clock.now() + 2 * dayMs).toISOString()
    await trying.refuse(errcode, 1)
    const first = await trying.post(people[0]?.user ?? '', { not_after })
    await trying.housekeep()
    const before = await trying.calls()
    const second = await trying.post(people[1]?.user ?? '', { not_after })
    await trying.after(60_000)
    expect(await trying.calls()).toBe(before)
    for (const id of [first, second]) expect(await trying.messageOf(id)).toMatchObject({ state: 'queued' })
    expect(await trying.world.app.messages.pauses()).toMatchObject([
      { appid: trying.world.account.appid, via: 'template', reason: 'quota_day' },
    ])
    await trying.after(dayMs)
    for (const id of [first, second]) expect(await trying.messageOf(id)).toMatchObject({ state: 'delivered' })
  },
)

test('what a pause outlasts has expired; only the quota of a day is told as one', async () => {
  const { user } = await trying.newUser()
  const now = trying.world.clock.now()
  const pause = {
    appid: trying.world.account.appid,
    via: 'template',
    until: now + 60_000,
    reason: 'unavailable',
  } as const
  await trying.world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
  await trying.world.app.store.write((tx) => tx.insertInto('sending_pauses').values(pause).execute())
  const id = await trying.post(user, { not_after: new Date(now + 30_000).toISOString() })
  await trying.housekeep()
  expect(await trying.messageOf(id)).toMatchObject({ state: 'expired', reason: 'expired' })
})

describe('a pause', () => {
  test('moves jobs that wait, and makes no more of them', async () => {
    const { user } = await trying.newUser()
    const before = (await trying.jobs()).length
    const ids = await trying.postMany(user, 6)
    await trying.refuse(45011)
    for (let minute = 0; minute < 5; minute++) await trying.after(61_000)
    const all = (await trying.jobs()).slice()
    expect(all).toHaveLength(before + 6)
    expect(all.filter(({ payload }) => ids.some((id) => payload.includes(id))).map(({ state }) => state)).toEqual(
      Array(6).fill('ready'),
    )
    await trying.obey()
    await trying.after(61_000)
    for (const id of ids) expect(await trying.messageOf(id)).toMatchObject({ state: 'delivered' })
  })

  test('is over when the operator says so, and what is meant for later still waits for its time', async () => {
    const people = [await trying.newUser(), await trying.newUser()]
    const not_after = new Date(trying.world.clock.now() + 3 * dayMs).toISOString()
    await trying.refuse(45009, 1)
    const now = await trying.post(people[0]?.user ?? '', { not_after })
    await trying.housekeep()
    const [pause] = await trying.world.app.messages.pauses()
    const send_at = new Date(pause?.until ?? 0).toISOString()
    const later = await trying.post(people[1]?.user ?? '', { not_after, send_at })
    await trying.world.app.messages.resumeSending(trying.world.account.appid)
    expect(await trying.world.app.messages.pauses()).toEqual([])
    await trying.housekeep()
    expect(await trying.messageOf(now)).toMatchObject({ state: 'delivered' })
    expect(await trying.messageOf(later)).toMatchObject({ state: 'queued' })
    await trying.after(dayMs)
    expect(await trying.messageOf(later)).toMatchObject({ state: 'delivered' })
  })
})
