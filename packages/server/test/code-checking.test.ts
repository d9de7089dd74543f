import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Coding, minute, startCoding, wrong } from './coding.ts'
import { look } from './wire.ts'

let coding: Coding
beforeAll(async () => {
  coding = await startCoding()
})
afterAll(() => coding.world.close())

test('spaces and full-width digits do not matter; seven digits, and a lost zero, are wrong and counted [B56]', async () => {
  const spaced = await coding.sent()
  const wide = [...spaced.code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')
  expect((await coding.check(spaced.id, ` ${wide.slice(0, 3)}\u3000${wide.slice(3)}\t`)).status).toBe(200)
  const { id, code } = await coding.sent()
  expect((await coding.check(id, `${code}0`)).body).toMatchObject({ status: 401, code: 'code_invalid', tries_left: 4 })
  expect((await coding.check(id, code.slice(1))).body).toMatchObject({ status: 401, tries_left: 3 })
  expect((await coding.check(id, Number(code.slice(1)))).body).toMatchObject({ status: 401, tries_left: 2 })
  expect((await coding.check(id, code)).status).toBe(200)
})

test('the right digits for another purpose, browser or code are wrong, and counted; the code lives on till five [B57, T35, T36]', async () => {
  const first = await coding.sent({ browser_binding: 'session-1' })
  const other = await coding.sent({ browser_binding: 'session-1' })
  const said = (code: string, more: object) => coding.check(first.id, code, { browser_binding: 'session-1', ...more })
  expect((await said(first.code, { purpose: '登录' })).body).toMatchObject({ status: 401, tries_left: 4 })
  expect((await said(first.code, { browser_binding: 'session-2' })).body).toMatchObject({ status: 401, tries_left: 3 })
  expect((await coding.check(first.id, first.code)).body).toMatchObject({ status: 401, tries_left: 2 })
  // Of a million pairs one is equal.
  if (other.code !== first.code) expect((await said(other.code, {})).body).toMatchObject({ status: 401, tries_left: 1 })
  expect((await said(first.code, {})).status).toBe(200)
})

test('nobody’s code and another app’s are the same 404', async () => {
  const { id, code } = await coding.sent()
  const { apiKey } = await coding.world.addSite()
  const foreign = await coding.check(id, code, {}, apiKey)
  const nobodys = await coding.check(`vc_${'a'.repeat(26)}`, code)
  for (const { status, body } of [foreign, nobodys]) expect([status, body.code]).toEqual([404, 'not_found'])
  expect((await coding.check(id, code)).status).toBe(200)
})

test('of 200 wrong tries at once five are looked at, and the right digits come too late [T33]', async () => {
  const { user, id, code } = await coding.sent()
  const answers = await Promise.all(Array.from({ length: 200 }, () => coding.check(id, wrong(code))))
  const count = (status: number) => answers.filter((answer) => answer.status === status)
  expect([count(401).length, count(429).length]).toEqual([5, 195])
  expect(
    count(401)
      .map(({ body }) => body.tries_left)
      .sort(),
  ).toEqual([0, 1, 2, 3, 4])
  expect(count(429).every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true)
  expect((await coding.check(id, code)).status).toBe(429)
  coding.world.clock.advance(minute)
  expect((await coding.ask(user)).status).toBe(202)
})

test('fifteen wrong tries in an hour are all, at whatever code', async () => {
  const { user, person } = await coding.newUser()
  for (let round = 0; round < 3; round++) {
    const { body } = await coding.ask(user)
    await coding.world.app.housekeep()
    const code = await coding.read(person)
    for (let n = 0; n < 5; n++) expect((await coding.check(body.id, wrong(code))).status).toBe(401)
    coding.world.clock.advance(minute)
  }
  const { body } = await coding.ask(user)
  await coding.world.app.housekeep()
  const code = await coding.read(person)
  const refused = await coding.check(body.id, code)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50 * 60)
})

test('a code too old is wrong', async () => {
  const { id, code } = await coding.sent()
  coding.world.clock.advance(5 * minute)
  expect((await coding.check(id, code)).body).toMatchObject({ status: 401, code: 'code_invalid', tries_left: 0 })
})

test('nothing that is stored tells the digits: without the key they cannot be made again [T40]', async () => {
  const { id, code, person } = await coding.sent()
  const rows = await look(coding.world, 'SELECT * FROM codes WHERE id = ?', id)
  const messages = await look(coding.world, 'SELECT * FROM messages WHERE id = ?', id.replace('vc_', 'ms_'))
  expect(messages).toMatchObject([{ state: 'sent', text_sealed: null }])
  expect(rows).toMatchObject([{ asked_sealed: null }])
  const { created_at, expires_at, dispatched_at, ...rest } = rows[0] ?? {}
  expect(JSON.stringify(rest)).not.toContain(code)
  // The same row under another installation's key is another code.
  const stranger = await startCoding()
  try {
    const { user } = await stranger.newUser()
    await stranger.ask(user)
    await stranger.world.app.store.write(async (tx) => {
      const bound = { app_id: stranger.world.site.id, user_key: String(rest.user_key) }
      const values = { ...rest, ...bound, id, created_at, expires_at, dispatched_at } as never
      await tx.insertInto('codes').values(values).execute()
    })
    expect((await stranger.check(id, code)).body).toMatchObject({ status: 401, tries_left: 4 })
  } finally {
    await stranger.world.close()
  }
  expect(await coding.read(person)).toBe(code)
})
