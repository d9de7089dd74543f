import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, type NewFlow, type Page, startHarness } from './harness.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness({ app: { registration: 'auto' } })
})
afterAll(() => world.close())

function open(person: string, path: string): Promise<Page> {
  return world.sim('POST', `/people/${person}/open`, { url: world.base + path })
}

function press(person: string, action: string, fields: Record<string, string> = {}, name = 'do'): Promise<Page> {
  return world.sim('POST', `/people/${person}/submit`, { button: { name, value: action }, fields })
}

async function redeem(flow: NewFlow, key?: string): Promise<{ user: { id: string; is_new: boolean } }> {
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const answer = await world.api<{ user: { id: string; is_new: boolean } }>(
    'POST',
    `/v1/flows/${flow.id}/redeem`,
    { completion_code: body.completion_code },
    key ? { key } : {},
  )
  expect(answer.status).toBe(200)
  return answer.body
}

/** Logs somebody in at the site. */
async function comeIn(person: string, flow?: NewFlow) {
  const begun = flow ?? (await world.createFlow({ kind: 'login', browser: { user_agent: firefox } }))
  await world.scan(person, begun.qr.content)
  await world.decide(person, 'confirm')
  return { flow: begun, ...(await redeem(begun)) }
}

/** Links somebody with a user of the site, and carries the six digits. */
async function link(person: string, externalUserId: string): Promise<NewFlow> {
  const flow = await world.createFlow({ kind: 'bind', external_user_id: externalUserId })
  await world.scan(person, flow.qr.content)
  const page = await world.decide(person, 'confirm')
  await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: page.outputs.code })
  await redeem(flow)
  return flow
}

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0'

/** A browser on a PC that runs no scripts. */
function createBrowser() {
  const jar = new Map<string, string>()
  async function go(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
    const response = await fetch(world.base + path, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'user-agent': firefox,
        'accept-language': 'en',
        ...(form && { 'content-type': 'application/x-www-form-urlencoded', origin: world.base }),
        ...headers,
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=')
      if (/Max-Age=0|Expires=Thu, 01 Jan 1970/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const html = await response.text()
    return { status: response.status, to: response.headers.get('location'), html, headers: response.headers }
  }
  async function token(path = '/me'): Promise<string> {
    return /name="form_token" value="([^"]+)"/.exec((await go(path)).html)?.[1] ?? ''
  }
  return { jar, go, token }
}

/** Scans what /login shows a browser without scripts, and types the six digits. */
async function logIn(person: string, browser = createBrowser()) {
  await browser.go('/login/plain', { do: 'begin' })
  const [id] = (browser.jar.get('hufu_login') ?? '').split('.')
  const flow = await world.app.flows.find(id ?? '')
  await world.scan(person, flow?.qr_content ?? '')
  const page = await world.decide(person, 'confirm')
  const end = await browser.go('/login/plain', { do: 'next', code: page.outputs.code ?? '' })
  return { browser, end }
}

describe('in WeChat', () => {
  test('a person who is known reads who they are here, after silent OAuth', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    const page = await open(person, '/me')
    expect(page.status).toBe(200)
    expect(page.text).toContain('示例商店')
    expect(page.text).toContain('Firefox')
    expect(page.text).toContain(world.account.name)
  })

  test('a person who is not known reads that, and nothing is made of it', async () => {
    const person = await world.newPerson()
    const page = await open(person, '/me')
    expect(page.text).toContain('没有与您有关的信息')
  })

  test('a person turns the notices of a site off and on again, and the site reads it in reach', async () => {
    const person = await world.newPerson()
    const { user } = await comeIn(person)
    const isMuted = async () => {
      const { body } = await world.api<{ data: { muted: boolean }[] }>('GET', `/v1/users/${user.id}/reach`)
      return body.data.map(({ muted }) => muted)
    }
    expect((await open(person, '/me')).text).toContain('微信通知')
    expect((await press(person, 'mute')).text).toContain('该网站不再给您发通知')
    expect(await isMuted()).toEqual([true])
    const say = (text: string) => world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text })
    await say('恢复订阅')
    expect(await isMuted()).toEqual([false])
    await say('退订')
    expect((await open(person, '/me')).text).toContain('已关闭')
    expect((await press(person, 'unmute')).text).toContain('该网站可以再给您发通知')
    expect(await isMuted()).toEqual([false])
  })

  test('nobody sets the notices of a site that does not know them', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    const { app } = await world.app.apps.add({ name: '别的网站', allowedOrigins: [] })
    await open(person, '/me')
    const page: Page = await world.sim('POST', `/people/${person}/submit`, {
      button: { name: 'do', value: 'mute' },
      fields: { id: app.id },
    })
    expect(page.status).toBe(404)
    expect((await open(person, '/me')).text).toContain('已开启')
  })

  test('a person takes the site and the WeChat apart, and the site hears of it', async () => {
    const person = await world.newPerson()
    const flow = await link(person, 'shopper-1')
    await open(person, '/me')
    await open(person, `/me/ask?do=leave&id=${world.site.id}`)
    const page = await press(person, 'leave')
    expect(page.text).toContain('已断开')
    expect((await open(person, '/me')).text).toContain('没有与您有关的信息')
    const found = await world.api<{ data: object[] }>('GET', '/v1/users?external_user_id=shopper-1')
    expect(found.body.data).toEqual([])
    expect(await feedOf(flow)).toContain('binding.removed')
  })

  test('a site that knows a person by nothing of its own is left, too, and the question says what goes', async () => {
    const person = await world.newPerson()
    const { user, flow } = await comeIn(person)
    await open(person, '/me')
    const question = await open(person, `/me/ask?do=leave&id=${world.site.id}`)
    expect(question.text).toContain('该网站仅凭微信认识您')
    expect(question.text).toContain('一切信息都会被删除')
    expect((await press(person, 'leave')).text).toContain('已断开')
    expect((await world.api('GET', `/v1/users/${user.id}`)).status).toBe(404)
    expect(await feedOf(flow)).toContain('user.deleted')
    expect((await open(person, '/me')).text).toContain('没有与您有关的信息')
  })

  test('one site of two is left, and the other stays', async () => {
    const { apiKey } = await world.addSite({ registration: 'auto' })
    const person = await world.newPerson()
    const { user } = await comeIn(person)
    const { body: other } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
    await world.scan(person, other.qr.content)
    await world.decide(person, 'confirm')
    const known = await redeem(other, apiKey)
    await open(person, '/me')
    const question = await open(person, `/me/ask?do=leave&id=${world.site.id}`)
    expect(question.text).not.toContain('一切信息都会被删除')
    expect((await press(person, 'leave')).text).toContain('您与该网站已解除绑定')
    expect((await world.api('GET', `/v1/users/${user.id}`)).status).toBe(404)
    expect((await world.api('GET', `/v1/users/${known.user.id}`, undefined, { key: apiKey })).status).toBe(200)
  })

  test('the only way in is kept, and the page says why [T44]', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    await open(person, '/me')
    await open(person, await unlinkPath(person))
    const answer = await press(person, 'unlink')
    expect(answer.status).toBe(409)
    expect(answer.text).toContain('唯一的登录方式')
  })

  test('a WeChat beside another way in is unlinked, and who came in by it is in no more [B48]', async () => {
    const person = await world.newPerson()
    await link(person, 'shopper-2')
    const { browser } = await logIn(person)
    await open(person, '/me')
    await open(person, await unlinkPath(person))
    expect((await press(person, 'unlink')).status).toBe(200)
    expect((await browser.go('/me')).to).toBe('/login')
    const again = await world.api<{ data: { accounts: string[] }[] }>('GET', '/v1/users?external_user_id=shopper-2')
    expect(again.body.data[0]?.accounts).toEqual([])
  })
})

describe('on a PC, without scripts', () => {
  test('scanning and six digits open the page', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    const { browser, end } = await logIn(person)
    expect(end.to).toBe('/me')
    const page = await browser.go('/me')
    expect(page.html).toContain('Sign-ins with your WeChat')
    expect(page.html).toContain('示例商店')
  })

  test('a scan alone opens nothing, and the phone must say yes first', async () => {
    const person = await world.newPerson()
    const browser = createBrowser()
    await browser.go('/login/plain', { do: 'begin' })
    const [id] = (browser.jar.get('hufu_login') ?? '').split('.')
    await world.scan(person, (await world.app.flows.find(id ?? ''))?.qr_content ?? '')
    const page = await browser.go('/login/plain', { do: 'next' })
    expect(page.status).toBe(422)
    expect(page.html).toContain('has not confirmed yet')
    expect((await browser.go('/me')).to).toBe('/login')
  })

  test('wrong digits are told, and five of them end it', async () => {
    const person = await world.newPerson()
    const browser = createBrowser()
    await browser.go('/login/plain', { do: 'begin' })
    const [id] = (browser.jar.get('hufu_login') ?? '').split('.')
    await world.scan(person, (await world.app.flows.find(id ?? ''))?.qr_content ?? '')
    const { outputs } = await world.decide(person, 'confirm')
    const wrong = outputs.code === '000000' ? '111111' : '000000'
    const asks = await browser.go('/login/plain', { do: 'next' })
    expect(asks.status).toBe(200)
    expect(asks.html).toMatch(/name="code"(?![^>]*aria-invalid)/)
    expect(asks.html).not.toContain('role="alert"')
    expect((await browser.go('/login/plain', { do: 'next', code: wrong })).html).toContain('not the six digits')
    for (let tries = 0; tries < 3; tries++) await browser.go('/login/plain', { do: 'next', code: wrong })
    expect((await browser.go('/login/plain', { do: 'next', code: wrong })).html).toContain('is over')
  })

  test('a WeChat that nobody is known by gets no session', async () => {
    const person = await world.newPerson()
    const { browser, end } = await logIn(person)
    expect(end.to).toBe('/login/unknown')
    expect(browser.jar.has('hufu_session')).toBe(false)
  })

  test('a flow of another browser cannot be finished by naming it [T17]', async () => {
    const [mine, theirs] = [createBrowser(), createBrowser()]
    await mine.go('/login/plain', { do: 'begin' })
    const [id] = (mine.jar.get('hufu_login') ?? '').split('.')
    theirs.jar.set('hufu_login', `${id}.bs_${'A'.repeat(43)}`)
    const answer = await theirs.go('/login?plain')
    expect(answer.html).not.toContain('<svg xmlns')
  })
})

describe('a session', () => {
  test('a form of another site, or without the page’s own token, does nothing [T44]', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    const { browser } = await logIn(person)
    const token = await browser.token()
    const foreign = await browser.go(
      '/me',
      { do: 'erase', id: '', form_token: token },
      { origin: 'https://evil.example' },
    )
    expect(foreign.status).toBe(403)
    expect((await browser.go('/me', { do: 'erase', id: '' })).status).toBe(403)
    expect((await browser.go('/me')).status).toBe(200)
  })

  test('what cannot be undone asks who you are again after ten minutes [T44]', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    const { browser } = await logIn(person)
    const token = await browser.token()
    world.clock.advance(11 * 60_000)
    const answer = await browser.go('/me', { do: 'erase', id: '', form_token: token })
    expect(answer.status).toBe(403)
    expect(answer.html).toContain('show again who you are')
    expect((await browser.go('/me')).status).toBe(200)
  })

  test('a link is disowned, and a copy given, only to who has just shown who they are [T44]', async () => {
    const person = await world.newPerson()
    const { flow: login } = await comeIn(person)
    const bound = await link(person, 'shopper-5')
    const { browser } = await logIn(person)
    const token = await browser.token()
    world.clock.advance(11 * 60_000)
    const answer = await browser.go('/me', { do: 'disown', id: await signInOf(bound), form_token: token })
    expect(answer.status).toBe(403)
    expect(answer.html).toContain('show again who you are')
    const copy = await browser.go('/me/export.json')
    expect(copy.status).toBe(403)
    expect(copy.html).not.toContain('sign_ins')
    const { body } = await world.api<{ data: { accounts: string[] }[] }>('GET', '/v1/users?external_user_id=shopper-5')
    expect(body.data[0]?.accounts).toHaveLength(1)
    const told = await browser.go('/me', { do: 'disown', id: await signInOf(login), form_token: token })
    expect(told.status).toBe(200)
  })

  test('is over after “not me” and after leaving the last site, and the page says so', async () => {
    const person = await world.newPerson()
    const { flow } = await comeIn(person)
    const first = (await logIn(person)).browser
    const disown = { do: 'disown', id: await signInOf(flow), form_token: await first.token() }
    expect((await first.go('/me', disown)).html).toContain('Thank you for telling us')
    expect(first.jar.has('hufu_session')).toBe(false)
    const second = (await logIn(person)).browser
    const leave = { do: 'leave', id: world.site.id, form_token: await second.token() }
    expect((await second.go('/me', leave)).html).toContain('Disconnected')
    expect(second.jar.has('hufu_session')).toBe(false)
  })

  test('cannot speak for what is not its own: the page does not thank [T44]', async () => {
    const [person, other] = [await world.newPerson(), await world.newPerson()]
    await comeIn(person)
    const { flow } = await comeIn(other)
    const { browser } = await logIn(person)
    const token = await browser.token()
    const foreign = await browser.go('/me', { do: 'disown', id: await signInOf(flow), form_token: token })
    expect(foreign.status).toBe(404)
    expect((await browser.go('/me', { do: 'sign_out', id: 'se_nobody', form_token: token })).status).toBe(404)
    expect((await browser.go('/me', { do: 'leave', id: 'app_nobody', form_token: token })).status).toBe(404)
    expect((await browser.go('/me')).status).toBe(200)
  })

  test('others are signed out from afar, and their cookies are worth nothing [B48]', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    const [here, elsewhere] = [(await logIn(person)).browser, (await logIn(person)).browser]
    const answer = await here.go('/me', { do: 'sign_out_elsewhere', form_token: await here.token() })
    expect(answer.to).toBe('/me?done=signed_out_elsewhere')
    expect((await elsewhere.go('/me')).to).toBe('/login')
    expect((await here.go('/me')).status).toBe(200)
  })

  test('ends after half an hour of rest, and after a day in any case', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    const { browser } = await logIn(person)
    world.clock.advance(31 * 60_000)
    expect((await browser.go('/me')).to).toBe('/login')
    const second = (await logIn(person)).browser
    for (let step = 0; step < 58; step++) {
      world.clock.advance(25 * 60_000)
      await second.go('/me')
    }
    expect((await second.go('/me')).to).toBe('/login')
  })

  test('a copy holds what is known, in clear', async () => {
    const person = await world.newPerson()
    const { user } = await comeIn(person)
    const { browser } = await logIn(person)
    const { html } = await browser.go('/me/export.json')
    expect(html).toContain(user.id)
    expect(JSON.parse(html).sign_ins.length).toBeGreaterThan(0)
  })

  test('erasing leaves nobody: the WeChat is a stranger’s, the session is over, the site is told', async () => {
    const person = await world.newPerson()
    const { user, flow } = await comeIn(person)
    const { browser } = await logIn(person)
    const answer = await browser.go('/me', { do: 'erase', id: '', form_token: await browser.token() })
    expect(answer.html).toContain('Erased')
    expect((await browser.go('/me')).to).toBe('/login')
    expect((await world.api('GET', `/v1/users/${user.id}`)).status).toBe(404)
    expect(await feedOf(flow)).toContain('user.deleted')
    expect((await open(person, '/me')).text).toContain('没有与您有关的信息')
  })
})

describe('“not me”', () => {
  const tokenOf = async (flow: NewFlow) => world.app.signIns.token(await signInOf(flow))

  test('is offered in the chat after a login and after a link, with site, browser and time', async () => {
    const person = await world.newPerson()
    await comeIn(person)
    await link(person, 'shopper-4')
    await world.app.housekeep()
    const chat = await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)
    const notices = chat.filter(({ text = '' }: { text?: string }) => text.includes('不是我'))
    expect(notices.map(({ text }: { text: string }) => text)).toEqual([
      expect.stringMatching(/^已用您的微信登录 示例商店 \(shop\.example\.com\)。\nWindows 上的 Firefox · \d\d:\d\d\n/),
      expect.stringMatching(/^您的微信已绑定到 示例商店 \(shop\.example\.com\) 的账号。\n\d\d:\d\d\n/),
    ])
    const page: Page = await world.sim('POST', `/people/${person}/open`, { url: notices[0].links[0].url })
    expect(page.text).toContain('这不是您本人操作？')
  })

  test('is not said to who does not follow, or whose account may not say it', async () => {
    const stranger = await world.newPerson({ follows: false })
    const flow = await world.createFlow({ kind: 'login', entry: 'page' })
    await world.sim('POST', `/people/${stranger}/open`, { url: flow.qr.content })
    await press(stranger, 'confirm', {}, 'decision')
    await redeem(flow)
    await world.app.housekeep()
    expect(await world.sim('GET', `/people/${stranger}/chat?account=${world.account.appid}`)).toEqual([])
  })

  test('ends sessions, tells the site, and asks for six digits for a week', async () => {
    const person = await world.newPerson()
    const { flow } = await comeIn(person)
    const { browser } = await logIn(person)
    await open(person, `/not-me/${await tokenOf(flow)}`)
    expect((await press(person, 'disown')).text).toContain('谢谢告知')
    expect((await browser.go('/me')).to).toBe('/login')
    expect(await feedOf(flow)).toContain('login.disowned')
    const next = await world.createFlow()
    await world.scan(person, next.qr.content)
    const page = await world.decide(person, 'confirm')
    expect(page.outputs.code).toMatch(/^\d{6}$/)
    world.clock.advance(8 * 24 * 3_600_000)
    const later = await world.createFlow()
    await world.scan(person, later.qr.content)
    expect((await world.decide(person, 'confirm')).outputs.code).toBeUndefined()
  })

  test('a scan that would have confirmed by itself does not, for that week', async () => {
    const { app, apiKey } = await world.addSite({ loginAssurance: 'instant', registration: 'auto' })
    const person = await world.newPerson()
    const { flow } = await comeIn(person)
    await open(person, `/not-me/${await tokenOf(flow)}`)
    await press(person, 'disown')
    const { body: next } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
    await world.scan(person, next.qr.content)
    const { body } = await world.browser('GET', `/v1/flows/${next.id}`, next.secret)
    expect([body.state, body.assurance]).toEqual(['scanned', 'code'])
    expect(app.assurance.login).toBe('instant')
  })

  test('is for the one it was sent to, nobody else [T25]', async () => {
    const [person, other] = [await world.newPerson(), await world.newPerson()]
    const { flow } = await comeIn(person)
    const page = await open(other, `/not-me/${await tokenOf(flow)}`)
    expect(page.status).toBe(403)
    expect(page.text).not.toContain('示例商店')
    expect((await open(person, `/not-me/${'a'.repeat(58)}`)).status).toBe(404)
  })

  test('“it was me” changes nothing', async () => {
    const person = await world.newPerson()
    const { flow } = await comeIn(person)
    const { browser } = await logIn(person)
    const question = await open(person, `/not-me/${await tokenOf(flow)}`)
    expect(question.text).toContain('有人用您的微信登录了“示例商店”')
    expect((await press(person, 'was_me')).text).toContain('没有任何变动')
    expect((await browser.go('/me')).status).toBe(200)
    expect(await feedOf(flow)).not.toContain('login.disowned')
    expect((await open(person, `/not-me/${await tokenOf(flow)}`)).text).toContain('是我本人')
  })

  test('a link that was not wanted is taken apart, and the WeChat stays guarded', async () => {
    const person = await world.newPerson()
    const flow = await link(person, 'shopper-3')
    await open(person, `/not-me/${await tokenOf(flow)}`)
    await press(person, 'disown')
    const { body } = await world.api<{ data: { accounts: string[] }[] }>('GET', '/v1/users?external_user_id=shopper-3')
    expect(body.data[0]?.accounts).toEqual([])
    expect(await feedOf(flow)).toContain('binding.removed')
    const next = await world.createFlow()
    await world.scan(person, next.qr.content)
    expect((await world.decide(person, 'confirm')).outputs.code).toMatch(/^\d{6}$/)
  })
})

async function signInOf(flow: NewFlow): Promise<string> {
  const rows = await world.app.store.db.selectFrom('sign_ins').select('id').where('flow_id', '=', flow.id).execute()
  return rows[0]?.id ?? ''
}

async function feedOf(flow: NewFlow): Promise<string[]> {
  const { body } = await world.api<{ data: { type: string; data: object }[] }>('GET', '/v1/events?limit=1000')
  const at = body.data.findIndex(({ data }) => JSON.stringify(data).includes(flow.id))
  return body.data.slice(at).map(({ type }) => type)
}

/** Where the page's own link leads, for this person's WeChat. */
async function unlinkPath(person: string): Promise<string> {
  const { openids } = await world.sim('GET', `/people/${person}`)
  const index = world.app.users.wechatIndex(world.account.appid, openids[world.account.appid])
  const rows = await world.app.store.db.selectFrom('identities').select('id').where('value_index', '=', index).execute()
  return `/me/ask?do=unlink&id=${rows[0]?.id}`
}
