import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Coding, minute, purpose, startCoding } from './coding.ts'
import type { Problem } from './harness.ts'
import { everyRow, look } from './wire.ts'

let coding: Coding
beforeAll(async () => {
  coding = await startCoding()
})
afterAll(() => coding.world.close())

test('a code says what it is for, which site and where, and never holds a link; it is right once [T36]', async () => {
  const user_agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36'
  const { person, user, id, code } = await coding.sent({
    purpose: '改密 https://evil.example/x www.evil.com',
    browser: { user_agent },
  })
  const text = (await coding.textsOf(person)).at(-1) ?? ''
  for (const part of [code, '示例商店', '改密', 'Chrome Windows', '5 分钟', '任何工作人员都不会'])
    expect(text).toContain(part)
  expect(text).not.toMatch(/:\/\/|[a-z]\.[a-z]|<a/i)
  const more = { purpose: '改密 https://evil.example/x www.evil.com' }
  expect(await coding.check(id, code, more)).toMatchObject({ status: 200, body: { id } })
  expect(await coding.check(id, code, more)).toMatchObject({
    status: 401,
    body: { code: 'code_invalid', tries_left: 0 },
  })
  const accepted = (await coding.told()).at(-1)
  expect(accepted).toMatchObject({
    type: 'code.accepted',
    data: { code_id: id, user_id: user, account: coding.world.account.appid, via: 'customer_service' },
  })
})

test('in English where the site says so', async () => {
  const { person } = await coding.sent({ locale: 'en', purpose: 'Change phone' })
  expect((await coding.textsOf(person)).at(-1)).toMatch(/^示例商店: your code is \d{6}\nIt is for: Change phone\n/)
})

test('users known, unknown, unlinked and gone get one answer; nothing is sent, and the site hears why [B55, T38]', async () => {
  const { world } = coding
  const known = await coding.newUser()
  const gone = await coding.newUser()
  await world.sim('POST', `/people/${gone.person}/unfollow`, { account: world.account.appid })
  const unlinked = await coding.newUser()
  await world.api('PUT', `/v1/users/${unlinked.user}/external_user_id`, { external_user_id: 'shop-7' })
  expect((await world.api('DELETE', `/v1/users/${unlinked.user}/binding`)).status).toBe(204)
  await world.app.housekeep()
  const names = [known.user, `us_${'a'.repeat(26)}`, 'never-heard-of', 'shop-7', gone.user]
  const shapes = []
  for (const name of names) {
    const answer = await coding.ask(name)
    const again = await coding.ask<Problem>(name, { purpose: '别的' })
    shapes.push({
      status: answer.status,
      headers: [...answer.headers.keys()].filter((key) => key !== 'date'),
      body: { ...answer.body, id: answer.body.id.length, expires_at: answer.body.expires_at.length },
      again: { status: again.status, wait: again.headers.has('retry-after'), code: again.body.code },
    })
  }
  expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1)
  expect(shapes[0]).toMatchObject({ status: 202, body: { resend_after: 60 }, again: { status: 429, wait: true } })
  const before = await coding.sends()
  const heard = (await coding.told()).length
  await world.app.housekeep()
  expect(await coding.sends()).toBe(before + 1)
  const told = (await coding.told()).slice(heard)
  expect(told.map(({ type, data }) => [type, data.reason, data.user_id]).sort()).toEqual(
    [
      ['code.accepted', undefined, known.user],
      ['code.failed', 'unknown_user', undefined],
      ['code.failed', 'unknown_user', undefined],
      ['code.failed', 'unknown_user', undefined],
      ['code.failed', 'not_following', gone.user],
    ].sort(),
  )
})

test('an account that the user has not linked is not used: the site hears that', async () => {
  const { user } = await coding.newUser()
  expect((await coding.ask<Problem>(user, { account: `wx${'0'.repeat(16)}` })).status).toBe(404)
  const { body } = await coding.ask(user, { account: coding.world.account.appid })
  await coding.world.app.housekeep()
  expect((await coding.told()).at(-1)).toMatchObject({ type: 'code.accepted', data: { code_id: body.id } })
})

test('a new code for the same purpose ends the former, whose message is not sent any more', async () => {
  const { person, user } = await coding.newUser()
  const first = (await coding.ask(user)).body
  await coding.world.app.outbox.pause()
  coding.world.clock.advance(minute)
  const other = (await coding.ask(user, { purpose: '登录' })).body
  coding.world.clock.advance(minute)
  const second = (await coding.ask(user)).body
  await coding.world.app.outbox.resume()
  const before = await coding.sends()
  await coding.world.app.housekeep()
  expect(await coding.sends()).toBe(before + 2)
  expect((await coding.check(first.id, '000000')).body).toMatchObject({ code: 'code_invalid', tries_left: 0 })
  // The two that are sent may arrive in either order.
  const text = (await coding.textsOf(person)).findLast((one) => one.includes(purpose)) ?? ''
  expect((await coding.check(second.id, /\d{6}/.exec(text)?.[0] ?? '')).status).toBe(200)
  expect((await coding.told()).filter(({ data }) => data.code_id === first.id)).toEqual([])
  expect((await coding.check(other.id, '')).body.code).toBe('invalid_value')
})

test('a code of before an outage is not sent: it is over, and the site hears so [T39]', async () => {
  const { user } = await coding.newUser()
  const { body } = await coding.ask(user)
  const sends = await coding.sends()
  coding.world.clock.advance(10 * minute)
  await coding.world.app.housekeep()
  expect(await coding.sends()).toBe(sends)
  expect((await coding.told()).at(-1)).toMatchObject({
    type: 'code.failed',
    data: { code_id: body.id, reason: 'expired' },
  })
})

test('nor is one whose message waited that long [T39]', async () => {
  const { user } = await coding.newUser()
  const { body } = await coding.ask(user)
  await coding.world.sim('POST', '/faults', {
    path: '/cgi-bin/message/custom/send',
    kind: 'errcode',
    errcode: -1,
    times: 1,
  })
  await coding.world.app.housekeep()
  const sends = await coding.sends()
  coding.world.clock.advance(10 * minute)
  await coding.world.app.housekeep()
  expect(await coding.sends()).toBe(sends)
  expect((await coding.told()).at(-1)).toMatchObject({
    type: 'code.failed',
    data: { code_id: body.id, reason: 'expired' },
  })
})

test('WeChat’s refusals are told to the site as reasons to send the code otherwise', async () => {
  const faults = [
    [45015, 'reply_window_over'],
    [48002, 'refused_by_user'],
    [43004, 'not_following'],
    [48004, 'account_refused'],
    [45009, 'quota'],
  ] as const
  for (const [errcode, reason] of faults) {
    const { user } = await coding.newUser()
    const { body } = await coding.ask(user)
    await coding.world.sim('POST', '/faults', {
      path: '/cgi-bin/message/custom/send',
      kind: 'errcode',
      errcode,
      times: 1,
    })
    await coding.world.app.housekeep()
    expect((await coding.told()).at(-1)).toMatchObject({
      type: 'code.failed',
      data: { code_id: body.id, user_id: user, reason },
    })
    await coding.world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
  }
  const { user } = await coding.newUser()
  const { body } = await coding.ask(user)
  await coding.world.sim('POST', '/faults', {
    path: '/cgi-bin/message/custom/send',
    kind: 'reset_after_accept',
    times: 1,
  })
  await coding.world.app.housekeep()
  expect((await coding.told()).at(-1)).toMatchObject({
    type: 'code.failed',
    data: { code_id: body.id, reason: 'unknown' },
  })
})

test('codes overtake notices that wait', async () => {
  const { world } = coding
  const crowd = await Promise.all(Array.from({ length: 60 }, () => coding.newUser()))
  const { person, user } = await coding.newUser()
  for (const one of crowd) {
    const [index] = await look<{ openid_index: string }>(
      world,
      `SELECT value_index AS openid_index FROM identities WHERE kind = 'wechat' AND user_id =
        (SELECT user_id FROM app_users WHERE public_id = ?)`,
      one.user,
    )
    const who = { appid: world.account.appid, openidIndex: index?.openid_index ?? '' }
    await world.app.store.write((tx) => world.app.messages.tell(tx, who, '通知'))
  }
  await coding.ask(user)
  const before = await coding.sends()
  await world.app.housekeep()
  const { openids } = await world.sim('GET', `/people/${person}`)
  const sends = (await world.sim('GET', '/sends')).slice(before)
  expect(sends).toHaveLength(61)
  const place = sends.findIndex((entry: { touser: string }) => entry.touser === openids[world.account.appid])
  // One round of each lane is under way when the code is made into a message.
  expect(place).toBeLessThan(40)
})

test('a person’s copy tells of their codes; whoever is deleted leaves none, and after a day nobody has any', async () => {
  const { world } = coding
  const { user, id } = await coding.sent()
  await coding.check(id, 'xxxxxx')
  const copy = await world.api<{ codes: object[] }>('GET', `/v1/users/${user}/export`)
  expect(copy.body.codes).toMatchObject([{ id, account: world.account.appid, tries: 1 }])
  await world.api('DELETE', `/v1/users/${user}`)
  const traces = [id, id.replace('vc_', 'ms_'), user]
  const rows = (await everyRow(world)).split('\n').filter((row) => traces.some((trace) => row.includes(trace)))
  // A job that is done names what it did, which is nowhere any more; and the site was told that its user is gone.
  expect([...new Set(rows.map((row) => row.split(' ')[0]))].sort()).toEqual(['events', 'jobs'])
  expect(await look(world, 'SELECT wrong FROM code_tries WHERE user_key = ?', user)).toEqual([])
  const other = await coding.sent()
  await coding.check(other.id, 'xxxxxx')
  world.clock.advance(26 * 60 * minute)
  await world.app.housekeep()
  expect(await look(world, 'SELECT id FROM codes')).toEqual([])
  expect(await look(world, 'SELECT wrong FROM code_tries')).not.toEqual([])
  world.clock.advance(31 * 24 * 60 * minute)
  await world.app.housekeep()
  expect(await look(world, 'SELECT wrong FROM code_tries')).toEqual([])
})

test.each([
  [{ purpose: ' ' }, 'invalid_value'],
  [{ purpose: 'a\nb' }, 'invalid_value'],
  [{ purpose: '字'.repeat(65) }, 'invalid_value'],
  [{ browser: { ip: '1.2.3.4, 5.6.7.8' } }, 'invalid_value'],
  [{ code: '123456' }, 'unknown_field'],
])('what cannot be is refused: %o', async (more, code) => {
  expect((await coding.ask<Problem>('somebody', { purpose, ...more })).body.code).toBe(code)
})
