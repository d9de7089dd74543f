import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'
import { eventXml, newOpenid, nowSeconds, push, type Wire, wireOf } from './wire.ts'

let world: Harness
let wire: Wire
beforeAll(async () => {
  world = await startHarness({ app: { registration: 'auto', bindAssurance: 'tap' } })
  wire = wireOf(world)
  await world.app.store.write((tx) => tx.updateTable('accounts').set({ on_unfollow: 'erase' }).execute())
  await world.restart()
})
afterAll(() => world.close())

/** @returns the person, who is a user of the site by this kind of flow */
async function newUser(kind: 'bind' | 'login'): Promise<string> {
  const person = await world.newPerson()
  const flow = await world.createFlow({ kind, ...(kind === 'bind' && { external_user_id: `x-${person}` }) })
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const { status } = await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code: body.completion_code })
  if (status !== 200) throw new Error(`not redeemed: ${status}`)
  return person
}

const act = (what: 'follow' | 'unfollow', person: string) =>
  world.sim('POST', `/people/${person}/${what}`, { account: world.account.appid })
const wechats = async () =>
  (await world.app.store.db.selectFrom('identities').selectAll().where('kind', '=', 'wechat').execute()).length
const left = async () =>
  (await world.app.store.db.selectFrom('followers').selectAll().where('unfollowed_at', 'is not', null).execute()).length

/** Time passes here and at WeChat. */
async function pass(ms: number): Promise<void> {
  world.clock.advance(ms)
  const { offset_ms } = await world.sim('GET', '/clock')
  await world.sim('POST', '/clock', { offset_ms: offset_ms + ms })
}

test('who left and did not come back within the hour is erased, unless WeChat is their only way in', async () => {
  const [gone, back, locked] = [await newUser('bind'), await newUser('bind'), await newUser('login')]
  for (const person of [gone, back, locked]) await act('unfollow', person)
  const before = await wechats()
  await world.app.housekeep()
  expect(await left()).toBe(3)
  await pass(3_700_000)
  await act('follow', back)
  await world.app.housekeep()
  expect(await left()).toBe(0)
  expect(await wechats()).toBe(before - 1)
})

test('however many left, all of them are', async () => {
  const people = Array.from({ length: 230 }, newOpenid)
  const all = (name: string, at: number) =>
    Promise.all(
      people.map((openid) => push(world, wire, eventXml(wire, { openid, at, fields: { Event: name, EventKey: '' } }))),
    )
  await all('subscribe', nowSeconds(world) - 2)
  await all('unsubscribe', nowSeconds(world))
  expect(await left()).toBe(230)
  await pass(3_700_000)
  await world.app.housekeep()
  expect(await left()).toBe(0)
})
