import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../src/index.ts'
import { Bench, type Receiver, startReceiver } from './harness.ts'

const MINUTE = 60_000

let bench: Bench
let site: Receiver
let account: Account
// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
let person: any

beforeEach(async () => {
  bench = await Bench.start()
  site = await startReceiver()
  site.answer = () => ({ body: '<!doctype html><title>Landed</title>' })
  account = await bench.account({ open_platform: 'group' })
  person = await bench.person()
})
afterEach(async () => {
  await bench.simulator.close()
  await site.close()
})

function address(fields: Record<string, string> = {}, fragment = '#wechat_redirect'): string {
  const query = {
    appid: account.appid,
    redirect_uri: `${site.url}?x=1`,
    response_type: 'code',
    scope: 'snsapi_base',
    state: 'State1',
    ...fields,
  }
  return `${bench.url}/connect/oauth2/authorize?${new URLSearchParams(query)}${fragment}`
}

const open = (url: string, grant?: unknown) => bench.post(`/_sim/people/${person.id}/open`, { url, grant })
const follow = () => bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid })
const landed = () => Object.fromEntries(site.received.at(-1)?.query ?? [])

const exchange = (code: string, fields: Record<string, string> = {}) =>
  bench.get(
    `/sns/oauth2/access_token?${new URLSearchParams({ appid: account.appid, secret: account.secret, code, grant_type: 'authorization_code', ...fields })}`,
  )

async function codeFor(scope: string, grant: unknown = true): Promise<string> {
  await open(address({ scope }), grant)
  return landed().code ?? ''
}

describe('snsapi_base', () => {
  it('goes through silently and tells the openid alone', async () => {
    expect(await open(address())).toMatchObject({ title: 'Landed', status: 200 })
    expect(landed()).toEqual({ x: '1', code: expect.stringMatching(/^\w{32}$/), state: 'State1' })
    const token = await exchange(landed().code ?? '')
    expect(token).toMatchObject({ openid: person.openids[account.appid], scope: 'snsapi_base', expires_in: 7200 })
    expect([token.is_snapshotuser, token.unionid]).toEqual([undefined, undefined])
    expect(token.openid).toHaveLength(28)
    const profile = `/sns/userinfo?access_token=${token.access_token}&openid=${token.openid}&lang=zh_CN`
    expect(await bench.get(profile)).toMatchObject({ errcode: 48001 })
  })

  it('gives the openid that following gives', async () => {
    const { openid } = await exchange(await codeFor('snsapi_base'))
    await follow()
    const info = await bench.get(`/cgi-bin/user/info?access_token=${await bench.token(account)}&openid=${openid}`)
    expect(info).toMatchObject({ subscribe: 1, openid })
  })
})

describe('a phone set to English', () => {
  beforeEach(() => bench.send('PATCH', `/_sim/people/${person.id}`, { language: 'en' }))

  it('is asked in English', async () => {
    const page = await open(address({ scope: 'snsapi_userinfo' }))
    expect(page.title).toBe('Authorization')
    expect(page.text).toContain(`${account.name} asks`)
    expect(page.forms[0].buttons.map((button: { text: string }) => button.text)).toEqual(['Allow', 'Reject'])
    expect((await bench.get(`/_sim/people/${person.id}/page`)).html).toContain('<html lang="en">')
  })

  it('is refused in English', async () => {
    const page = await open(address({ scope: '' }))
    expect(page).toMatchObject({ title: 'scope must not be empty' })
    expect(page.text).toContain('Error code: 10010')
  })
})

describe('snsapi_userinfo', () => {
  it('asks; allowed, it tells nickname and unionid', async () => {
    const page = await open(address({ scope: 'snsapi_userinfo' }))
    expect(page).toMatchObject({ title: '网页授权', status: 200 })
    expect(page.text).toContain(account.name)
    expect(page.forms[0].buttons).toEqual([
      { name: 'decision', value: 'allow', text: '允许' },
      { name: 'decision', value: 'decline', text: '拒绝' },
    ])
    const button = { name: 'decision', value: 'allow' }
    expect(await bench.post(`/_sim/people/${person.id}/submit`, { button })).toMatchObject({ title: 'Landed' })
    const token = await exchange(landed().code ?? '')
    const profile = await bench.get(`/sns/userinfo?access_token=${token.access_token}&openid=${token.openid}`)
    expect(profile).toMatchObject({
      openid: token.openid,
      nickname: '林小满',
      sex: 0,
      privilege: [],
      unionid: token.unionid,
    })
    expect((await fetch(profile.headimgurl)).headers.get('content-type')).toBe('image/png')
  })

  it('declined, comes back with the state alone', async () => {
    await open(address({ scope: 'snsapi_userinfo' }))
    await bench.post(`/_sim/people/${person.id}/submit`, { button: { text: '拒绝' } })
    expect(landed()).toEqual({ x: '1', state: 'State1' })
    site.received.length = 0
    await open(address({ scope: 'snsapi_userinfo' }), false)
    expect(landed()).toEqual({ x: '1', state: 'State1' })
  })

  it('is silent for followers, unless the popup is forced', async () => {
    await follow()
    expect(await open(address({ scope: 'snsapi_userinfo' }))).toMatchObject({ title: 'Landed' })
    expect(await open(address({ scope: 'snsapi_userinfo', forcePopup: 'true' }))).toMatchObject({ title: '网页授权' })
  })

  it('is one unionid for the accounts of one open platform, and another openid', async () => {
    const first = await exchange(await codeFor('snsapi_userinfo'))
    account = await bench.account({ open_platform: 'group' })
    const second = await exchange(await codeFor('snsapi_userinfo'))
    account = await bench.account({ open_platform: 'other' })
    const third = await exchange(await codeFor('snsapi_userinfo'))
    expect(second.unionid).toBe(first.unionid)
    expect(third.unionid).not.toBe(first.unionid)
    expect(new Set([first.openid, second.openid, third.openid]).size).toBe(3)
    account = await bench.account()
    expect(await exchange(await codeFor('snsapi_userinfo'))).not.toHaveProperty('unionid')
  })

  it.each(['snsapi_userinfo', 'snsapi_base'])('on a snapshot page (%s) tells a made-up person', async (scope) => {
    const token = await exchange(await codeFor(scope, 'snapshot'))
    expect(token.is_snapshotuser).toBe(1)
    expect(token.openid).toMatch(/^o.{27}$/)
    expect(token.openid).not.toBe(person.openids[account.appid])
    const again = await exchange(await codeFor(scope, 'snapshot'))
    expect(again.openid).not.toBe(token.openid)
    const known = `/cgi-bin/user/info?access_token=${await bench.token(account)}&openid=${token.openid}`
    expect(await bench.get(known)).toMatchObject({ errcode: 40003 })
  })
})

describe('a code', () => {
  it('works once', async () => {
    const code = await codeFor('snsapi_base')
    expect(await exchange(code)).toHaveProperty('openid')
    expect(await exchange(code)).toMatchObject({ errcode: 40163 })
  })

  it('works for five minutes', async () => {
    const code = await codeFor('snsapi_base')
    bench.shiftClock(5 * MINUTE)
    expect(await exchange(code)).toMatchObject({ errcode: 42003 })
  })

  it('works for its account, with its secret', async () => {
    const code = await codeFor('snsapi_base')
    const other = await bench.account()
    expect(await exchange(code, { appid: other.appid, secret: other.secret })).toMatchObject({ errcode: 40029 })
    expect(await exchange(code, { secret: 'x' })).toMatchObject({ errcode: 40125 })
    expect(await exchange('')).toMatchObject({ errcode: 41008 })
    expect(await exchange(code, { grant_type: 'code' })).toMatchObject({ errcode: 40002 })
    expect(await exchange('made-up')).toMatchObject({ errcode: 40029 })
    expect(await exchange(code)).toHaveProperty('openid')
  })
})

describe('a user token', () => {
  it('ends after two hours and is refreshed for thirty days', async () => {
    const token = await exchange(await codeFor('snsapi_userinfo'))
    const auth = (value: string, openid = token.openid) => bench.get(`/sns/auth?access_token=${value}&openid=${openid}`)
    const refresh = (value = token.refresh_token) =>
      bench.get(`/sns/oauth2/refresh_token?appid=${account.appid}&grant_type=refresh_token&refresh_token=${value}`)
    expect(await auth(token.access_token)).toMatchObject({ errcode: 0 })
    expect(await auth(token.access_token, 'oOther')).toMatchObject({ errcode: 40003 })
    expect(await auth('made-up')).toMatchObject({ errcode: 40001 })
    bench.shiftClock(120 * MINUTE)
    expect(await auth(token.access_token)).toMatchObject({ errcode: 42001 })
    const fresh = await refresh()
    expect(fresh).toMatchObject({ openid: token.openid, scope: 'snsapi_userinfo' })
    expect(await auth(fresh.access_token)).toMatchObject({ errcode: 0 })
    expect(await refresh('made-up')).toMatchObject({ errcode: 40030 })
    bench.shiftClock(30 * 24 * 60 * MINUTE)
    expect(await refresh()).toMatchObject({ errcode: 42002 })
  })
})

describe('the authorise page refuses', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an empty appid', { appid: '' }, '10012'],
    ['an unknown appid', { appid: 'wxsim0000000000000' }, '10016'],
    ['an empty redirect_uri', { redirect_uri: '' }, '10011'],
    ['an address that is none', { redirect_uri: 'javascript:alert(1)' }, '10003'],
    ['an empty scope', { scope: '' }, '10010'],
    ['an unknown scope', { scope: 'snsapi_login' }, '10005'],
    ['an empty state', { state: '' }, '10013'],
    ['a state with other characters', { state: 'a-b' }, 'state 参数错误'],
    ['a state of 129 bytes', { state: 'a'.repeat(129) }, 'state 参数错误'],
    ['another response_type', { response_type: 'token' }, 'response_type'],
  ])('%s', async (_, fields, message) => {
    const page = await open(address(fields))
    expect(`${page.title} ${page.text}`).toContain(message)
    expect(site.received).toEqual([])
  })

  it('a link without #wechat_redirect', async () => {
    expect((await open(address({}, ''))).text).toContain('#wechat_redirect')
  })

  it('a host that is not the registered one', async () => {
    await bench.send('PATCH', `/_sim/accounts/${account.appid}`, { oauth_domain: 'www.example.com' })
    expect((await open(address())).text).toContain('10003')
    await bench.send('PATCH', `/_sim/accounts/${account.appid}`, { oauth_domain: '127.0.0.1' })
    expect(await open(address())).toMatchObject({ title: 'Landed' })
  })

  it('an account without the right', async () => {
    account = await bench.account({ kind: 'subscription', verified: true })
    expect((await open(address())).text).toContain('10005')
  })

  it('on a test account, whoever does not follow', async () => {
    account = await bench.account({ kind: 'test' })
    expect((await open(address())).text).toContain('10006')
    await follow()
    expect(await open(address())).toMatchObject({ title: 'Landed' })
  })

  it('a browser that is not WeChat, and a made-up phone', async () => {
    for (const headers of [{}, { 'x-simulated-wechat': 'made-up;true;%23wechat_redirect' }]) {
      const answer = await fetch(address(), { headers, redirect: 'manual' })
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('请在微信客户端打开链接')])
    }
  })

  it('somebody else’s consent', async () => {
    await open(address({ scope: 'snsapi_userinfo' }))
    const request = (await bench.get(`/_sim/people/${person.id}/page`)).html.match(/name="request" value="(\w+)"/)?.[1]
    const thief = await bench.person('贼')
    await bench.post(`/_sim/people/${thief.id}/open`, { url: address({ scope: 'snsapi_userinfo', state: 'Other' }) })
    const form = bench.world.browsers.of(bench.world.people.get(thief.id)).page?.forms[0]
    const hidden = form?.controls.find(({ name }) => name === 'request')
    if (hidden === undefined || request === undefined) throw new Error('no consent form')
    hidden.value = request
    const answer = await bench.post(`/_sim/people/${thief.id}/submit`, { button: { value: 'allow' } })
    expect(answer.text).toContain('授权请求已失效')
  })
})
