import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../src/index.ts'
import { Bench } from './harness.ts'

let bench: Bench

beforeEach(async () => {
  bench = await Bench.start()
})
afterEach(() => bench.simulator.close())

const follow = (person: { id: string }, account: Account, content?: string) =>
  bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid, content })

describe('what an account may do', () => {
  const calls: [name: string, call: (account: Account, token: string) => Promise<{ errcode?: number }>][] = [
    ['address', (_, token) => bench.get(`/cgi-bin/getcallbackip?access_token=${token}`)],
    ['users', (_, token) => bench.get(`/cgi-bin/user/get?access_token=${token}`)],
    ['customer service', (_, token) => bench.post(`/cgi-bin/message/custom/send?access_token=${token}`)],
    ['template', (_, token) => bench.get(`/cgi-bin/template/get_all_private_template?access_token=${token}`)],
    ['qr code', (account) => bench.code(account, 'x')],
  ]

  it.each<[string, boolean, string[]]>([
    ['subscription', false, ['address']],
    ['subscription', true, ['address', 'users', 'customer service']],
    ['service', false, ['address']],
    ['service', true, ['address', 'users', 'customer service', 'template', 'qr code']],
    ['test', false, ['address', 'users', 'customer service', 'template', 'qr code']],
  ])('%s account, verified %s', async (kind, verified, expected) => {
    const account = await bench.account({ kind, verified })
    const token = await bench.token(account)
    const allowed: string[] = []
    for (const [name, call] of calls) if ((await call(account, token)).errcode !== 48001) allowed.push(name)
    expect(allowed).toEqual(expected)
  })

  it('an address that does not exist is 40066', async () => {
    expect(await bench.get('/cgi-bin/no/such')).toMatchObject({ errcode: 40066 })
  })
})

describe('users', () => {
  it('are told by how they came, without a nickname', async () => {
    const account = await bench.account({ open_platform: 'group' })
    const [byCode, bySearch, gone, stranger] = [
      await bench.person(),
      await bench.person(),
      await bench.person(),
      await bench.person(),
    ]
    await follow(byCode, account, (await bench.code(account, 'door')).url)
    await follow(bySearch, account)
    await follow(gone, account)
    await bench.post(`/_sim/people/${gone.id}/unfollow`, { account: account.appid })
    const token = await bench.token(account)
    const openid = (person: { openids: Record<string, string> }) => person.openids[account.appid]
    const info = (id?: string) => bench.get(`/cgi-bin/user/info?access_token=${token}&openid=${id}&lang=zh_CN`)
    const known = await info(openid(byCode))
    expect(known).toMatchObject({
      subscribe: 1,
      subscribe_scene: 'ADD_SCENE_QR_CODE',
      qr_scene: 0,
      qr_scene_str: 'door',
    })
    expect(known.unionid).toMatch(/^o.{27}$/)
    expect(['nickname', 'headimgurl', 'sex'].filter((name) => name in known)).toEqual([])
    expect(await info(openid(bySearch))).toMatchObject({ subscribe_scene: 'ADD_SCENE_SEARCH', qr_scene_str: '' })
    expect(await info(openid(gone))).toEqual({ subscribe: 0, openid: openid(gone) })
    expect(await info('oNobody')).toMatchObject({ errcode: 40003 })
    const batch = (list: unknown[]) =>
      bench.post(`/cgi-bin/user/info/batchget?access_token=${token}`, { user_list: list })
    const both = [{ openid: openid(byCode) }, { openid: openid(stranger) }]
    expect((await batch(both)).user_info_list).toMatchObject([{ subscribe: 1 }, { subscribe: 0 }])
    expect(await batch([...both, { openid: 'oNobody' }])).toMatchObject({ errcode: 40003 })
    expect(await batch(Array(101).fill(both[0]))).toMatchObject({ errcode: 40032 })
  })

  it('are listed, the end without data', async () => {
    const account = await bench.account()
    const people = [await bench.person(), await bench.person()]
    for (const person of people) await follow(person, account)
    const openids = people.map((person) => person.openids[account.appid])
    const token = await bench.token(account)
    const list = (next: string) => bench.get(`/cgi-bin/user/get?access_token=${token}&next_openid=${next}`)
    expect(await list('')).toEqual({ total: 2, count: 2, data: { openid: openids }, next_openid: openids[1] })
    expect(await list(openids[0])).toMatchObject({ count: 1, data: { openid: [openids[1]] } })
    expect(await list(openids[1])).toEqual({ total: 2, count: 0, next_openid: '' })
  })

  it('come in crowds and page by page, ten thousand at a time', async () => {
    const account = await bench.account()
    const crowd = { account: account.appid, count: 10_001 }
    expect(await bench.post('/_sim/crowd', crowd)).toEqual({ followers: 10_001 })
    expect(await bench.get(`/_sim/pushes?account=${account.appid}`)).toEqual([])
    const token = await bench.token(account)
    const list = (next: string) => bench.get(`/cgi-bin/user/get?access_token=${token}&next_openid=${next}`)
    const first: { total: number; count: number; next_openid: string } = await list('')
    expect(first).toMatchObject({ total: 10_001, count: 10_000 })
    expect(await list(first.next_openid)).toMatchObject({ total: 10_001, count: 1 })
  })

  it('may come and go without a push, as if it had been lost', async () => {
    const account = await bench.account()
    const person = await bench.person()
    const silently = { account: account.appid, silent: true }
    const follows = async () => (await bench.get(`/_sim/people/${person.id}`)).follows
    expect(await bench.post(`/_sim/people/${person.id}/follow`, silently)).toEqual({ push: null })
    expect(await follows()).toEqual([account.appid])
    expect(await bench.post(`/_sim/people/${person.id}/unfollow`, silently)).toEqual({ push: null })
    expect(await follows()).toEqual([])
    expect(await bench.get(`/_sim/pushes?account=${account.appid}`)).toEqual([])
  })

  it('a test account has at most a hundred', async () => {
    const account = await bench.account({ kind: 'test' })
    for (let n = 0; n < 100; n++) await follow(await bench.person(), account)
    expect(await follow(await bench.person(), account)).toMatchObject({ error: 'test_account_full' })
  })
})

describe('quotas', () => {
  it('are per account, interface and day, and can be cleared ten times a month', async () => {
    // From a fixed noon in Shanghai, so that no midnight comes in between.
    const noon = Date.parse('2031-03-04T04:00:00Z') - Date.now()
    bench.shiftClock(noon)
    const quotas = { '/cgi-bin/user/get': { daily: 2 } }
    const [account, other] = [await bench.account({ quotas }), await bench.account()]
    const token = await bench.token(account)
    const list = async (value = token) => (await bench.get(`/cgi-bin/user/get?access_token=${value}`)).errcode ?? 0
    expect([await list(), await list(), await list()]).toEqual([0, 0, 45009])
    expect(await list(await bench.token(other))).toBe(0)
    const state = await bench.post(`/cgi-bin/openapi/quota/get?access_token=${token}`, {
      cgi_path: '/cgi-bin/user/get',
    })
    expect(state.quota).toEqual({ daily_limit: 2, used: 2, remain: 0 })
    const clear = async () =>
      (await bench.post(`/cgi-bin/clear_quota?access_token=${token}`, { appid: account.appid })).errcode
    expect([await clear(), await list()]).toEqual([0, 0])
    for (let n = 0; n < 9; n++) expect(await clear()).toBe(0)
    expect(await clear()).toBe(48006)
    expect([await list(), await list(), await list()]).toEqual([0, 0, 45009])
    bench.shiftClock(noon + 12 * 3600_000)
    expect(await list(await bench.token(account))).toBe(0)
  })

  it('of a minute are 45011', async () => {
    const account = await bench.account({ quotas: { '/cgi-bin/getcallbackip': { per_minute: 1 } } })
    const token = await bench.token(account)
    const ask = async () => (await bench.get(`/cgi-bin/getcallbackip?access_token=${token}`)).errcode ?? 0
    bench.shiftClock(60_000 - (Date.now() % 60_000))
    expect([await ask(), await ask()]).toEqual([0, 45011])
    bench.shiftClock(120_000 - (Date.now() % 60_000))
    expect(await ask()).toBe(0)
  })

  it('of a test account are lower', async () => {
    const account = await bench.account({ kind: 'test' })
    const path = `/cgi-bin/openapi/quota/get?access_token=${await bench.token(account)}`
    expect((await bench.post(path, { cgi_path: '/cgi-bin/token' })).quota).toEqual({
      daily_limit: 200,
      used: 1,
      remain: 199,
    })
    expect(await bench.post(path, { cgi_path: '/nowhere' })).toMatchObject({ errcode: 76021 })
    expect(await bench.post(path, { cgi_path: '/sns/userinfo' })).toMatchObject({ errcode: 76022 })
  })
})

describe('faults', () => {
  const ask = () => fetch(`${bench.url}/cgi-bin/token?grant_type=client_credential&appid=x`)

  it('strike as often as they are told, and only where', async () => {
    await bench.post('/_sim/faults', { path: '/cgi-bin/token', kind: 'errcode', errcode: -1, times: 2 })
    const errcode = async () => (await (await ask()).json()).errcode
    expect((await bench.get('/cgi-bin/stable_token')).errcode).toBe(43002)
    expect([await errcode(), await errcode(), await errcode()]).toEqual([-1, -1, 40013])
    expect(await bench.get('/_sim/faults')).toEqual([])
  })

  it('strike a share of the calls', async () => {
    await bench.post('/_sim/faults', { path: '/cgi-bin/*', kind: 'http_5xx', status: 503, rate: 0.5 })
    const statuses = [await ask(), await ask(), await ask(), await ask()].map(({ status }) => status)
    expect(statuses).toEqual([200, 503, 200, 503])
    await fetch(`${bench.url}/_sim/faults`, { method: 'DELETE' })
    expect((await ask()).status).toBe(200)
  })

  it('may be garbage, slowness, silence or a broken connection', async () => {
    await bench.post('/_sim/faults', { kind: 'garbage', times: 1 })
    expect(await (await ask()).text()).toMatch(/^<html>/)
    await bench.post('/_sim/faults', { kind: 'slow', ms: 1, times: 1 })
    expect((await ask()).status).toBe(200)
    await bench.post('/_sim/faults', { kind: 'timeout', times: 1 })
    await expect(fetch(`${bench.url}/cgi-bin/token`, { signal: AbortSignal.timeout(50) })).rejects.toThrow()
    const account = await bench.account()
    await bench.post('/_sim/faults', { kind: 'reset_after_accept', path: '/cgi-bin/token', times: 1 })
    await expect(bench.token(account)).rejects.toThrow()
    // It was accepted before the connection broke: the call counts.
    const path = `/cgi-bin/openapi/quota/get?access_token=${await bench.token(account)}`
    expect((await bench.post(path, { cgi_path: '/cgi-bin/token' })).quota.used).toBe(2)
    expect(await bench.get('/_sim/calls')).toMatchObject({ '/cgi-bin/token': 5 })
  })
})
