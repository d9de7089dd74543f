import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { buildWidget } from '../build.ts'
import type { Screen } from '../src/screen.ts'
import { launchChromium } from './browser.ts'
import { type Fake, startFake } from './fake.ts'

/** The built widget in a real browser, before a fake site and a fake Hufu that are new for each test. */
export function useWidget() {
  let dist: string
  let browser: Browser
  let fake: Fake
  let contexts: BrowserContext[] = []

  beforeAll(async () => {
    dist = await mkdtemp(join(tmpdir(), 'hufu-widget-'))
    await buildWidget(dist)
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await rm(dist, { recursive: true })
  })
  beforeEach(async () => {
    fake = await startFake(join(dist, 'hufu-scan.js'))
  })
  afterEach(async () => {
    for (const context of contexts) await context.close()
    contexts = []
    await fake.close()
  })

  return {
    get fake() {
      return fake
    },
    /** Opens the site in a browser of its own; `complaints` are errors of scripts and of the security policy. */
    async open(options: BrowserContextOptions & { path?: string; body?: string } = {}) {
      const { path = '/', body, ...rest } = options
      if (body !== undefined) fake.pages.set(path, body)
      const context = await browser.newContext({ locale: 'en-US', ...rest })
      contexts.push(context)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text())
      })
      await page.goto(fake.siteUrl + path)
      return { page, context, complaints }
    },
  }
}

export const english = '<hufu-scan lang="en" start-url="/start" finish-url="/finish"></hufu-scan>'

export async function shows(page: Page, screen: Screen, within = 'hufu-scan'): Promise<void> {
  await page.locator(`${within} [data-screen=${screen}]`).waitFor()
}

/** What a screen reader is told, with the time left made still. */
export async function spoken(page: Page): Promise<string> {
  const text = await page.locator('hufu-scan').ariaSnapshot()
  return text.replace(/127\.0\.0\.1:\d+\/w\/\w+/g, 'hufu/w/flow').replace(/\d:\d\d/g, 'm:ss')
}

/** Keeps what the element tells the page, as [name, detail]. */
export async function listenToEvents(page: Page): Promise<() => Promise<[string, unknown][]>> {
  await page.evaluate(() => {
    const told: [string, unknown][] = []
    Object.assign(window, { told })
    for (const name of ['hufu-state', 'hufu-done', 'hufu-confirmed', 'hufu-renew', 'hufu-error'])
      addEventListener(name, (event) => told.push([name, JSON.parse(JSON.stringify((event as CustomEvent).detail))]))
  })
  return () => page.evaluate(() => (window as unknown as { told: [string, unknown][] }).told)
}
