import { afterAll, beforeAll, expect, test } from 'vitest'
import { begin, codeFor } from './hand-browser.ts'
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
  expect(await countRows(world)).toEqual(before)
  expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state).toBe('scanned')
  expect((await world.decide(person, 'confirm')).status).toBe(200)
})
