import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, type NewFlow, startHarness } from './harness.ts'
import { eventXml, everythingStored, look, nowSeconds, push, type Wire, wireOf } from './wire.ts'

let world: Harness
let wire: Wire
beforeAll(async () => {
  world = await startHarness({ app: { registration: 'auto', bindAssurance: 'tap' } })
  wire = wireOf(world)
})
afterAll(() => world.close())

interface FeedEvent {
  id: string
  type: string
  data: Record<string, unknown>
}

let last: string | undefined
/** Events of the feed since the last look. */
async function news(): Promise<FeedEvent[]> {
  const found: FeedEvent[] = []
  for (;;) {
    const path = `/v1/events?limit=100${last ? `&after=${last}` : ''}`
    const { data } = (await world.api<{ data: FeedEvent[] }>('GET', path)).body
    found.push(...data)
    last = data.at(-1)?.id ?? last
    if (data.length < 100) return found
  }
}
const followerNews = async () => (await news()).filter(({ type }) => type.startsWith('follower.'))

const openidOf = async (person: string) =>
  (await world.sim('GET', `/people/${person}`)).openids[world.account.appid] as string
const change = (person: string, what: string, more: object = {}) =>
  world.sim('POST', `/people/${person}/authorization`, { account: world.account.appid, change: what, ...more })
const see = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body

/** @returns a person who is a user of the site, and the site's id of them */
async function newUser(follows: boolean): Promise<{ person: string; id: string }> {
  const person = await world.newPerson({ follows })
  const flow = await world.createFlow({ kind: 'login', entry: 'page' })
  await world.sim('POST', `/people/${person}/open`, { url: flow.qr.content })
  await world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: 'confirm' } })
  const { completion_code } = await see(flow)
  const path = `/v1/flows/${flow.id}/redeem`
  const { body } = await world.api<{ user: { id: string } }>('POST', path, { completion_code })
  return { person, id: body.user.id }
}

/** Time passes here and at WeChat. */
async function pass(ms: number): Promise<void> {
  world.clock.advance(ms)
  const { offset_ms } = await world.sim('GET', '/clock')
  await world.sim('POST', '/clock', { offset_ms: offset_ms + ms })
}

const sealed = (appid = world.account.appid) =>
  look(world, `SELECT * FROM identities WHERE kind = 'wechat' AND namespace = ? AND value_sealed IS NOT NULL`, appid)

const withScanner = () => look(world, 'SELECT * FROM flows WHERE scanner_sealed IS NOT NULL')

describe('what WeChat says about a person’s authorisation', () => {
  test('profile data that was cleaned: the sites hear of it, and nothing else happens', async () => {
    const { person, id } = await newUser(true)
    await news()
    const before = await look(world, 'SELECT * FROM identities ORDER BY id')
    await change(person, 'modified')
    expect(await news()).toMatchObject([
      { type: 'follower.info_modified', data: { user_id: id, account: world.account.appid } },
    ])
    expect(await look(world, 'SELECT * FROM identities ORDER BY id')).toEqual(before)
  })

  test('a withdrawal ends what the person was doing, and forgets what they wrote; who follows goes on following', async () => {
    const { person, id } = await newUser(true)
    await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: '我的秘密' })
    const flow = await world.createFlow()
    await world.scan(person, flow.qr.content)
    await pass(2_000)
    await news()
    const before = (await withScanner()).length
    await change(person, 'revoked')
    expect(await see(flow)).toMatchObject({ state: 'cancelled' })
    expect((await see(flow)).reason).toBeUndefined()
    expect(await followerNews()).toMatchObject([{ type: 'follower.authorization_revoked', data: { user_id: id } }])
    expect(await look(world, 'SELECT * FROM inbox WHERE document_sealed IS NOT NULL')).toEqual([])
    expect((await withScanner()).length).toBe(before - 1)
    const again = await world.createFlow()
    await world.scan(person, again.qr.content)
    await world.decide(person, 'confirm')
    expect(await see(again)).toMatchObject({ state: 'confirmed' })
  })

  test('a withdrawal by somebody who does not follow forgets who they are, and recognises them when they return', async () => {
    const { person, id } = await newUser(false)
    const before = (await sealed()).length
    await change(person, 'revoked')
    expect((await sealed()).length).toBe(before - 1)
    const flow = await world.createFlow({ kind: 'login', entry: 'page' })
    await world.sim('POST', `/people/${person}/open`, { url: flow.qr.content })
    await world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: 'confirm' } })
    const { completion_code } = await see(flow)
    const { body } = await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
    expect(body).toMatchObject({ user: { id, is_new: false } })
  })

  test('whoever closed their WeChat is erased, whatever the account keeps of others, and though it was their only way in', async () => {
    const [closed, follower, left] = [await newUser(false), await newUser(true), await newUser(true)]
    const flow = await world.createFlow()
    await world.scan(follower.person, flow.qr.content)
    await pass(2_000)
    await world.sim('POST', `/people/${left.person}/unfollow`, { account: world.account.appid })
    await news()
    for (const { person } of [closed, follower]) await change(person, 'cancelled')
    expect(await see(flow)).toMatchObject({ state: 'cancelled', reason: 'not_following' })
    const told = await followerNews()
    expect(told.map(({ type }) => type)).toEqual(['follower.cancelled', 'follower.cancelled'])
    expect(told.map(({ data }) => data.user_id).toSorted()).toEqual([closed.id, follower.id].toSorted())
    const identities = async () => (await look(world, `SELECT * FROM identities WHERE kind = 'wechat'`)).length
    const before = await identities()
    await world.app.housekeep()
    expect(await identities()).toBe(before)
    await pass(3_700_000)
    await world.app.housekeep()
    expect(await identities()).toBe(before - 2)
    expect(await look(world, 'SELECT * FROM followers WHERE cancelled_at IS NOT NULL')).toEqual([])
    expect((await look(world, 'SELECT * FROM followers WHERE unfollowed_at IS NOT NULL')).length).toBe(1)
    const everything = await everythingStored(world)
    for (const { person } of [closed, follower]) expect(everything).not.toContain(await openidOf(person))
    expect((await world.api('GET', `/v1/users/${closed.id}`)).status).toBe(404)
  })

  test('about somebody unknown, about another product, or about nobody, it changes nothing for anybody', async () => {
    const { person } = await newUser(true)
    const openid = await openidOf(person)
    const flow = await world.createFlow()
    await world.scan(person, flow.qr.content)
    await pass(2_000)
    await news()
    const fields = (more: Record<string, string>) => ({
      Event: 'user_authorization_revoke',
      RevokeInfo: '205',
      ...more,
    })
    for (const more of [
      { OpenID: openid, AppID: 'wx00000000000000ff' },
      { OpenID: '', AppID: wire.appid },
      { OpenID: 'oNobodyEverHeardOfThisOne000', AppID: wire.appid },
    ]) {
      const document = eventXml(wire, { openid: 'oPushService', at: nowSeconds(world), fields: fields(more) })
      expect((await push(world, wire, document)).status).toBe(200)
      await pass(1_000)
    }
    expect(await see(flow)).toMatchObject({ state: 'scanned' })
    expect(await news()).toEqual([])
  })

  test('is carried out once, however often it is pushed', async () => {
    const { person } = await newUser(true)
    await news()
    const document = eventXml(wire, {
      openid: 'oPushService',
      at: nowSeconds(world),
      fields: { Event: 'user_info_modified', OpenID: await openidOf(person), AppID: wire.appid },
    })
    for (let n = 0; n < 3; n++) await push(world, wire, document)
    expect(await news()).toHaveLength(1)
  })
})
