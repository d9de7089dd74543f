import { describe, expect, test } from 'vitest'
import type { Flow } from '../src/flow.ts'
import type { Screen } from '../src/screen.ts'
import { shows, spoken, useWidget } from './harness.ts'

const widget = useWidget()

const states: [name: string, screen: Screen, patch: Partial<Flow>][] = [
  ['scanned', 'scanned', { state: 'scanned', next: 'phone' }],
  ['number', 'number', { state: 'scanned', next: 'phone', assurance: 'number', number: '07' }],
  ['code', 'code', { state: 'scanned', next: 'enter_code', assurance: 'code' }],
  ['registration', 'register', { state: 'registration_required', next: 'register' }],
  ['confirmed', 'finishing', { state: 'confirmed', next: 'finish' }],
  ['completed elsewhere', 'elsewhere', { state: 'completed', next: null }],
  ['declined', 'declined', { state: 'declined', next: null }],
  ['cancelled', 'cancelled', { state: 'cancelled', next: null }],
  ['wechat_already_bound', 'failed', { state: 'failed', reason: 'wechat_already_bound', next: null }],
  ['user_already_bound', 'failed', { state: 'failed', reason: 'user_already_bound', next: null }],
  ['too_many_tries', 'failed', { state: 'failed', reason: 'too_many_tries', next: null }],
  ['snapshot_user', 'failed', { state: 'failed', reason: 'snapshot_user', next: null }],
  ['not_following', 'failed', { state: 'failed', reason: 'not_following', next: null }],
]

test.each(['把收款账户更换成尾号0042的银行账户，', 'change-the-payout-account-'])(
  'a long purpose is shown whole, within the card: %s',
  async (words) => {
    const purpose = words.repeat(4).slice(0, 64)
    widget.fake.template({ kind: 'verify', purpose } as Partial<Flow>)
    const { page } = await widget.open({ body: '<hufu-scan start-url="/start" finish-url="/finish"></hufu-scan>' })
    await page.setViewportSize({ width: 320, height: 640 })
    await shows(page, 'waiting')
    const title = page.locator('hufu-scan .title')
    expect(await title.textContent()).toBe(purpose)
    expect(await title.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  },
)

describe.each([
  ['en', 'bind'],
  ['zh-CN', 'login'],
] as const)('in %s', (language, kind) => {
  const body = `<hufu-scan lang="${language}" start-url="/start" finish-url="/finish"></hufu-scan>`

  test('waiting shows the code, and the address behind a disclosure', async () => {
    widget.fake.template({ kind })
    const { page, complaints } = await widget.open({ body })
    await shows(page, 'waiting')
    expect(await page.locator('.qr svg').boundingBox()).toMatchObject({ width: 200, height: 200 })
    await page.locator('summary').click()
    expect(await spoken(page)).toMatchSnapshot()
    expect(complaints).toEqual([])
  })

  test('a page’s code asks nobody to follow; a code for the chat stands beside the account’s own', async () => {
    for (const patch of [{ entry: 'page' }, { entry: 'chat', chat_code: 'BCDF-GHJK' }] as const) {
      widget.fake.template({ kind, ...patch })
      const { page } = await widget.open({ body })
      await shows(page, 'waiting')
      expect(await page.locator('.qr svg').isVisible()).toBe(true)
      expect(await spoken(page)).toMatchSnapshot()
    }
  })

  test.each(states)('%s', async (_, screen, patch) => {
    widget.fake.template({ kind })
    const { page } = await widget.open({ body })
    await shows(page, 'waiting')
    widget.fake.advance(patch)
    await shows(page, screen)
    expect(await spoken(page)).toMatchSnapshot()
  })

  test('done', async () => {
    widget.fake.template({ kind })
    widget.fake.finishWith(200, {})
    const { page } = await widget.open({ body })
    await shows(page, 'waiting')
    widget.fake.advance({ state: 'confirmed', next: 'finish', completion_code: 'cc_1' })
    await shows(page, 'done')
    expect(await spoken(page)).toMatchSnapshot()
  })

  test('expired after somebody had scanned', async () => {
    widget.fake.template({ kind })
    const { page } = await widget.open({ body })
    await shows(page, 'waiting')
    widget.fake.advance({ state: 'scanned', next: 'phone' })
    await shows(page, 'scanned')
    widget.fake.advance({ state: 'expired', next: null })
    await shows(page, 'expired')
    expect(await spoken(page)).toMatchSnapshot()
    expect(widget.fake.count('POST', /^\/start/)).toBe(1)
  })

  test('preparing, and a start that is refused', async () => {
    const held = widget.fake.fault(({ path }) => path === '/start')
    const { page } = await widget.open({ body })
    await shows(page, 'loading')
    expect(await spoken(page)).toMatchSnapshot()
    held()
    widget.fake.fault(({ path }, response) => path === '/start' && Boolean(response.writeHead(403).end()))
    await page.reload()
    await shows(page, 'trouble')
    expect(await spoken(page)).toMatchSnapshot()
  })

  test('in WeChat’s own browser a button leads on, and the page keeps listening', async () => {
    widget.fake.template({ kind })
    const { page } = await widget.open({ body, userAgent: 'Mozilla/5.0 MicroMessenger/8.0.50' })
    await shows(page, 'wechat')
    expect(await spoken(page)).toMatchSnapshot()
    expect(await page.locator('.qr').isVisible()).toBe(false)
    expect(await page.locator('a.open').getAttribute('href')).toBe(widget.fake.latest.flow.wechat_url)
    widget.fake.advance({ state: 'scanned', next: 'phone' })
    await shows(page, 'scanned')
    expect(await page.locator('a.open').isVisible()).toBe(true)
  })
})
