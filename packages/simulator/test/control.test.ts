import http from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { guardControl } from '../src/control/guard.ts'
import { Bench } from './harness.ts'

let bench: Bench

beforeEach(async () => {
  bench = await Bench.start()
})
afterEach(() => bench.simulator.close())

/** fetch sets Host and Origin itself; this does not. */
function request(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    http
      .request(`${bench.url}${path}`, { method, headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      .on('error', reject)
      .end(body)
  })
}

const JSON_BODY = { 'content-type': 'application/json' }

describe('the control API', () => {
  it.each([
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example:80', 403],
    ['localhost:8090', 200],
    ['127.0.0.1', 200],
    ['[::1]:8090', 200],
  ])('under the host name %s answers %i', async (host, status) => {
    expect(await request('GET', '/_sim/people', { host })).toBe(status)
  })

  it('answers no other machine', () => {
    const from = (remoteAddress: string) => () =>
      guardControl({
        raw: { socket: { remoteAddress } },
        headers: { host: 'localhost' },
        method: 'GET',
        url: '/',
      } as never)
    for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '']) expect(from(address)).toThrow(/this machine/)
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(from(address)).not.toThrow()
  })

  it('takes JSON from no foreign page and nothing that a form can send', async () => {
    const origin = bench.url
    expect(await request('POST', '/_sim/people', { ...JSON_BODY, origin }, '{"name":"x"}')).toBe(200)
    expect(
      await request('POST', '/_sim/people', { ...JSON_BODY, origin: 'https://evil.example' }, '{"name":"x"}'),
    ).toBe(403)
    expect(await request('POST', '/_sim/people', { ...JSON_BODY, origin: 'null' }, '{"name":"x"}')).toBe(403)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
      expect(await request('POST', '/_sim/reset', { 'content-type': type }, '{}')).toBe(400)
    expect(await request('POST', '/_sim/reset', {})).toBe(400)
  })

  it('lets a framed page act only by its page’s number', async () => {
    const person = await bench.person()
    const path = `/_sim/people/${person.id}/visit-form?page=guess&form=0`
    expect(await request('POST', path, { origin: 'null' })).toBe(409)
    await bench.post(`/_sim/people/${person.id}/open`, { url: `${bench.url}/connect/oauth2/authorize` })
    expect(await request('POST', path, { origin: 'null' })).toBe(409)
  })

  it('says no to what it does not know or cannot read', async () => {
    expect(await bench.get('/_sim/people/p_nobody')).toMatchObject({ error: 'unknown_person' })
    expect(await bench.get('/_sim/accounts/wxsim0')).toMatchObject({ error: 'unknown_account' })
    expect(await bench.get('/_sim/pushes/push_0')).toMatchObject({ error: 'unknown_push' })
    expect(await bench.post('/_sim/people')).toMatchObject({
      error: 'bad_field',
      message: expect.stringContaining('name'),
    })
    expect(await bench.account({ kind: 'personal' })).toMatchObject({ error: 'bad_field' })
    expect(await bench.account({ token: 'no!' })).toMatchObject({ error: 'bad_token' })
    expect(await bench.account({ encoding_aes_key: 'short' })).toMatchObject({ error: 'bad_encoding_aes_key' })
    expect(await bench.account({ callback_url: 'ftp://x' })).toMatchObject({ error: 'bad_callback_url' })
    expect(await request('POST', '/_sim/people', JSON_BODY, '{"name":')).toBe(400)
    expect(await bench.post('/_sim/clock', { offset_ms: '1' })).toMatchObject({ error: 'bad_field' })
  })
})

describe('accounts', () => {
  it('are made up, but in the shape of real ones', async () => {
    const account = await bench.account()
    expect(account).toMatchObject({
      appid: expect.stringMatching(/^wxsim[0-9a-f]{13}$/),
      secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      original_id: expect.stringMatching(/^gh_[0-9a-f]{12}$/),
      token: expect.stringMatching(/^\w{32}$/),
      encoding_aes_key: expect.stringMatching(/^\w{43}$/),
      kind: 'service',
      verified: true,
      mode: 'safe',
      followers: 0,
    })
  })

  it('take given credentials and later changes', async () => {
    const given = {
      appid: 'wxsim0123456789abc',
      secret: 'a'.repeat(32),
      original_id: 'gh_0123456789ab',
      token: 'abc123',
    }
    expect(await bench.account(given)).toMatchObject(given)
    const changed = await bench.send('PATCH', `/_sim/accounts/${given.appid}`, { name: '虎符', mode: 'compatible' })
    expect(changed).toMatchObject({ ...given, name: '虎符', mode: 'compatible' })
    expect(await bench.get('/_sim/accounts')).toEqual([changed])
  })

  it('introduced again, keep their followers and take what is new', async () => {
    const { appid, token } = await bench.account()
    const person = await bench.person()
    await bench.post(`/_sim/people/${person.id}/follow`, { account: appid })
    expect(await bench.account({ appid, secret: 'b'.repeat(32) })).toMatchObject({
      appid,
      token,
      secret: 'b'.repeat(32),
      followers: 1,
    })
    expect(await bench.get('/_sim/accounts')).toHaveLength(1)
  })
})

describe('people', () => {
  it('have a phone in Chinese or English', async () => {
    const { id, language } = await bench.post('/_sim/people', { name: 'Ada' })
    expect(language).toBe('zh-CN')
    expect(await bench.post('/_sim/people', { name: 'Bea', language: 'en' })).toMatchObject({ language: 'en' })
    expect(await bench.send('PATCH', `/_sim/people/${id}`, { language: 'en' })).toMatchObject({ id, language: 'en' })
    expect(await bench.get(`/_sim/people/${id}`)).toMatchObject({ language: 'en' })
    expect(await bench.send('PATCH', `/_sim/people/${id}`, { language: 'fr' })).toMatchObject({ error: 'bad_field' })
    expect(await bench.send('PATCH', '/_sim/people/p_nobody', { language: 'en' })).toMatchObject({
      error: 'unknown_person',
    })
  })

  it('have an openid for every account, the same after a new start under the same names', async () => {
    const person = await bench.post('/_sim/people', { name: '林', id: 'lin' })
    const { appid } = await bench.account({ appid: 'wxsim0123456789abc' })
    const before = (await bench.get('/_sim/people/lin')).openids[appid]
    expect(person.openids).toEqual({})
    await bench.post('/_sim/reset')
    expect(await bench.get('/_sim/people')).toEqual([])
    await bench.account({ appid })
    expect((await bench.post('/_sim/people', { name: '林', id: 'lin' })).openids[appid]).toBe(before)
  })

  it('follow once, and talk only to whom they follow', async () => {
    const account = await bench.account()
    const person = await bench.person()
    const act = (path: string, body: object = {}) =>
      bench.post(`/_sim/people/${person.id}/${path}`, { account: account.appid, ...body })
    expect(await act('say', { text: 'x' })).toMatchObject({ error: 'not_following' })
    expect(await act('unfollow')).toEqual({ push: null })
    expect(await act('follow')).toEqual({ push: expect.stringMatching(/^push_/) })
    expect(await act('follow')).toEqual({ push: null })
    expect((await bench.get(`/_sim/people/${person.id}`)).follows).toEqual([account.appid])
    expect(await bench.get(`/_sim/people/${person.id}/sms`)).toEqual([])
    expect(await bench.get('/_sim/mail?to=x')).toEqual([])
  })
})

describe('the clock', () => {
  it('is shifted and set back by a reset', async () => {
    const { now } = await bench.post('/_sim/clock', { offset_ms: 3600_000 })
    expect(Date.parse(now) - Date.now()).toBeGreaterThan(3590_000)
    await bench.post('/_sim/reset')
    expect((await bench.get('/_sim/clock')).offset_ms).toBe(0)
  })
})

describe('the stream of changes', () => {
  it('says what to read again', async () => {
    const stop = new AbortController()
    const answer = await fetch(`${bench.url}/_sim/events`, { signal: stop.signal })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const person = await bench.person()
    let text = ''
    for await (const bytes of answer.body ?? []) {
      text += Buffer.from(bytes).toString()
      if (text.includes(person.id)) break
    }
    stop.abort()
    expect(text).toContain(`event: change\ndata: {"kind":"people","person":"${person.id}"}\n\n`)
  })
})

describe('the phone page', () => {
  it('is served as plain files, and nothing beside its folder', async () => {
    const root = await fetch(`${bench.url}/`, { redirect: 'manual' })
    expect([root.status, root.headers.get('location')]).toEqual([302, '/phone/'])
    const page = await fetch(`${bench.url}/phone/`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.headers.get('x-frame-options')).toBeNull()
    for (const path of [
      '/phone/..%2fpackage.json',
      '/phone/%2e%2e/package.json',
      '/phone/.hidden.json',
      '/phone/no.html',
    ])
      expect((await fetch(`${bench.url}${path}`)).status).toBe(404)
  })
})
