import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OauthOutcome, OauthStart } from '../src/oauth/oauth.ts'
import { type Harness, type Page, startHarness } from './harness.ts'
import { look } from './wire.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
  await world.sim('PATCH', `/accounts/${world.account.appid}`, { open_platform: 'op_company' })
})
afterAll(() => world.close())

/** From the way to WeChat to what its answer came to, for that person. */
async function prove(
  person: string,
  scope: NonNullable<OauthStart['scope']>,
  grant: true | false | 'snapshot' = true,
): Promise<OauthOutcome> {
  const { oauth } = world.app
  const { appid } = world.account
  const browser = randomBytes(32).toString('base64url')
  const url = await oauth.begin({ appid, about: 'pg_1', path: '/page/1', scope }, browser)
  // The phone has not this browser's cookie: what WeChat sends it back with is refused there, and still unused.
  const page: Page = await world.sim('POST', `/people/${person}/open`, { url, grant })
  expect(page.status).toBe(400)
  const answer = new URL(page.url).searchParams
  return oauth.finish({ appid, state: answer.get('state') ?? '', code: answer.get('code') ?? undefined, browser })
}

test('silently, WeChat tells who it is and nothing else', async () => {
  const person = await world.newPerson()
  const { openids } = await world.sim('GET', `/people/${person}`)
  const outcome = await prove(person, 'snsapi_base')
  expect(outcome).toMatchObject({ outcome: 'proved', about: 'pg_1', path: '/page/1' })
  expect(outcome.outcome === 'proved' && outcome.person).toEqual({
    openid: openids[world.account.appid],
    openidIndex: expect.stringMatching(/^[\w-]{22}$/),
  })
})

test('asked, it tells nickname, avatar and unionid, which are handed on and not kept', async () => {
  const { id: person } = await world.sim('POST', '/people', { name: '林黛玉' })
  const outcome = await prove(person, 'snsapi_userinfo')
  expect(outcome).toMatchObject({
    outcome: 'proved',
    person: {
      unionid: expect.any(String),
      profile: { nickname: '林黛玉', avatar: expect.stringMatching(/^http/) },
    },
  })
  expect(JSON.stringify(await look(world, 'SELECT * FROM oauth_states'))).not.toMatch(/林黛玉|mmopen/)
})

test('who says no is nobody, and so is a snapshot [B40, B41, T30]', async () => {
  const { id: person } = await world.sim('POST', '/people', { name: 'somebody' })
  const begun = { about: 'pg_1', path: '/page/1' }
  expect(await prove(person, 'snsapi_userinfo', false)).toEqual({ outcome: 'declined', ...begun, isOptional: true })
  expect(await prove(person, 'snsapi_userinfo', 'snapshot')).toEqual({ outcome: 'snapshot_user', ...begun })
  expect(await prove(person, 'snsapi_base', 'snapshot')).toEqual({ outcome: 'snapshot_user', ...begun })
})

test('a profile that cannot be had proves nobody: the way is begun again', async () => {
  const person = await world.newPerson()
  await world.sim('POST', '/faults', { path: '/sns/userinfo', kind: 'http_5xx' })
  expect((await prove(person, 'snsapi_userinfo')).outcome).toBe('unavailable')
  await world.sim('DELETE', '/faults')
  expect((await prove(person, 'snsapi_userinfo')).outcome).toBe('proved')
})

test('the proof of one object is none of another, nor after ten minutes', async () => {
  const { sessions } = world.app.oauth
  const sealed = sessions.seal({ about: 'pg_1', openid: 'o-1', openidIndex: 'i-1' })
  expect(sessions.open(sealed, 'pg_1')).toEqual({ about: 'pg_1', openid: 'o-1', openidIndex: 'i-1' })
  expect(sessions.open(sealed, 'pg_2')).toBeUndefined()
  expect(sessions.open(`${sealed.slice(0, -2)}AA`, 'pg_1')).toBeUndefined()
  world.clock.advance(600_001)
  expect(sessions.open(sealed, 'pg_1')).toBeUndefined()
})
