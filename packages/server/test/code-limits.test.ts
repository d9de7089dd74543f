import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Coding, minute, startCoding, wrong } from './coding.ts'
import type { Problem } from './harness.ts'
import { look } from './wire.ts'

const hour = 60 * minute
let coding: Coding
beforeAll(async () => {
  coding = await startCoding()
})
afterAll(() => coding.world.close())

const waitOf = (answer: { headers: Headers }) => Number(answer.headers.get('retry-after'))

test('one code a minute, five an hour, ten a day for each user, known or not; what is refused sends nothing [T34]', async () => {
  const { user } = await coding.newUser()
  const { world } = coding
  // A day of its own.
  world.clock.advance(25 * hour)
  const before = await coding.sends()
  for (const name of [user, 'never-heard-of']) {
    expect((await coding.ask(name)).status).toBe(202)
    expect(waitOf(await coding.ask(name, { purpose: '别的' }))).toBeGreaterThan(50)
  }
  for (let n = 1; n < 5; n++) {
    world.clock.advance(minute)
    for (const name of [user, 'never-heard-of']) expect((await coding.ask(name)).status).toBe(202)
  }
  world.clock.advance(minute)
  await world.app.housekeep()
  // One was replaced by the next before it was sent, and so on: the last is what arrives.
  expect(await coding.sends()).toBe(before + 1)
  for (const name of [user, 'never-heard-of']) {
    const sixth = await coding.ask<Problem>(name)
    expect([sixth.status, sixth.body.code]).toEqual([429, 'rate_limited'])
    expect(waitOf(sixth)).toBeGreaterThan(54 * 60)
  }
  await world.app.housekeep()
  expect(await coding.sends()).toBe(before + 1)
  world.clock.advance(hour)
  for (let n = 0; n < 5; n++) {
    for (const name of [user, 'never-heard-of']) expect((await coding.ask(name)).status).toBe(202)
    world.clock.advance(minute)
  }
  world.clock.advance(hour)
  for (const name of [user, 'never-heard-of']) {
    const eleventh = await coding.ask(name)
    expect(eleventh.status).toBe(429)
    expect(waitOf(eleventh)).toBeGreaterThan(20 * 3_600)
  }
})

test('a user is one by their id and by the site’s own', async () => {
  const { world } = coding
  const { user } = await coding.newUser()
  await world.api('PUT', `/v1/users/${user}/external_user_id`, { external_user_id: 'shop-1' })
  expect((await coding.ask(user)).status).toBe(202)
  expect((await coding.ask('shop-1')).status).toBe(429)
})

test('one WeChat gets so many codes a day, of all sites together; what is beyond is not sent, and its site hears so [T34]', async () => {
  const few = await startCoding({ wechatCodesPerWechat: 3 })
  try {
    const { world } = few
    const { person, user } = await few.newUser()
    const other = await world.addSite({ registration: 'auto', signInNotices: false })
    const begun = await world.api<{ id: string; secret: string; qr: { content: string } }>(
      'POST',
      '/v1/flows',
      { kind: 'login' },
      { key: other.apiKey },
    )
    await world.scan(person, begun.body.qr.content)
    await world.decide(person, 'confirm')
    const { body } = await world.browser('GET', `/v1/flows/${begun.body.id}`, begun.body.secret)
    const redeemed = await world.api<{ user: { id: string } }>(
      'POST',
      `/v1/flows/${begun.body.id}/redeem`,
      { completion_code: body.completion_code },
      { key: other.apiKey },
    )
    const before = await few.sends()
    for (let n = 0; n < 2; n++) {
      expect((await few.ask(user)).status).toBe(202)
      expect((await few.ask(redeemed.body.user.id, {}, other.apiKey)).status).toBe(202)
      await few.say(person)
      await world.app.housekeep()
      world.clock.advance(minute)
    }
    expect(await few.sends()).toBe(before + 3)
    const reasons = [...(await few.told()), ...(await few.told(other.apiKey))].map(({ data }) => data.reason)
    expect(reasons.filter((reason) => reason === 'too_many')).toHaveLength(1)
  } finally {
    await few.world.close()
  }
})

test('an app has a budget, and so has a visitor’s network', async () => {
  const few = await startCoding({ wechatCodesPerApp: 4, wechatCodesPerAddress: 2 })
  try {
    const from = (ip: string) => ({ browser: { ip } })
    const statuses = []
    for (const [user, more] of [
      ['a', from('192.0.2.1')],
      ['b', from('192.0.2.1')],
      ['c', from('192.0.2.1')],
      ['d', from('192.0.2.2')],
      ['e', {}],
      ['f', {}],
    ] as const)
      statuses.push((await few.ask(user, more)).status)
    expect(statuses).toEqual([202, 202, 429, 202, 202, 429])
  } finally {
    await few.world.close()
  }
})

test('what one app says of a visitor’s network binds no other app [T34]', async () => {
  const few = await startCoding({ wechatCodesPerAddress: 2 })
  try {
    const { apiKey } = await few.world.addSite()
    const from = { browser: { ip: '192.0.2.1' } }
    const statuses = []
    for (const [user, key] of [
      ['a', apiKey],
      ['b', apiKey],
      ['c', apiKey],
      ['a', few.world.apiKey],
      ['b', few.world.apiKey],
      ['c', few.world.apiKey],
    ] as const)
      statuses.push((await few.ask(user, from, key)).status)
    expect(statuses).toEqual([202, 202, 429, 202, 202, 429])
    await few.world.app.housekeep()
    // What was refused is nowhere, and sends nothing.
    const rows = await look(few.world, 'SELECT app_id FROM codes')
    expect(rows).toHaveLength(4)
  } finally {
    await few.world.close()
  }
})

test('a hundred wrong codes in a row are the end: none is looked at, and none is sent; one right before that begins anew', async () => {
  const ample = await startCoding({
    wechatCodesPerHour: 1e6,
    wechatCodesPerDay: 1e6,
    wechatCodesPerWechat: 1e6,
    wrongCodesPerHour: 1e6,
  })
  try {
    const { world } = ample
    const { person, user } = await ample.newUser()
    async function next(): Promise<{ id: string; code: string }> {
      world.clock.advance(minute)
      const { body } = await ample.ask(user)
      await ample.say(person)
      await world.app.housekeep()
      return { id: body.id, code: await ample.read(person) }
    }
    const inARow = async () =>
      (await look<{ wrong: number }>(world, 'SELECT wrong FROM code_tries WHERE user_key = ?', user))[0]?.wrong
    const first = await next()
    await ample.check(first.id, wrong(first.code))
    expect(Number(await inARow())).toBe(1)
    expect((await ample.check(first.id, first.code)).status).toBe(200)
    expect(await inARow()).toBeUndefined()
    await world.app.store.write((tx) =>
      tx
        .insertInto('code_tries')
        .values({ app_id: world.site.id, user_key: user, wrong: 99, tried_at: world.clock.now() })
        .execute(),
    )
    const last = await next()
    expect((await ample.check(last.id, wrong(last.code))).body).toMatchObject({ status: 401, tries_left: 4 })
    expect((await ample.check(last.id, last.code)).body).toMatchObject({ status: 409, code: 'too_many_tries' })
    const before = await ample.sends()
    world.clock.advance(minute)
    const { status, body } = await ample.ask(user)
    await world.app.housekeep()
    expect([status, await ample.sends()]).toEqual([202, before])
    expect((await ample.told()).at(-1)?.data).toMatchObject({ code_id: body.id, reason: 'locked' })
  } finally {
    await ample.world.close()
  }
})
