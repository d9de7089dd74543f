import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../src/index.ts'
import { Bench } from './harness.ts'

const MINUTE = 60_000
let bench: Bench
let account: Account

beforeEach(async () => {
  bench = await Bench.start()
  account = await bench.account()
})
afterEach(() => bench.simulator.close())

const check = async (token: string) => (await bench.get(`/cgi-bin/getcallbackip?access_token=${token}`)).errcode ?? 0

const stable = (fields: object = {}) =>
  bench.post('/cgi-bin/stable_token', {
    grant_type: 'client_credential',
    appid: account.appid,
    secret: account.secret,
    ...fields,
  })

describe('GET /cgi-bin/token', () => {
  it('replaces the token, and the former works for five minutes more', async () => {
    const first = await bench.token(account)
    const second = await bench.token(account)
    expect(second).not.toBe(first)
    bench.shiftClock(5 * MINUTE - 2000)
    expect([await check(first), await check(second)]).toEqual([0, 0])
    bench.shiftClock(5 * MINUTE)
    expect([await check(first), await check(second)]).toEqual([40001, 0])
  })

  it('expires a token after two hours', async () => {
    const token = await bench.token(account)
    bench.shiftClock(7199_000 - 1000)
    expect(await check(token)).toBe(0)
    bench.shiftClock(7200_000)
    expect(await check(token)).toBe(42001)
  })

  it.each([
    ['grant_type=x', 40002],
    ['grant_type=client_credential', 41002],
    ['grant_type=client_credential&appid=wxsim0000000000000', 40013],
  ])('refuses %s with %i', async (query, errcode) => {
    expect(await bench.get(`/cgi-bin/token?${query}`)).toMatchObject({ errcode })
  })

  it('refuses a missing and a wrong secret', async () => {
    const path = `/cgi-bin/token?grant_type=client_credential&appid=${account.appid}`
    expect(await bench.get(path)).toMatchObject({ errcode: 41004 })
    const wrong = await bench.get(`${path}&secret=${'0'.repeat(32)}`)
    expect(wrong.errcode).toBe(40125)
    expect(wrong.errmsg).toMatch(/^invalid appsecret rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/)
  })

  it('wants a GET', async () => {
    expect(await bench.post('/cgi-bin/token')).toMatchObject({ errcode: 43001 })
  })
})

describe('POST /cgi-bin/stable_token', () => {
  it('gives the same token with the remaining seconds, and a new one five minutes before the end', async () => {
    const first = await stable()
    bench.shiftClock(60 * MINUTE)
    const again = await stable()
    expect(again.access_token).toBe(first.access_token)
    expect(Math.abs(again.expires_in - 3600)).toBeLessThanOrEqual(1)
    bench.shiftClock(115 * MINUTE + 1000)
    const renewed = await stable()
    expect(renewed.access_token).not.toBe(first.access_token)
    expect(await check(first.access_token)).toBe(0)
    bench.shiftClock(120 * MINUTE)
    expect(await check(first.access_token)).toBe(42001)
  })

  it('is isolated from /cgi-bin/token', async () => {
    const { access_token } = await stable()
    const plain = await bench.token(account)
    await bench.token(account)
    await stable({ force_refresh: true })
    bench.shiftClock(4 * MINUTE)
    expect(await check(plain)).toBe(0)
    expect(await check(access_token)).toBe(40001)
  })

  it('forced, ends the former token at once', async () => {
    const { access_token } = await stable()
    const forced = await stable({ force_refresh: true })
    expect(await check(access_token)).toBe(40001)
    expect(await check(forced.access_token)).toBe(0)
  })

  it('forces twenty times a day and at most every thirty seconds', async () => {
    expect(await stable({ force_refresh: true })).toHaveProperty('access_token')
    expect(await stable({ force_refresh: true })).toMatchObject({ errcode: 45011 })
    // From noon in Shanghai on, so that the day does not change in between.
    const noon = Date.parse('2031-03-04T04:00:00Z') - Date.now()
    for (let n = 0; n < 20; n++) {
      bench.shiftClock(noon + n * 31_000)
      expect(await stable({ force_refresh: true })).toHaveProperty('access_token')
    }
    bench.shiftClock(noon + 20 * 31_000)
    expect(await stable({ force_refresh: true })).toMatchObject({ errcode: 45009 })
    bench.shiftClock(noon + 12 * 60 * MINUTE)
    expect(await stable({ force_refresh: true })).toHaveProperty('access_token')
  })

  it('wants a POST with a body that is a JSON object', async () => {
    expect(await bench.get('/cgi-bin/stable_token')).toMatchObject({ errcode: 43002 })
    const send = async (body: string) =>
      (await fetch(`${bench.url}/cgi-bin/stable_token`, { method: 'POST', body })).json()
    expect(await send('')).toMatchObject({ errcode: 44002 })
    expect(await send('[1]')).toMatchObject({ errcode: 47001 })
    expect(await send('{"a":')).toMatchObject({ errcode: 47001 })
  })
})

describe('an access token', () => {
  it('is missing, malformed or unknown', async () => {
    expect(await bench.get('/cgi-bin/getcallbackip')).toMatchObject({ errcode: 41001 })
    expect(await check('a%20b')).toBe(40014)
    expect(await check('made_up')).toBe(40001)
  })

  it('buys a ticket that stays the same for two hours', async () => {
    const path = `/cgi-bin/ticket/getticket?type=jsapi&access_token=${(await stable()).access_token}`
    const first = await bench.get(path)
    expect(first).toMatchObject({ errcode: 0, errmsg: 'ok', expires_in: 7200 })
    expect((await bench.get(path)).ticket).toBe(first.ticket)
    bench.shiftClock(119 * MINUTE)
    const later = `/cgi-bin/ticket/getticket?type=jsapi&access_token=${(await stable()).access_token}`
    expect((await bench.get(later)).ticket).toBe(first.ticket)
    bench.shiftClock(120 * MINUTE + 1000)
    expect((await bench.get(later)).ticket).not.toBe(first.ticket)
  })
})

describe('the Date header', () => {
  it('follows the clock', async () => {
    bench.shiftClock(-3600_000)
    const date = Date.parse((await fetch(`${bench.url}/cgi-bin/token`)).headers.get('date') ?? '')
    expect(Math.abs(date - (Date.now() - 3600_000))).toBeLessThan(5000)
  })
})
