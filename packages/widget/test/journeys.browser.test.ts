import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { problem } from './fake.ts'
import { english, listenToEvents, shows, useWidget } from './harness.ts'

const widget = useWidget()
function refused(response: ServerResponse, status: number): boolean {
  problem(response, status, 'refused')
  return true
}

const confirmed = { state: 'confirmed', next: 'finish', completion_code: 'cc_1' } as const

test('from the scan to the page behind the login', async () => {
  const { fake } = widget
  const { page, complaints } = await widget.open({ body: english })
  await shows(page, 'waiting')
  fake.advance({ state: 'scanned', next: 'phone' })
  await shows(page, 'scanned')
  fake.advance(confirmed)
  await page.waitForURL('**/home')
  expect((await fake.request('POST', /^\/start/)).body).toEqual({})
  expect((await fake.request('POST', /^\/finish/)).body).toEqual({ completion_code: 'cc_1' })
  expect((await fake.request('POST', /^\/finish/)).headers.cookie).toContain('sid=')
  expect(complaints).toEqual([])
  const toHufu = fake.seen.filter(({ path }) => path.startsWith('/v1/'))
  expect(toHufu.map(({ headers }) => headers.cookie)).toEqual(toHufu.map(() => undefined))
  const addresses = fake.seen.map(({ path, query }) => `${path}?${query}`).join('\n')
  expect(addresses).not.toContain(fake.latest.secret)
})

test('a reload continues with the same flow', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  const { id } = fake.latest.flow
  fake.advance({ state: 'scanned', next: 'enter_code' })
  await shows(page, 'code')
  await page.reload()
  await shows(page, 'code')
  expect(fake.latest.flow.id).toBe(id)
})

test('a stream that is cut twice gives way to long-poll, and long-poll to polling', async () => {
  const { fake } = widget
  fake.fault(({ path }, response) => {
    if (!path.endsWith('/events')) return false
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 10\n\n', () => response.destroy())
    return true
  })
  const long = fake.fault(({ query }, response) => query.has('wait') && refused(response, 502))
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  await fake.request('GET', /^\/v1\/flows\/\w+$/, 3)
  long()
  fake.advance({ state: 'scanned', next: 'phone' })
  await shows(page, 'scanned')
  const kinds = fake.seen
    .filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/'))
    .map(({ path, query }) => (path.endsWith('/events') ? 'stream' : query.has('wait') ? 'wait' : 'poll'))
  expect(kinds.slice(0, 5)).toEqual(['stream', 'stream', 'wait', 'wait', 'poll'])
})

test('long-poll hears a change while it waits', async () => {
  const { fake } = widget
  fake.fault(({ path }, response) => path.endsWith('/events') && refused(response, 503))
  const { page } = await widget.open({ body: english })
  const asked = await fake.request('GET', /^\/v1\/flows\/\w+$/)
  expect(asked.query.get('seen')).toBe('waiting:scan')
  fake.advance({ state: 'scanned', next: 'phone' })
  await shows(page, 'scanned')
  fake.advance({ state: 'declined', next: null })
  await shows(page, 'declined')
})

test('an expired code is renewed three times by itself, then by the button', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  for (let round = 1; round <= 3; round += 1) {
    await shows(page, 'waiting')
    await fake.request('GET', /events$/, round)
    fake.advance({ state: 'expired', next: null })
    expect((await fake.request('POST', /^\/start/, round + 1)).body).toEqual({ renew: true })
  }
  await shows(page, 'waiting')
  await fake.request('GET', /events$/, 4)
  fake.advance({ state: 'expired', next: null })
  await shows(page, 'expired')
  expect(fake.count('POST', /^\/start/)).toBe(4)
  await page.getByRole('button', { name: 'New code' }).click()
  await shows(page, 'waiting')
  expect((await fake.request('POST', /^\/start/, 5)).body).toEqual({ renew: true })
})

test('a hidden page renews nothing until somebody looks again', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  const turn = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value })
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    }, hidden)
  await turn(true)
  fake.advance({ state: 'expired', next: null })
  await shows(page, 'expired')
  expect(fake.count('POST', /^\/start/)).toBe(1)
  await turn(false)
  await shows(page, 'waiting')
  expect(fake.count('POST', /^\/start/)).toBe(2)
})

test('a wrong code says how often one may try, the right one goes on', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  fake.advance({ state: 'scanned', next: 'enter_code' })
  await shows(page, 'code')
  const input = page.getByRole('textbox', { name: 'Enter the six digits' })
  expect(
    await input.evaluate((element) => [element.getAttribute('inputmode'), element.getAttribute('autocomplete')]),
  ).toEqual(['numeric', 'one-time-code'])
  // The field has the focus by itself: nobody was typing elsewhere.
  await page.keyboard.type('000000')
  await page.getByText('Wrong digits, tries left: 4').waitFor()
  expect(await input.getAttribute('aria-invalid')).toBe('true')
  expect(await input.inputValue()).toBe('')
  await page.keyboard.insertText('１２３ ４５６')
  await page.waitForURL('**/home')
  expect((await fake.request('POST', /code$/, 2)).body).toEqual({ code: '123456' })
})

test('the fifth wrong code ends the flow with its reason', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  fake.advance({ state: 'scanned', next: 'enter_code' })
  for (let left = 4; left > 0; left -= 1) {
    await page.locator('input').fill('999999')
    await page.getByText(`tries left: ${left}`).waitFor()
  }
  await page.locator('input').fill('999999')
  await page.getByText('Too many wrong tries').waitFor()
  await page.getByRole('button', { name: 'Scan again' }).click()
  await shows(page, 'waiting')
})

test('starting over gives the flow up and shows another code', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  const { id } = fake.latest.flow
  fake.advance({ state: 'scanned', next: 'phone' })
  await page.getByRole('button', { name: 'Use another WeChat' }).click()
  await shows(page, 'waiting')
  expect(fake.count('DELETE', new RegExp(id))).toBe(1)
  expect(fake.latest.flow.id).not.toBe(id)
})

test('a site that cannot finish gets a new try', async () => {
  const { fake } = widget
  fake.finishWith(502, 'bad gateway')
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  const told = await listenToEvents(page)
  fake.advance(confirmed)
  await shows(page, 'unfinished')
  expect((await told()).at(-1)).toEqual(['hufu-error', { problem: { code: 'http_502', status: 502 } }])
  await page.getByRole('button', { name: 'Scan again' }).click()
  await shows(page, 'waiting')
})

test('the slower of two windows finds the work done', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  fake.fault(({ path }, response) => {
    if (path !== '/finish') return false
    fake.advance({ state: 'completed', next: null })
    problem(response, 410, 'already_redeemed')
    return true
  })
  fake.advance(confirmed)
  await shows(page, 'elsewhere')
  const reloaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Reload' }).click()
  await reloaded
})

test('a site that is busy is asked again when it says', async () => {
  const { fake } = widget
  const busy = fake.fault(({ path }, response) => {
    if (path !== '/start') return false
    response.writeHead(429, { 'retry-after': '1' }).end()
    return true
  })
  const { page } = await widget.open({ body: english })
  await page.getByText('Reconnecting in 1 s').waitFor()
  busy()
  await shows(page, 'waiting')
})

test('without a network the card says so and goes on by itself', async () => {
  const { fake } = widget
  const { page, context } = await widget.open({ body: english })
  await shows(page, 'waiting')
  await context.setOffline(true)
  await page.getByText('You are offline').waitFor()
  fake.advance({ state: 'scanned', next: 'phone' })
  await context.setOffline(false)
  await shows(page, 'scanned')
})
