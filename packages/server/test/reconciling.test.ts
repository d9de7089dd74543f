import { WechatError } from '@hufu/wechat'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../src/accounts/accounts.ts'
import { callsLeft, nextNight } from '../src/followers/allowance.ts'
import { type Job, LeaseLost } from '../src/outbox/outbox.ts'
import { type Harness, startHarness } from './harness.ts'

let world: Harness

beforeEach(async () => {
  world = await startHarness({ app: { registration: 'auto' } })
  // Here the rounds are taken by hand.
  await world.app.outbox.stop()
})
afterEach(() => world.close())

const account = () => world.app.accounts.get(world.account.appid)
const progress = async () => {
  const found = await world.app.reconciling.progress(world.account.appid)
  if (!found) throw new Error('no round was ever wanted')
  return found
}
const calls = async (path: string): Promise<number> => (await world.sim('GET', '/calls'))[`/cgi-bin/user/${path}`] ?? 0

/** Time passes here and at WeChat. */
async function pass(ms: number): Promise<void> {
  world.clock.advance(ms)
  const { offset_ms } = await world.sim('GET', '/clock')
  await world.sim('POST', '/clock', { offset_ms: offset_ms + ms })
}

async function silently(act: 'follow' | 'unfollow', person: string): Promise<void> {
  await world.sim('POST', `/people/${person}/${act}`, { account: world.account.appid, silent: true })
}

const crowd = (count: number) => world.sim('POST', '/crowd', { account: world.account.appid, count })

/** A run of the job under a lease that is lost after so many writes. */
function job(writes = Number.POSITIVE_INFINITY): Job {
  let left = writes
  return {
    payload: null,
    signal: new AbortController().signal,
    write: (fn) => {
      if (left-- <= 0) throw new LeaseLost()
      return world.app.store.write(fn)
    },
    finish: async () => {},
    postpone: async () => {},
  }
}

async function round(of: Account = account()): Promise<void> {
  await world.app.reconciling.want([of], 0)
  await world.app.reconciling.run(job(), [of])
}

const followers = () => world.app.store.db.selectFrom('followers').selectAll().execute()
const following = async () =>
  (await followers()).filter((row) => row.followed_at !== null && row.unfollowed_at === null)
const events = async (): Promise<{ type: string }[]> => {
  const { body } = await world.api<{ data: { type: string }[] }>('GET', '/v1/events?limit=100')
  return body.data
}
const eventTypes = async () => (await events()).map(({ type }) => type).filter((type) => type.startsWith('follower.'))

describe('a round', () => {
  test('finds who left unheard, with all that follows from it, and who came back', async () => {
    const person = await world.newPerson()
    const before = await world.createFlow()
    await world.scan(person, before.qr.content)
    await world.decide(person, 'confirm')
    const { completion_code } = (await world.browser('GET', `/v1/flows/${before.id}`, before.secret)).body
    await world.api('POST', `/v1/flows/${before.id}/redeem`, { completion_code })
    const open = await world.createFlow()
    await world.scan(person, open.qr.content)
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: 'hello' })
    await pass(10_000)
    await silently('unfollow', person)
    await round()
    expect(await progress()).toMatchObject({ step: 'rest', found: 0, gone: 1, last_error: null })
    expect(await followers()).toMatchObject([{ openid_sealed: null, unionid_sealed: null, followed_at: null }])
    const { db } = world.app.store
    const kept = [
      await db
        .selectFrom('identities')
        .select('id')
        .where('value_sealed', 'is not', null)
        .where('kind', '=', 'wechat')
        .execute(),
      await db.selectFrom('inbox').select('id').where('document_sealed', 'is not', null).execute(),
      await db.selectFrom('flows').select('id').where('scanner_sealed', 'is not', null).execute(),
    ]
    expect(kept).toEqual([[], [], []])
    const cancelled = await world.browser('GET', `/v1/flows/${open.id}`, open.secret)
    expect(cancelled.body).toMatchObject({ state: 'cancelled', reason: 'not_following' })
    expect(await eventTypes()).toEqual(['follower.message', 'follower.unsubscribed'])
    await pass(10_000)
    await silently('follow', person)
    await round()
    expect(await progress()).toMatchObject({ found: 1, gone: 0 })
    expect(await following()).toHaveLength(1)
    expect(await eventTypes()).toEqual(['follower.message', 'follower.unsubscribed', 'follower.subscribed'])
    await round()
    expect(await progress()).toMatchObject({ found: 0, gone: 0 })
  })

  test('finds who came unheard, since when they follow, and writes nothing to them', async () => {
    await world.sim('PATCH', `/accounts/${world.account.appid}`, { open_platform: 'group' })
    const person = await world.newPerson({ follows: false })
    await silently('follow', person)
    const since = world.clock.now()
    await pass(3_600_000)
    await round()
    const [row] = await following()
    expect(Math.abs((row?.followed_at ?? 0) - since)).toBeLessThan(3_000)
    expect(row?.unionid_index).toBeTruthy()
    expect(await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)).toEqual([])
    const flow = await world.createFlow()
    expect((await world.scan(person, flow.qr.content)).links).toHaveLength(1)
  })

  test('leaves what a push has said meanwhile', async () => {
    const [back, gone] = [await world.newPerson(), await world.newPerson()]
    await pass(10_000)
    await silently('unfollow', back)
    await silently('unfollow', gone)
    const slow = account()
    const { client } = slow
    let asked = 0
    await round({
      ...slow,
      client: {
        ...client,
        async userInfoBatchget(openids) {
          const answers = await client.userInfoBatchget(openids)
          asked += openids.length
          await pass(5_000)
          await world.sim('POST', `/people/${back}/follow`, { account: world.account.appid })
          return answers
        },
      },
    })
    expect(asked).toBe(2)
    expect(await progress()).toMatchObject({ gone: 1 })
    expect(await following()).toHaveLength(1)
  })

  test('asks for the unionid of those who have none, where others have one', async () => {
    await world.newPerson()
    await round()
    expect((await following()).map((row) => row.unionid_index)).toEqual([null])
    await world.sim('PATCH', `/accounts/${world.account.appid}`, { open_platform: 'group' })
    await pass(10_000)
    await crowd(1)
    await round()
    expect((await following()).filter((row) => row.unionid_index === null)).toEqual([])
  })

  test('is not held up by an openid that is not the account’s', async () => {
    await crowd(5)
    await round()
    await pass(10_000)
    const { people } = world.simulator.world
    const simulated = world.simulator.world.accounts.get(world.account.appid)
    const [foreign, gone] = people.followers(simulated)
    if (!foreign || !gone) throw new Error('nobody came')
    for (const { id } of [foreign, gone]) await silently('unfollow', id)
    const { client } = account()
    const asked: number[] = []
    await round({
      ...account(),
      client: {
        ...client,
        async userInfoBatchget(openids) {
          asked.push(openids.length)
          if (!openids.includes(people.openid(simulated, foreign))) return client.userInfoBatchget(openids)
          throw new WechatError({ errcode: 40_003, errmsg: 'invalid openid', retry: 'user', path: '/', status: 200 })
        },
      },
    })
    expect(asked).toEqual([2, 1, 1])
    expect(await progress()).toMatchObject({ step: 'rest', gone: 1 })
    expect(await following()).toHaveLength(4)
  })
})

describe('a round of many', () => {
  test('goes on where a node died, page by page', async () => {
    await crowd(10_050)
    await world.app.reconciling.want([account()], 0)
    await expect(world.app.reconciling.run(job(60), [account()])).rejects.toThrow(LeaseLost)
    const found = (await progress()).found
    expect(found).toBeGreaterThan(1_000)
    const { client } = account()
    const userGet = (next?: string) => (next ? Promise.reject(new LeaseLost()) : client.userGet())
    const dying = { ...account(), client: { ...client, userGet } }
    await expect(world.app.reconciling.run(job(), [dying])).rejects.toThrow(LeaseLost)
    expect((await progress()).listed).toBe(10_000)
    const asked = await calls('info/batchget')
    await world.app.reconciling.run(job(), [account()])
    expect(await progress()).toMatchObject({ step: 'rest', listed: 10_050, total: 10_050, found: 10_050, gone: 0 })
    expect((await calls('info/batchget')) - asked).toBeLessThan(5)
    expect(await following()).toHaveLength(10_050)
    expect(await world.app.store.db.selectFrom('listed_followers').selectAll().execute()).toEqual([])
  }, 120_000)

  test('stops where WeChat’s quota is spent, and goes on the next day', async () => {
    await world.sim('PATCH', `/accounts/${world.account.appid}`, {
      quotas: { '/cgi-bin/user/info/batchget': { daily: 2 } },
    })
    await crowd(350)
    await round()
    expect(await progress()).toMatchObject({ step: 'list', found: 200, last_error: 'WeChat refused: errcode 45009' })
    const made = await calls('info/batchget')
    await pass(60_000)
    await world.app.reconciling.run(job(), [account()])
    expect(await calls('info/batchget')).toBe(made)
    await pass((await progress()).next_at - world.clock.now())
    await world.app.reconciling.run(job(), [account()])
    expect(await progress()).toMatchObject({ step: 'rest', found: 350, last_error: null })
  })

  test('spends no more than its share', async () => {
    await world.app.reconciling.want([account()], 0)
    const day = { list_calls: 500 * 0.1 }
    await world.app.store.write(async (tx) => {
      const today = Math.floor((world.clock.now() + 8 * 3_600_000) / 86_400_000)
      await tx
        .updateTable('reconciles')
        .set({ ...day, day: today })
        .execute()
    })
    await world.app.reconciling.run(job(), [account()])
    expect(await calls('get')).toBe(0)
    expect(await progress()).toMatchObject({ step: 'list', last_error: 'the day’s share of calls is spent' })
    await pass((await progress()).next_at - world.clock.now())
    await world.app.reconciling.run(job(), [account()])
    expect(await progress()).toMatchObject({ step: 'rest' })
  })
})

test('tomorrow’s night begins at three in China', () => {
  for (const now of ['2026-03-01T15:59:59Z', '2026-02-28T16:00:00Z']) {
    const next = nextNight(Date.parse(now)) - Date.parse('2026-03-01T19:00:00Z')
    expect(next).toBeGreaterThanOrEqual(0)
    expect(next).toBeLessThan(3_600_000)
  }
})

test('a test account has less to share', async () => {
  await world.app.reconciling.want([account()], 0)
  const row = await world.app.store.db.selectFrom('reconciles').selectAll().executeTakeFirstOrThrow()
  expect(callsLeft({ kind: 'test' }, row, 'list_calls', world.clock.now(), 0.1)).toBe(10)
  expect(callsLeft({ kind: 'service' }, row, 'info_calls', world.clock.now(), 0.1)).toBe(500_000)
})
