import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, startCompany } from './companies.ts'
import { addSimulated, type Page } from './harness.ts'
import { logIn, openPc } from './pc.ts'

/** Hufu's own login where several Official Accounts are served, of every kind. */
let company: Company
let a: string
let b: string
/** A subscription account: it may hear and answer, and nothing else. */
let chat: { appid: string; name: string; followQr: string }
beforeAll(async () => {
  company = await startCompany(1)
  a = company.accounts[0] ?? ''
  // Of another open platform: who is known by one is a stranger to the other.
  b = await company.addAccount(null)
  chat = await addSimulated(company.world, { kind: 'subscription', verified: false })
})
afterAll(() => company.world.close())

const nameOf = (appid: string) => company.world.app.accounts.find(appid)?.name ?? ''
const open = (person: string, path: string): Promise<Page> =>
  company.world.sim('POST', `/people/${person}/open`, { url: company.world.base + path })

async function somebodyOf(appid: string): Promise<string> {
  const person = await company.world.newPerson({ follows: false })
  await company.enter(person, appid)
  return person
}

/** Scans and confirms through an account that is not the world's own. @returns the digits */
async function confirm(person: string, appid: string, content: string): Promise<string> {
  const { world } = company
  await world.sim('POST', `/people/${person}/scan`, { content })
  const said = await world.sim('GET', `/people/${person}/chat?account=${appid}`)
  const url = said.findLast((entry: { links?: unknown[] }) => entry.links?.length)?.links[0].url
  await world.sim('POST', `/people/${person}/open`, { url })
  const page: Page = await world.sim('POST', `/people/${person}/submit`, {
    button: { name: 'decision', value: 'confirm' },
  })
  return page.outputs.code ?? ''
}

describe('/login', () => {
  test('names the account it begins with, and offers the others by name', async () => {
    const { html } = await openPc(company.world).go('/login')
    expect(html).toContain(`start-url="/login/start?account=${a}"`)
    for (const appid of [b, chat.appid]) {
      expect(html).toContain(`href="/login?account=${appid}"`)
      expect(html).toContain(nameOf(appid))
    }
    const chosen = await openPc(company.world).go(`/login?account=${b}&to=password`)
    expect(chosen.html).toContain(`finish-url="/login/finish?account=${b}&amp;to=password"`)
    expect(chosen.html).toContain(`href="/login?account=${a}&amp;to=password"`)
  })

  test('by the account that is chosen, its people come in', async () => {
    const person = await somebodyOf(b)
    const pc = openPc(company.world)
    await pc.go(`/login/plain?account=${b}`, { do: 'begin' })
    const flow = await pc.flow()
    expect(flow).toMatchObject({ appid: b, assurance: 'code' })
    const code = await confirm(person, b, flow?.qr_content ?? '')
    expect((await pc.go(`/login/plain?account=${b}`, { do: 'next', code })).to).toBe('/me')
    expect((await pc.go('/me')).html).toContain(nameOf(b))
  })

  test('whoever changes the account gets another QR code, by script and without', async () => {
    const pc = openPc(company.world)
    const start = async (query: string) => {
      const cookie = [...pc.jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(`${company.world.base}/login/start${query}`, {
        method: 'POST',
        headers: { cookie, origin: company.world.base, 'content-type': 'application/json' },
        body: '{}',
      })
      const [kept = ''] = response.headers.getSetCookie()
      if (kept) pc.jar.set('hufu_login', decodeURIComponent(kept.slice(kept.indexOf('=') + 1, kept.indexOf(';'))))
      const { id, account } = (await response.json()) as { id: string; account: { appid: string } }
      return { id, appid: account.appid }
    }
    const first = await start('')
    expect(first.appid).toBe(a)
    expect(await start(`?account=${a}`)).toEqual(first)
    const second = await start(`?account=${b}`)
    expect(second.appid).toBe(b)
    expect((await pc.go(`/login?plain&account=${a}`)).html).not.toContain('<svg xmlns')
  })

  test('an account that is not there, or may let nobody in, is told, with a way on', async () => {
    const { world } = company
    const plaintext = await company.addAccount(null)
    await world.app.accounts.change(plaintext, { mode: 'plaintext' })
    for (const account of ['wx0000000000000000', plaintext]) {
      const page = await openPc(world).go(`/login?account=${account}&to=password`)
      expect(page.status).toBe(404)
      expect(page.html).toContain('Nobody can log in by this account')
      expect(page.html).toContain('href="/login?to=password"')
      expect((await openPc(world).go(`/login/plain?account=${account}`, { do: 'begin' })).status).toBe(404)
    }
    expect((await openPc(world).go('/login')).html).not.toContain(plaintext)
    expect((await open(await world.newPerson(), '/me?account=wx0000000000000000')).text).toContain(
      '无法通过该公众号登录',
    )
  })
})

describe('a person who is unknown by one account', () => {
  test('is led to the others, on a PC', async () => {
    const { world } = company
    const { end } = await logIn(world, await world.newPerson())
    expect(end.to).toBe(`/login/unknown?account=${a}`)
    const { html } = await openPc(world).go(end.to ?? '')
    expect(html).toContain(`href="/login?account=${b}"`)
    expect(html).not.toContain(`account=${a}`)
  })

  test('is led to the others in WeChat, and each link proves anew who they are there', async () => {
    const person = await somebodyOf(b)
    const unknown = await open(person, '/me')
    expect(unknown.text).toContain('没有与您有关的信息')
    const link = unknown.links.find(({ text }) => text === nameOf(b))
    expect(new URL(link?.url ?? '').pathname + new URL(link?.url ?? '').search).toBe(`/me?account=${b}`)
    const known = await open(person, `/me?account=${b}`)
    expect(known.text).toContain('登录和绑定记录')
    expect((await open(person, `/me?account=${a}`)).text).toContain('没有与您有关的信息')
    expect((await open(person, `/login?account=${b}`)).text).toContain('登录和绑定记录')
  })

  test('on a PC, the same link leads to the login by that account', async () => {
    expect((await openPc(company.world).go(`/me?account=${b}`)).to).toBe(`/login?account=${b}`)
  })
})

describe('an account that has nothing but its chat', () => {
  const query = () => `?account=${chat.appid}`

  async function say(person: string, text: string): Promise<string> {
    await company.world.sim('POST', `/people/${person}/say`, { account: chat.appid, text })
    const said = await company.world.sim('GET', `/people/${person}/chat?account=${chat.appid}`)
    return said.at(-1).text
  }

  /** Somebody whom a site knows by this account. */
  async function somebodyOfChat(): Promise<string> {
    const { world } = company
    const { id } = await world.sim('POST', '/people', { name: 'somebody' })
    await world.sim('POST', `/people/${id}/follow`, { account: chat.appid, content: chat.followQr })
    const flow = await world.createFlow({ kind: 'login', account: chat.appid })
    await say(id, flow.chat_code ?? '')
    const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    await say(id, body.number ?? '')
    const { body: done } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    expect((await company.redeem(flow, done.completion_code ?? '')).status).toBe(200)
    return id
  }

  test('lets its people in by the code in the chat, the two digits of the page, and the six of the chat', async () => {
    const person = await somebodyOfChat()
    const pc = openPc(company.world)
    await pc.go(`/login/plain${query()}`, { do: 'begin' })
    const shown = await pc.go(`/login${query()}&plain`)
    expect(shown.html).toContain('<svg xmlns')
    const code = /<output name="chat_code">([^<]+)</.exec(shown.html)?.[1] ?? ''
    expect(code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/)
    await say(person, code)
    const asks = await pc.go(`/login/plain${query()}`, { do: 'next' })
    expect(asks.status).toBe(200)
    const number = /<output name="number">(\d\d)</.exec(asks.html)?.[1] ?? ''
    const digits = /\b(\d{6}|\d{3} \d{3})\b/.exec(await say(person, number))?.[1] ?? ''
    expect((await pc.go(`/login${query()}&plain`)).html).toContain('name="code"')
    expect((await pc.go(`/login/plain${query()}`, { do: 'next', code: digits })).to).toBe('/me')
    expect((await pc.go('/me')).html).toContain(chat.name)
  })

  test('a code that another WeChat types lets nobody else in: who confirms is who is in', async () => {
    const [person, other] = [await somebodyOfChat(), await somebodyOfChat()]
    const pc = openPc(company.world)
    await pc.go(`/login/plain${query()}`, { do: 'begin' })
    const shown = await pc.go(`/login${query()}&plain`)
    const code = /<output name="chat_code">([^<]+)</.exec(shown.html)?.[1] ?? ''
    await say(person, code)
    await say(other, code)
    const number = /<output name="number">(\d\d)</.exec((await pc.go(`/login${query()}&plain`)).html)?.[1] ?? ''
    await say(other, number)
    expect((await pc.go(`/login/plain${query()}`, { do: 'next', code: '000000' })).status).toBe(200)
    expect((await pc.go('/me')).to).toBe('/login')
  })

  test('a verified one tells of a login in the chat, and “not me” leads where its people can say so', async () => {
    const { world } = company
    const said = await addSimulated(world, { kind: 'subscription', verified: true })
    const { id } = await world.sim('POST', '/people', { name: 'somebody' })
    await world.sim('POST', `/people/${id}/follow`, { account: said.appid, content: said.followQr })
    const type = (text: string) => world.sim('POST', `/people/${id}/say`, { account: said.appid, text })
    const flow = await world.createFlow({ kind: 'login', account: said.appid })
    await type(flow.chat_code ?? '')
    const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    await type(body.number ?? '')
    const { body: done } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    expect((await company.redeem(flow, done.completion_code ?? '')).status).toBe(200)
    await world.app.housekeep()
    const chat = await world.sim('GET', `/people/${id}/chat?account=${said.appid}`)
    const [link] = chat.at(-1).links
    expect(link).toMatchObject({ text: '不是我', url: `${world.base}/me?account=${said.appid}` })
    const page: Page = await world.sim('POST', `/people/${id}/open`, { url: link.url })
    expect(new URL(page.url).pathname).toBe('/login')
    expect(page.status).toBe(200)
  })

  test('inside WeChat it shows its page, since WeChat says nothing of who holds the phone', async () => {
    const person = await somebodyOfChat()
    const page = await open(person, `/me${query()}`)
    expect(new URL(page.url).pathname).toBe('/login')
    expect(page.title).toBe('查看与您有关的信息')
  })
})
