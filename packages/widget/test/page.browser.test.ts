import { expect, test } from 'vitest'
import type { Flow } from '../src/flow.ts'
import { json } from './fake.ts'
import { english, listenToEvents, shows, useWidget } from './harness.ts'

const widget = useWidget()

test('the page hears every state without the completion code, then where to go, and may stay', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  const told = await listenToEvents(page)
  await shows(page, 'waiting')
  await page.evaluate(() => addEventListener('hufu-done', (event) => event.preventDefault()))
  fake.advance({ state: 'scanned', next: 'phone' })
  await shows(page, 'scanned')
  fake.advance({ state: 'confirmed', next: 'finish', completion_code: 'cc_secret' })
  await shows(page, 'done')
  const events = await told()
  expect(JSON.stringify(events)).not.toMatch(/cc_secret|"secret"/)
  const states = events
    .filter(([name]) => name === 'hufu-state')
    .map(([, detail]) => (detail as { flow: Flow }).flow.state)
  expect(states.slice(-2)).toEqual(['scanned', 'confirmed'])
  expect(events.at(-1)).toEqual(['hufu-done', { redirect: `${fake.siteUrl}/home` }])
  expect(page.url()).toBe(`${fake.siteUrl}/`)
  expect(
    await page.evaluate(() => document.getElementsByTagName('hufu-scan')[0]?.flow?.completion_code),
  ).toBeUndefined()
})

test('without the two URLs the page gives the flow and gets the completion code', async () => {
  const { fake } = widget
  const { flow, secret } = fake.create()
  const { page } = await widget.open({ body: '<hufu-scan lang="en"></hufu-scan>' })
  const told = await listenToEvents(page)
  await page.evaluate((given) => Object.assign(document.getElementsByTagName('hufu-scan')[0] ?? {}, given), {
    flow,
    secret,
    hufu: fake.hufuUrl,
  })
  await shows(page, 'waiting')
  await fake.request('GET', /events$/)
  fake.advance({ state: 'confirmed', next: 'finish', completion_code: 'cc_7' })
  await shows(page, 'finishing')
  expect((await told()).at(-1)).toMatchObject(['hufu-confirmed', { completion_code: 'cc_7', flow: { id: flow.id } }])
  fake.advance({ state: 'completed', next: null })
  await shows(page, 'done')
  expect(
    await page.evaluate(() => (document.getElementsByTagName('hufu-scan')[0] as unknown as { secret: unknown }).secret),
  ).toBe(undefined)
})

test('a flow address and a secret are enough, also when they are set before the element is defined', async () => {
  const { fake } = widget
  const { flow, secret } = fake.create()
  const { page } = await widget.open({ body: '' })
  await page.evaluate(
    ([src, value]) => {
      const element = document.createElement('hufu-scan')
      element.setAttribute('src', String(src))
      Object.defineProperty(element, 'secret', { value, configurable: true, writable: true, enumerable: true })
      document.body.append(element)
    },
    [`${fake.hufuUrl}/v1/flows/${flow.id}`, secret],
  )
  await shows(page, 'waiting')
  fake.advance({ state: 'expired', next: null })
})

test('a page that gave the flow is asked for the next one, at most three times by itself', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: '<hufu-scan lang="en"></hufu-scan>' })
  const told = await listenToEvents(page)
  for (let round = 1; round <= 4; round += 1) {
    const { flow, secret } = fake.create()
    await page.evaluate((given) => Object.assign(document.getElementsByTagName('hufu-scan')[0] ?? {}, given), {
      flow,
      secret,
      hufu: fake.hufuUrl,
    })
    await fake.request('GET', new RegExp(`${flow.id}/events$`))
    await shows(page, 'waiting')
    fake.advance({ state: 'expired', next: null })
    await shows(page, 'expired')
  }
  const asked = async () => (await told()).filter(([name]) => name === 'hufu-renew').map(([, detail]) => detail)
  expect(await asked()).toEqual(Array(3).fill({ automatic: true }))
  await page.getByRole('button', { name: 'New code' }).click()
  expect((await asked()).at(-1)).toEqual({ automatic: false })
})

test('two widgets on a page do not disturb each other', async () => {
  const { fake } = widget
  const { page } = await widget.open({
    body: '<hufu-scan id="a" lang="en" start-url="/start/a"></hufu-scan><hufu-scan id="b" lang="zh-CN" start-url="/start/b"></hufu-scan>',
  })
  await shows(page, 'waiting', '#a')
  await shows(page, 'waiting', '#b')
  const [a, b] = await page.evaluate(() => [...document.querySelectorAll('hufu-scan')].map((one) => one.flow?.id ?? ''))
  expect(a).not.toBe(b)
  fake.change(a ?? '', { state: 'declined', next: null })
  await shows(page, 'declined', '#a')
  await page.getByText('Declined on the phone').waitFor()
  expect(await page.locator('#b [data-screen=waiting]').isVisible()).toBe(true)
})

test('an element taken out of the page stops everything, and goes on when it is put back', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  const { id } = fake.latest.flow
  const closed = new Promise<void>((resolve) => {
    fake.fault(({ path }, response) => {
      if (!path.endsWith('/events')) return false
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n')
      response.on('close', resolve)
      return true
    })
  })
  await page.reload()
  await fake.request('GET', /events$/, 2)
  await page.evaluate(() => {
    const element = document.getElementsByTagName('hufu-scan')[0]
    Object.assign(window, { element })
    element?.remove()
  })
  await closed
  const before = fake.seen.length
  await page.evaluate(() => document.body.append((window as unknown as { element: Element }).element))
  await fake.request('POST', /^\/start/, 3)
  expect(fake.seen.length).toBe(before + 1)
  expect(fake.latest.flow.id).toBe(id)
})

test('the language follows locale, then lang, then the page around, then the browser', async () => {
  const { page } = await widget.open({ body: '<div lang="en-GB"><hufu-scan start-url="/start"></hufu-scan></div>' })
  await page.getByText('Log in with WeChat').waitFor()
  await page.evaluate(() => document.getElementsByTagName('hufu-scan')[0]?.setAttribute('lang', 'zh-TW'))
  await page.getByText('微信扫码登录').waitFor()
  await page.evaluate(() => Object.assign(document.getElementsByTagName('hufu-scan')[0] ?? {}, { locale: 'en' }))
  await page.getByText('Log in with WeChat').waitFor()
  await page.evaluate(() => {
    for (const tagged of document.querySelectorAll('[lang]')) tagged.removeAttribute('lang')
    const element = document.getElementsByTagName('hufu-scan')[0]
    if (element) element.locale = undefined
  })
  await page.getByText('Log in with WeChat').waitFor()
})

test('the theme follows the system unless the attribute says otherwise, and custom properties win', async () => {
  const { fake } = widget
  fake.fault(({ path }, response) => {
    if (path !== '/site.css') return false
    response.writeHead(200, { 'content-type': 'text/css' })
    response.end('.own{--hufu-background:rgb(1, 2, 3)} .own::part(title){color:rgb(4, 5, 6)}')
    return true
  })
  fake.head('<link rel="stylesheet" href="/site.css">')
  const { page } = await widget.open({ body: english, colorScheme: 'dark' })
  const colour = () => page.locator('.card').evaluate((card) => getComputedStyle(card).backgroundColor)
  const theme = (value: string) =>
    page.evaluate((name) => document.getElementsByTagName('hufu-scan')[0]?.setAttribute('theme', name), value)
  await shows(page, 'waiting')
  expect(await colour()).toBe('rgb(28, 31, 30)')
  await theme('light')
  expect(await colour()).toBe('rgb(255, 255, 255)')
  await page.emulateMedia({ colorScheme: 'light' })
  await theme('dark')
  expect(await colour()).toBe('rgb(28, 31, 30)')
  await page.evaluate(() => document.getElementsByTagName('hufu-scan')[0]?.classList.add('own'))
  expect(await colour()).toBe('rgb(1, 2, 3)')
  expect(await page.locator('.title').evaluate((title) => getComputedStyle(title).color)).toBe('rgb(4, 5, 6)')
})

test('it fits into 280 pixels', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english, viewport: { width: 280, height: 600 } })
  await shows(page, 'waiting')
  await page.locator('summary').click()
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
  expect(await fits()).toBe(true)
  fake.advance({ state: 'scanned', next: 'enter_code' })
  await shows(page, 'code')
  expect(await fits()).toBe(true)
})

test('the time left runs down by the clock of the site, and is said to screen readers once', async () => {
  const { fake } = widget
  const now = Math.floor(Date.now() / 1000) * 1000
  const { page } = await widget.open({ path: '/late', body: '' })
  // The browser's time moves only when the test says so; the site is an hour ahead of it. Its Date header counts whole
  // seconds, so up to one second of the thirty-two is taken off.
  await page.clock.setFixedTime(now)
  fake.template({ expires_at: new Date(now + 3_600_000 + 32_000).toISOString() })
  fake.fault(({ path }, response) => {
    if (path !== '/start') return false
    response.setHeader('date', new Date(now + 3_600_000).toUTCString())
    const { flow, secret } = fake.create()
    json(response, 200, { ...flow, secret, hufu: fake.hufuUrl })
    return true
  })
  fake.pages.set('/late', english)
  await page.reload()
  await shows(page, 'waiting')
  const said = page.locator('.away', { hasText: 'Valid for 0:30' })
  expect(await page.locator('hufu-scan [role=timer]').textContent()).toBe('Valid for 0:31')
  expect(await said.count()).toBe(0)
  await page.clock.setFixedTime(now + 1000)
  await said.waitFor({ state: 'attached' })
  expect(await page.locator('hufu-scan [role=timer]').textContent()).toBe('Valid for 0:30')
})

test('a new code begins with the time it has, although the clock of the site is told in whole seconds', async () => {
  const { fake } = widget
  const second = Math.floor(Date.now() / 1000) * 1000
  const { page } = await widget.open({ path: '/fresh', body: '' })
  // The site answers at the very end of its second.
  await page.clock.setFixedTime(second + 990)
  fake.template({ expires_at: new Date(second + 990 + 180_000).toISOString() })
  fake.fault(({ path }, response) => {
    if (path !== '/start') return false
    response.setHeader('date', new Date(second).toUTCString())
    const { flow, secret } = fake.create()
    json(response, 200, { ...flow, secret, hufu: fake.hufuUrl })
    return true
  })
  fake.pages.set('/fresh', english)
  await page.reload()
  await shows(page, 'waiting')
  expect(await page.locator('hufu-scan [role=timer]').textContent()).toBe('Valid for 3:00')
})
