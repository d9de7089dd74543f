import { inflateSync } from 'node:zlib'
import { correction, generate } from 'lean-qr'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, platform, startCompany } from './companies.ts'
import { addSimulated, type Page } from './harness.ts'

let company: Company
let world: Company['world']
let a: string
let b: string
let c: string
beforeAll(async () => {
  company = await startCompany(3)
  world = company.world
  const [first = '', second = '', third = ''] = company.accounts
  a = first
  b = second
  c = third
  await world.app.housekeep()
  await world.app.accounts.reload()
})
afterAll(() => world.close())

const account = (appid: string) => world.app.accounts.get(appid)
const open = (person: string, url: string): Promise<Page> =>
  world.sim('POST', `/people/${person}/open`, { url: url.startsWith('/') ? world.base + url : url })
const linkTo = (page: Page, text: string) => page.links.find((link) => link.text === text)?.url
const more = '我们的其他公众号'
const beside = (appid: string) => world.app.invitations.pathBeside(appid) ?? ''
const get = async (path: string) => (await fetch(world.base + path)).text()
const pictures = (html: string) =>
  [...html.matchAll(/<img src="data:image\/png;base64,([^"]+)"/g)].map(([, data]) => data)

/** The modules of a code, read from the picture as a phone would: by their middle. */
function modulesOf(base64: string): string {
  const png = Buffer.from(base64, 'base64')
  const width = png.readInt32BE(16)
  const start = png.indexOf('IDAT')
  const rows = inflateSync(png.subarray(start + 4, start + 4 + png.readInt32BE(start - 4)))
  const stride = 1 + Math.ceil(width / 8)
  const scale = 6
  const lines = []
  for (let y = 4 * scale + 3; y < width - 4 * scale; y += scale) {
    let line = ''
    for (let x = 4 * scale + 3; x < width - 4 * scale; x += scale) {
      line += ((rows[y * stride + 1 + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1 ? '#' : '.'
    }
    lines.push(line)
  }
  return lines.join('\n')
}

function drawn(content: string): string {
  const code = generate(content, { minCorrectionLevel: correction.M })
  const each = [...Array(code.size).keys()]
  return each.map((y) => each.map((x) => (code.get(x, y) ? '#' : '.')).join('')).join('\n')
}

describe('the company’s other accounts', () => {
  test('are shown to everybody by name and code, and by nothing else of them', async () => {
    const html = await get(beside(a))
    expect(pictures(html).map((data) => modulesOf(data ?? ''))).toEqual(
      [b, c].map((appid) => drawn(account(appid).followQr)),
    )
    for (const appid of [b, c]) {
      expect(html).toContain(account(appid).name)
      for (const secret of [appid, account(appid).originalId, account(appid).callbackKey]) {
        expect(html).not.toContain(secret)
      }
    }
    expect(html).toContain('长按')
    expect(beside(a)).not.toContain(a)
  })

  test('have a code by which people follow, who are greeted as any follower is', async () => {
    const person = await world.newPerson({ follows: false })
    const content = account(b).followQr
    expect(await world.sim('POST', `/people/${person}/scan`, { content })).toMatchObject({ outcome: 'follow_prompt' })
    await world.sim('POST', `/people/${person}/follow`, { account: b, content })
    await world.sim('POST', `/people/${person}/scan`, { content })
    const chat: { text?: string; from?: string }[] = await world.sim('GET', `/people/${person}/chat?account=${b}`)
    const texts = chat.flatMap(({ text }) => text ?? [])
    expect(texts).toContain(`欢迎关注 ${account(b).name}。`)
    expect(texts.join()).not.toContain('失效')
  })

  test('get their codes once: neither pages nor later rounds ask WeChat again', async () => {
    const contents = [b, c].map((appid) => account(appid).followQr)
    expect(contents).toEqual([expect.stringMatching(/^http:\/\/weixin/), expect.stringMatching(/^http:\/\/weixin/)])
    await world.sim('POST', '/faults', { path: '/cgi-bin/qrcode/create', kind: 'errcode', errcode: 45009 })
    for (let n = 0; n < 3; n++) {
      await world.app.housekeep()
      expect(pictures(await get(beside(a)))).toHaveLength(2)
    }
    await world.sim('DELETE', '/faults')
    expect([b, c].map((appid) => account(appid).followQr)).toEqual(contents)
  })

  test('keep the code that the operator named, and do with WeChat’s page where there is none', async () => {
    const sub = await addSimulated(world, { kind: 'subscription', verified: false })
    await world.app.accounts.change(sub.appid, { openPlatform: platform })
    await world.app.housekeep()
    expect(account(sub.appid).followQr).toBe(sub.followQr)
    await world.sim('POST', '/faults', { path: '/cgi-bin/qrcode/create', kind: 'errcode', errcode: 48001 })
    const late = await company.addAccount('elsewhere')
    await world.app.accounts.change(late, { openPlatform: platform })
    await world.app.housekeep()
    await world.sim('DELETE', '/faults')
    expect(account(late).followQr).toContain('/qr/code?username=')
    expect(pictures(await get(beside(a)))).toHaveLength(4)
    for (const appid of [sub.appid, late]) await world.app.accounts.change(appid, { openPlatform: 'elsewhere' })
  })

  test('are none for an account of its own, and nothing is linked', async () => {
    const lone = await company.addAccount('its-own')
    const person = await world.newPerson({ follows: false })
    const { page } = await company.confirmed(person, lone)
    expect(linkTo(page, more)).toBeUndefined()
    expect(beside(lone)).toBe('')
    expect((await fetch(`${world.base}/follow/aaaaaaaaaaaaaaaaaaaaaaaaaa`)).status).toBe(404)
  })
})

describe('who has confirmed on the phone', () => {
  test('is led to those that they do not follow yet', async () => {
    const person = await world.newPerson({ follows: false })
    await company.enter(person, b)
    const { page } = await company.enter(person, a)
    const shown = await open(person, linkTo(page, more) ?? '')
    expect(shown.status).toBe(200)
    expect(shown.text).toContain(account(c).name)
    expect(shown.text).not.toContain(account(b).name)
  })

  test('and follows all is led nowhere', async () => {
    const person = await world.newPerson({ follows: false })
    for (const appid of [b, c, a]) await company.enter(person, appid)
    const { page } = await company.enter(person, a)
    expect(linkTo(page, more)).toBeUndefined()
    // Whoever leaves one is shown it again.
    await world.sim('POST', `/people/${person}/unfollow`, { account: c })
    const again = await company.enter(person, a)
    expect((await open(person, linkTo(again.page, more) ?? '')).text).toContain(account(c).name)
  })

  test('is alone in seeing whom they follow: with their address a stranger sees what everybody does [T24]', async () => {
    const person = await world.newPerson({ follows: false })
    await company.enter(person, b)
    const { page } = await company.enter(person, a)
    const url = linkTo(page, more) ?? ''
    const stranger = await world.newPerson()
    for (const seen of [(await open(stranger, url)).text, await (await fetch(url)).text()]) {
      expect(seen).toContain(account(b).name)
      expect(seen).toContain(account(c).name)
    }
    expect((await fetch(url, { redirect: 'manual' })).headers.get('location')).toBe(beside(a))
  })
})

test('a person’s own page leads to those that they do not follow', async () => {
  const person = await world.newPerson({ follows: false })
  await company.enter(person, b)
  const mine = await open(person, `/me?account=${b}`)
  const shown = await open(person, linkTo(mine, more) ?? '')
  expect(shown.text).toContain(account(a).name)
  expect(shown.text).not.toContain(account(b).name)
})
