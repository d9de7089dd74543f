import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { begin, codeFor } from './hand-browser.ts'
import { addSimulated, type Harness } from './harness.ts'
import { type Linking, startLinking } from './linking.ts'
import { countRows } from './wire.ts'

let linking: Linking
let world: Harness
beforeAll(async () => {
  linking = await startLinking()
  world = linking.world
})
afterAll(() => linking.close())
beforeEach(() => world.sim('DELETE', '/faults'))

describe('who holds the phone', () => {
  test('a state that is missing, foreign, used, or of another account is 400, and WeChat is not asked [B38, T27, T28, T31]', async () => {
    const { person, link } = await linking.welcomed()
    const { browser, state, back, authorize } = await begin(link)
    const code = await codeFor(world, person, authorize)
    const other = await begin((await linking.welcomed()).link)
    const asked = async () => (await world.sim('GET', '/calls'))['/sns/oauth2/access_token'] ?? 0
    const calls = await asked()
    const elsewhere = back.replace(world.account.appid, 'wxsim000000000000')
    const attempts: [typeof browser, string][] = [
      [browser, `${back}?code=${code}`],
      [browser, `${back}?code=${code}&state=${state}&state=${state}`],
      [browser, `${back}?code=${code}&state=${other.state}`],
      [other.browser, `${back}?code=${code}&state=${state}`],
      [browser, `${elsewhere}?code=${code}&state=${state}`],
    ]
    for (const [asker, url] of attempts) expect((await asker.go(url)).status).toBe(400)
    expect(await asked()).toBe(calls)
    const proved = await browser.go(`${back}?code=${code}&state=${state}`)
    expect(proved.headers.get('location')).toBe(new URL(link).pathname)
    expect((await browser.go(`${back}?code=${code}&state=${state}`)).status).toBe(400)
    expect(await asked()).toBe(calls + 1)
  })

  test('a state of one account on the callback of another proves nobody, whichever code comes with it [T31]', async () => {
    const { person, link } = await linking.welcomed()
    const other = await addSimulated(world, { kind: 'service', verified: true })
    const { browser, state, back, authorize } = await begin(link)
    const there = back.replace(world.account.appid, other.appid)
    const atOther = new URL(authorize)
    atOther.searchParams.set('appid', other.appid)
    const codes = [await codeFor(world, person, authorize), await codeFor(world, person, atOther)]
    expect(new Set([...codes, '']).size).toBe(3)
    const rows = await countRows(world)
    for (const code of codes) {
      const answer = await browser.go(`${there}?code=${code}&state=${state}`)
      expect([answer.status, answer.headers.getSetCookie(), answer.headers.get('location')]).toEqual([400, [], null])
    }
    expect(await countRows(world)).toEqual(rows)
    expect((await browser.go(link)).headers.get('location')).toMatch(/connect\/oauth2\/authorize/)
    const proved = await browser.go(`${back}?code=${codes[0]}&state=${state}`)
    expect(proved.headers.get('location')).toBe(new URL(link).pathname)
  })

  test.each([40163, 40029])(
    'a code that is used or expired (%i) starts again; the link is still good [B39]',
    async (errcode) => {
      const { person, link } = await linking.welcomed()
      await world.sim('POST', '/faults', { path: '/sns/oauth2/access_token', kind: 'errcode', errcode, times: 1 })
      expect(await linking.open(person, link)).toMatchObject({ status: 200, forms: [] })
      expect((await linking.open(person, link)).title).toBe('the site')
    },
  )

  test('who declines to be recognised is offered to retry; a snapshot is explained; nothing is written [B40, B41, T30]', async () => {
    const { person, link } = await linking.welcomed()
    const before = await countRows(world)
    const { browser, state, back } = await begin(link)
    const declined = await browser.go(`${back}?state=${state}`)
    expect(declined.status).toBe(200)
    expect(declined.html).toContain(`href="${new URL(link).pathname}"`)
    expect(await linking.open(person, link, { grant: 'snapshot' })).toMatchObject({ status: 409, forms: [] })
    expect(await countRows(world)).toEqual(before)
    expect((await linking.open(person, link)).title).toBe('the site')
  })
})
