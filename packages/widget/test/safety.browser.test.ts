import { expect, test } from 'vitest'
import { english, listenToEvents, shows, useWidget } from './harness.ts'

const widget = useWidget()
const evil = '<img src=x onerror="document.title=\'owned\'">'

test('texts of others are text', async () => {
  const { fake } = widget
  fake.template({ app: { name: evil }, account: { name: evil }, display_name: evil })
  const { page, complaints } = await widget.open({ body: english })
  await page.getByText('Scan with WeChat and follow “<img src=x onerror=').waitFor()
  fake.advance({ state: 'scanned', next: 'phone', number: evil })
  await shows(page, 'number')
  expect(await page.locator('hufu-scan img').count()).toBe(0)
  expect(await page.title()).toBe('site')
  expect(complaints).toEqual([])
})

test('of a poisoned QR code nothing but squares is drawn', async () => {
  const { fake } = widget
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="document.title='owned'"><script>document.title='owned'</script>
<path fill="#000" onclick="x" d="M0 0h1v1h-1z"/><image href="x" onerror="document.title='owned'"/></svg>`
  fake.template({ qr: { content: 'x', svg } })
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  expect(await page.locator('.qr').innerHTML()).toBe(
    '<svg viewBox="0 0 9 9" shape-rendering="crispEdges" aria-hidden="true"><path d="M0 0h1v1h-1z" aria-hidden="true"></path></svg>',
  )
  expect(await page.title()).toBe('site')
})

test('a QR code that cannot be read is trouble, not an empty square', async () => {
  widget.fake.template({ qr: { content: 'x', svg: '<svg></svg>' } })
  const { page } = await widget.open({ body: english })
  await shows(page, 'trouble')
})

test('a script address is never a link and never where the page goes', async () => {
  const { fake } = widget
  fake.template({ wechat_url: "javascript:document.title='owned'" })
  fake.finishWith(200, { redirect: "javascript:document.title='owned'" })
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  expect(await page.locator('details').isVisible()).toBe(false)
  const told = await listenToEvents(page)
  fake.advance({ state: 'confirmed', next: 'finish', completion_code: 'cc_1' })
  await shows(page, 'unfinished')
  expect((await told()).at(-1)).toMatchObject(['hufu-error', { problem: { code: 'redirect_refused' } }])
  expect(await page.title()).toBe('site')
})

test('everything can be done by keyboard, and the place is kept', async () => {
  const { fake } = widget
  const { page, context } = await widget.open({ body: english })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await shows(page, 'waiting')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('Open in WeChat').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(fake.latest.flow.wechat_url)
  fake.advance({ state: 'declined', next: null })
  await shows(page, 'declined')
  // The button that had the focus is gone; the card has it, and the next stop is the new button.
  const focused = () =>
    page.evaluate(() => document.getElementsByTagName('hufu-scan')[0]?.shadowRoot?.activeElement?.className)
  expect(await focused()).toBe('card')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await shows(page, 'waiting')
  expect(await focused()).toBe('card')
})

test('somebody who types elsewhere is not interrupted', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: `<input id="own">${english}` })
  await shows(page, 'waiting')
  await page.locator('#own').focus()
  fake.advance({ state: 'scanned', next: 'enter_code' })
  await shows(page, 'code')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('own')
})

test('the number is read digit by digit', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english })
  await shows(page, 'waiting')
  fake.advance({ state: 'scanned', next: 'phone', assurance: 'number', number: '07' })
  await shows(page, 'number')
  expect(await page.getByRole('status').first().textContent()).toContain('0 7')
  expect(await page.locator('.number').textContent()).toBe('07')
})

test('nothing moves for those who asked for that', async () => {
  const { fake } = widget
  const { page } = await widget.open({ body: english, reducedMotion: 'reduce' })
  await shows(page, 'waiting')
  fake.advance({ state: 'scanned', next: 'phone' })
  await shows(page, 'scanned')
  expect(await page.locator('.badge').evaluate((badge) => badge.getAnimations().length)).toBe(0)
})
