import { afterAll, beforeAll, expect, test } from 'vitest'
import { begin, codeFor, handBrowser } from './hand-browser.ts'
import { type Harness, startHarness } from './harness.ts'
import { countRows } from './wire.ts'

/** What WeChat answers to an OAuth code instead of what it should. */
let answer: (() => Response) | undefined
let asked = 0
let world: Harness
beforeAll(async () => {
  world = await startHarness({
    fetch: async (input, init) => {
      if (!answer || !String(input instanceof Request ? input.url : input).includes('/sns/oauth2/access_token'))
        return fetch(input, init)
      asked += 1
      return answer()
    },
  })
})
afterAll(() => world.close())

const json = { 'content-type': 'application/json' }
test.each<[string, () => Response]>([
  [
    'a page of HTML',
    () => new Response('<html><body>502 Bad Gateway</body></html>', { headers: { 'content-type': 'text/html' } }),
  ],
  ['half a document', () => new Response('{"access_token":"x","openid":"o', { headers: json })],
  ['an errcode that is a text', () => new Response('{"errcode":"40029","errmsg":"invalid code"}', { headers: json })],
  ['two megabytes', () => new Response(`{"access_token":"${'x'.repeat(2_000_000)}"}`, { headers: json })],
  ['an empty object', () => new Response('{}', { headers: json })],
])('%s from WeChat proves nobody, breaks nothing and asks to try again [B43]', async (_name, wrong) => {
  const flow = await world.createFlow()
  const person = await world.newPerson()
  const { links } = await world.scan(person, flow.qr.content)
  const { browser, state, back, authorize } = await begin(links[0] ?? '')
  const code = await codeFor(world, person, authorize)
  const before = await countRows(world)
  asked = 0
  answer = wrong
  const page = await browser.go(`${back}?code=${code}&state=${state}`)
  answer = undefined
  expect(asked).toBe(1)
  expect(page.status).toBe(502)
  expect(page.html).not.toContain('name="decision"')
  expect(page.html).toContain('请稍后再试')
  expect(page.html).toContain(`href="${new URL(links[0] ?? '').pathname}"`)
  expect(await countRows(world)).toEqual(before)
  expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state).toBe('scanned')
  expect((await world.decide(person, 'confirm')).status).toBe(200)
})

const gatewayError = () => new Response('<html><body>502 Bad Gateway</body></html>', { status: 502 })

/** WeChat answers wrongly to the proof that the page behind `url` asks for. @returns the page after it, its address, and the browser that shows it */
async function failed(person: string, url: string, language: string) {
  const inWechat = handBrowser({ 'user-agent': 'Mozilla/5.0 MicroMessenger/8.0.50', 'accept-language': language })
  const { browser, state, back, authorize } = await begin(url, inWechat)
  const code = await codeFor(world, person, authorize)
  const at = `${back}?code=${code}&state=${state}`
  answer = gatewayError
  const page = await browser.go(at)
  answer = undefined
  expect(page.status).toBe(502)
  return { page, browser, at }
}

/** The one way on that a notice has. */
const wayOn = (html: string) => /<a class="button" href="([^"]+)"[^>]*>([^<]+)/.exec(html)?.slice(1) ?? []

test.each([
  ['en', 'Start again', /Reloading this page does not help/],
  ['zh-CN', '重新开始', /刷新本页没有用/],
])(
  'after WeChat’s trouble a page in %s leads back to where the person came from, and on from there [B43]',
  async (language, label, hint) => {
    const flow = await world.createFlow()
    const person = await world.newPerson()
    const { links } = await world.scan(person, flow.qr.content)
    const confirm = links[0] ?? ''
    for (const url of [confirm, `${world.base}/me`]) {
      const { page, browser, at } = await failed(person, url, language)
      const path = new URL(url).pathname
      expect(wayOn(page.html)).toEqual([path, label])
      expect(page.html).toMatch(hint)
      // What a refresh gives, and why it is not what the page asks for.
      expect((await browser.go(at)).status).toBe(400)
      const again = await begin(world.base + path, browser)
      const code = await codeFor(world, person, again.authorize)
      const proved = await browser.go(`${again.back}?code=${code}&state=${again.state}`)
      expect([proved.status, proved.headers.get('location')]).toEqual([303, path])
    }
    expect((await world.decide(person, 'confirm')).status).toBe(200)
  },
)
