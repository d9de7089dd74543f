import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { begin, codeFor, handBrowser } from './hand-browser.ts'
import { addSimulated, type Harness, type NewFlow, type Page, startHarness } from './harness.ts'
import { countRows, look } from './wire.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

async function scanned(body?: object): Promise<{ flow: NewFlow; person: string; link: string }> {
  const flow = await world.createFlow(body)
  const person = await world.newPerson()
  const { links } = await world.scan(person, flow.qr.content)
  return { flow, person, link: links[0] ?? '' }
}

function open(person: string, url: string, more: object = {}): Promise<Page> {
  return world.sim('POST', `/people/${person}/open`, { url, ...more })
}

async function stateOf(flow: NewFlow): Promise<string> {
  return (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state
}

async function oauthCalls(): Promise<number> {
  return (await world.sim('GET', '/calls'))['/sns/oauth2/access_token'] ?? 0
}

describe('who holds the phone', () => {
  test('a state that is missing, doubled, foreign or used is 400, and WeChat is not asked [B38, T27]', async () => {
    const { link, flow, person } = await scanned()
    const { browser, state, back, authorize } = await begin(link)
    const code = await codeFor(world, person, authorize)
    const other = await begin(link)
    const calls = await oauthCalls()
    const attempts: [typeof browser, string][] = [
      [browser, `?code=${code}`],
      [browser, `?code=${code}&state=${state}&state=${state}`],
      [browser, `?code=${code}&state=${'a'.repeat(43)}`],
      [browser, `?code=${code}&state=${state}x`],
      [browser, `?code=${code}&state=${other.state}`],
      [other.browser, `?code=${code}&state=${state}`],
      [handBrowser(), `?code=${code}&state=${state}`],
    ]
    for (const [asker, query] of attempts) {
      const answer = await asker.go(back + query)
      expect(answer.status).toBe(400)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    const elsewhere = back.replace(world.account.appid, 'wxsim000000000000')
    expect((await browser.go(`${elsewhere}?code=${code}&state=${state}`)).status).toBe(400)
    expect(await oauthCalls()).toBe(calls)
    expect((await browser.go(`${back}?code=${code}&state=${state}`)).status).toBe(303)
    expect((await browser.go(`${back}?code=${code}&state=${state}`)).status).toBe(400)
    expect(await oauthCalls()).toBe(calls + 1)
    expect(await stateOf(flow)).toBe('scanned')
  })

  test('a state of one account on the callback of another proves nobody, whichever code comes with it [T31]', async () => {
    const { link, flow, person } = await scanned()
    const other = await addSimulated(world, { kind: 'service', verified: true })
    const { browser, state, back, authorize } = await begin(link)
    const there = back.replace(world.account.appid, other.appid)
    const atOther = new URL(authorize)
    atOther.searchParams.set('appid', other.appid)
    const codes = [await codeFor(world, person, authorize), await codeFor(world, person, atOther)]
    expect(new Set([...codes, '']).size).toBe(3)
    const [calls, rows] = [await oauthCalls(), await countRows(world)]
    for (const code of codes) {
      const answer = await browser.go(`${there}?code=${code}&state=${state}`)
      expect([answer.status, answer.headers.getSetCookie(), answer.headers.get('location')]).toEqual([400, [], null])
    }
    expect([await oauthCalls(), await countRows(world)]).toEqual([calls, rows])
    expect((await browser.go(link)).headers.get('location')).toMatch(/connect\/oauth2\/authorize/)
    expect(await stateOf(flow)).toBe('scanned')
    // Not used up by it either: at home it proves who holds the phone.
    expect((await browser.go(`${back}?code=${codes[0]}&state=${state}`)).status).toBe(303)
  })

  test('a state is good for ten minutes [T27]', async () => {
    const { link, person } = await scanned({ kind: 'login', expires_in: 1800 })
    const { browser, state, back, authorize } = await begin(link)
    const code = await codeFor(world, person, authorize)
    world.clock.advance(600_001)
    expect((await browser.go(`${back}?code=${code}&state=${state}`)).status).toBe(400)
  })

  test.each([40163, 40029])(
    'a code that WeChat calls used or expired (%i) starts again, and nobody is proved [B39]',
    async (errcode) => {
      const { link, person, flow } = await scanned()
      await world.sim('POST', '/faults', { path: '/sns/oauth2/access_token', kind: 'errcode', errcode, times: 1 })
      const page = await open(person, link)
      expect(page).toMatchObject({ status: 200, forms: [] })
      expect(await stateOf(flow)).toBe('scanned')
      expect((await open(person, link)).forms).toHaveLength(1)
    },
  )

  test.each(['http_5xx', 'garbage'])(
    'WeChat in trouble (%s) asks the person to try again, and breaks nothing [B43]',
    async (kind) => {
      const { link, person } = await scanned()
      await world.sim('POST', '/faults', { path: '/sns/oauth2/access_token', kind })
      expect(await open(person, link)).toMatchObject({ status: 502, forms: [] })
      await world.sim('DELETE', '/faults')
      expect((await open(person, link)).forms).toHaveLength(1)
    },
  )

  test('a person who declines to be recognised is offered to retry [B40]', async () => {
    const { link, flow } = await scanned()
    const { browser, state, back } = await begin(link)
    const answer = await browser.go(`${back}?state=${state}`)
    expect(answer.status).toBe(200)
    expect(answer.html).toContain(new URL(link).pathname)
    expect(await stateOf(flow)).toBe('scanned')
  })

  test('a snapshot user is told why, and nothing is written [B41, T30]', async () => {
    const { link, person, flow } = await scanned()
    const before = await countRows(world)
    expect(await open(person, link, { grant: 'snapshot' })).toMatchObject({ status: 409, forms: [] })
    expect(await countRows(world)).toEqual(before)
    expect(await stateOf(flow)).toBe('scanned')
  })

  test('another person with the link sees nothing of it [B30, T25]', async () => {
    const { link, flow } = await scanned({ kind: 'bind', external_user_id: 'ada', display_name: 'ada@example.com' })
    const page = await open(await world.newPerson(), link)
    expect(page).toMatchObject({ status: 403, forms: [] })
    expect(page.text).not.toMatch(/ad•••|示例商店/)
    expect(await stateOf(flow)).toBe('scanned')
  })

  test('an openid in the link, the cookie or the form changes nothing [T24]', async () => {
    const { link, person, flow } = await scanned()
    const openid = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
    const thief = await world.newPerson()
    expect((await open(thief, `${link}?openid=${openid}`)).status).toBe(403)
    const browser = handBrowser()
    browser.jar.set('openid', openid)
    browser.jar.set('hufu_phone', Buffer.from(JSON.stringify({ openid, flowId: flow.id })).toString('base64url'))
    expect((await browser.go(link)).status).toBe(302)
    expect(
      (await browser.go(link, { method: 'POST', body: new URLSearchParams({ decision: 'confirm', openid }) })).status,
    ).toBe(403)
    expect(await stateOf(flow)).toBe('scanned')
  })
})

describe('the form', () => {
  async function proved(body?: object) {
    const { flow, person, link } = await scanned(body)
    const { browser, state, back, authorize } = await begin(link)
    await browser.go(`${back}?code=${await codeFor(world, person, authorize)}&state=${state}`)
    const { html } = await browser.go(link)
    const formToken = /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? ''
    const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      browser.go(link, { method: 'POST', headers, body: new URLSearchParams(fields) })
    return { flow, link, formToken, post, browser, person }
  }

  test('without its token, with another’s, or from another origin it is 403 [B30]', async () => {
    const { flow, post, formToken } = await proved()
    const other = await proved()
    const attempts: [Record<string, string>, Record<string, string>?][] = [
      [{ decision: 'confirm' }],
      [{ decision: 'confirm', form_token: '' }],
      [{ decision: 'confirm', form_token: other.formToken }],
      [{ decision: 'confirm', form_token: formToken }, { origin: 'https://evil.example' }],
      [{ decision: 'confirm', form_token: formToken }, { origin: 'null' }],
      [{ decision: 'decline' }],
    ]
    for (const attempt of attempts) expect((await post(...attempt)).status).toBe(403)
    expect((await post({ form_token: formToken, decision: 'maybe' })).status).toBe(400)
    expect(await stateOf(flow)).toBe('scanned')
    expect((await post({ decision: 'confirm', form_token: formToken }, { origin: world.base })).status).toBe(303)
    expect(await stateOf(flow)).toBe('confirmed')
  })

  test('looking ten times confirms nothing; the tap then works, once [T26]', async () => {
    const { flow, link, post, browser, formToken } = await proved()
    for (let n = 0; n < 10; n++) {
      await browser.go(link)
      await browser.go(link, { method: 'HEAD' })
    }
    expect(await stateOf(flow)).toBe('scanned')
    expect((await post({ decision: 'confirm', form_token: formToken })).status).toBe(303)
    expect((await post({ decision: 'decline', form_token: formToken })).status).toBe(410)
    expect(await stateOf(flow)).toBe('confirmed')
  })

  test('after the PC cancelled, or the time is over, it is 410 and nothing is bound [B32]', async () => {
    const cancelled = await proved({ kind: 'bind', external_user_id: 'left' })
    await world.browser('DELETE', `/v1/flows/${cancelled.flow.id}`, cancelled.flow.secret)
    const expired = await proved({ kind: 'login', expires_in: 30 })
    world.clock.advance(31_000)
    for (const { post, formToken, flow, person, link } of [cancelled, expired]) {
      expect((await post({ decision: 'confirm', form_token: formToken })).status).toBe(410)
      expect((await open(person, link)).status).toBe(410)
      expect(['cancelled', 'expired']).toContain(await stateOf(flow))
    }
    expect((await world.api('GET', '/v1/users?external_user_id=left')).body).toMatchObject({ data: [] })
  })

  test('the proof of one flow is no proof for another', async () => {
    const [one, other] = [await proved(), await scanned()]
    expect((await one.browser.go(other.link)).status).toBe(302)
    one.browser.jar.set('hufu_phone', `${one.browser.jar.get('hufu_phone')?.slice(0, -2)}AA`)
    expect((await one.browser.go(one.link)).status).toBe(302)
  })
})

test('a link that is not genuine is not found, whatever is wrong with it', async () => {
  const { link } = await scanned()
  for (const url of [link.slice(0, -1) + (link.endsWith('a') ? 'b' : 'a'), `${world.base}/confirm/x`, `${link}a`])
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(404)
})

test('no page may be kept, framed, or tell the next where it came from; none runs a script [T22]', async () => {
  const { link } = await scanned()
  for (const url of [link, `${world.base}/confirm/x`, `${world.base}/oauth/wechat/${world.account.appid}`]) {
    const { headers } = await fetch(url, { redirect: 'manual' })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  }
})

test('opening the flow inside WeChat needs the person’s own tap, and the table of states stays whole', async () => {
  const flow = await world.createFlow()
  const { wechat_url: url = '' } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const [first, second] = [await world.newPerson(), await world.newPerson()]
  expect((await open(first, url)).forms).toHaveLength(1)
  expect((await open(second, url)).forms).toHaveLength(1)
  expect(await stateOf(flow)).toBe('waiting')
  const submit = (person: string) =>
    world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: 'confirm' } })
  await submit(first)
  expect((await submit(second)).status).toBe(403)
  expect(await stateOf(flow)).toBe('confirmed')
  expect(await look(world, 'SELECT * FROM flows WHERE id = ? AND scanner_index IS NOT NULL', flow.id)).toHaveLength(1)
})

test.each([
  ['expired', async (flow: NewFlow) => void (flow.id && world.clock.advance(31 * 60_000))],
  ['cancelled', (flow: NewFlow) => world.browser('DELETE', `/v1/flows/${flow.id}`, flow.secret)],
])('a flow that is %s sends who came by the site’s own page back to it, not to a code', async (_, end) => {
  const flow = await world.createFlow()
  await end(flow)
  const page = await open(await world.newPerson(), flow.wechat_url ?? '')
  expect(page.status).toBe(410)
  expect(page.text).toContain('重新开始')
  expect(page.text).not.toMatch(/扫|二维码|电脑/)
})

test('who came from the site’s own page inside WeChat reads of that page, not of scanning or a computer', async () => {
  const flow = await world.createFlow({ kind: 'login', assurance: 'code' })
  const person = await world.newPerson()
  const open = () => world.sim('POST', `/people/${person}/open`, { url: flow.wechat_url })
  const asked = await open()
  expect(asked.text).toContain('如果不是您刚才在网页里点了“在微信中继续”，请点拒绝。')
  const button = { name: 'decision', value: 'confirm' }
  const page = await world.sim('POST', `/people/${person}/submit`, { button })
  expect(page.text).toContain('回到刚才的网页，输入这六位数字')
  await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: page.outputs.code })
  const done = await open()
  expect(done.text).toContain('回到刚才的网页即可继续')
  for (const { text } of [asked, page, done]) expect(text).not.toMatch(/扫|电脑/)
})
