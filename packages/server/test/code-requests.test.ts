import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Coding, minute, purpose, startCoding } from './coding.ts'
import type { Problem } from './harness.ts'
import { look } from './wire.ts'

const hour = 60 * minute
let coding: Coding
beforeAll(async () => {
  coding = await startCoding()
})
afterAll(() => coding.world.close())

test('the same request under one Idempotency-Key is one code, twenty times at once; another under it is refused [B53, B54]', async () => {
  const { world } = coding
  const { user } = await coding.newUser()
  const headers = { 'idempotency-key': `k-${user}` }
  const again = (more: object = {}) => world.api<Problem>('POST', '/v1/codes', { user, purpose, ...more }, { headers })
  const answers = await Promise.all(Array.from({ length: 20 }, () => again()))
  expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1)
  expect(answers[0]?.status).toBe(202)
  expect((await again({ purpose: '别的' })).body.code).toBe('idempotency_mismatch')
  expect((await again({ user: 'somebody else' })).body.code).toBe('idempotency_mismatch')
  const before = await coding.sends()
  await world.app.housekeep()
  expect(await coding.sends()).toBe(before + 1)
})

test('an Idempotency-Key is known for seven days, six longer than the code: nothing is sent twice [B53]', async () => {
  const { world } = coding
  const { user } = await coding.newUser()
  const headers = { 'idempotency-key': `a week of ${user}` }
  const ask = (more: object = {}) =>
    world.api<Problem & { id: string }>('POST', '/v1/codes', { user, purpose, ...more }, { headers })
  const first = await ask()
  await world.app.housekeep()
  const sends = await coding.sends()
  for (const passes of [26 * hour, 6 * 24 * hour - 3 * hour]) {
    world.clock.advance(passes)
    await world.app.housekeep()
    expect(await look(world, 'SELECT id FROM codes WHERE id = ?', first.body.id)).toEqual([])
    const again = await ask()
    expect([again.status, again.body]).toEqual([202, first.body])
    expect((await ask({ purpose: '别的' })).body.code).toBe('idempotency_mismatch')
  }
  await world.app.housekeep()
  expect(await coding.sends()).toBe(sends)
  world.clock.advance(2 * hour)
  await world.app.housekeep()
  const later = await ask()
  expect(later.status).toBe(202)
  expect(later.body.id).not.toBe(first.body.id)
})

test('two requests for two users under one key, at once, are one code and one refusal', async () => {
  const { world } = coding
  for (let round = 0; round < 5; round++) {
    const headers = { 'idempotency-key': `twice ${round}` }
    const answers = await Promise.all(
      ['one', 'other'].map((user) =>
        world.api<Problem>('POST', '/v1/codes', { user: `${user} ${round}`, purpose }, { headers }),
      ),
    )
    expect(answers.map(({ status, body }) => body.code ?? status).sort()).toEqual([202, 'idempotency_mismatch'])
  }
})

test('of the key, which may say whose the code is, nothing is stored; who is deleted leaves not even its trace', async () => {
  const { world } = coding
  const { user } = await coding.newUser()
  const headers = { 'idempotency-key': 'phone-of-member-42' }
  const { body } = await world.api<{ id: string }>('POST', '/v1/codes', { user, purpose }, { headers })
  const kept = () => look(world, 'SELECT key, request_hash FROM idempotency_keys WHERE object_id = ?', body.id)
  expect(JSON.stringify(await kept())).not.toContain('member-42')
  expect(await kept()).toHaveLength(1)
  await world.api('DELETE', `/v1/users/${user}`)
  expect(await kept()).toEqual([])
})
