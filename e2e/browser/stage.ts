import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { launchChromium } from '../chromium.ts'
import { ensureWidget } from '../widget.ts'
import { type Person, startWorld, type World } from '../world.ts'
import { openPhone, type Phone } from './phone.ts'
import { openSite, type Site } from './site.ts'
import { type Language, type Words, words } from './words.ts'

/** What every test acts on: a fresh world, and two browsers that share nothing. */
export interface Stage {
  readonly world: World
  /** A browser on a desk, at the demo site. */
  site(language?: Language): Promise<Site>
  /** A person's phone; by default of somebody new, who does not follow yet. */
  phone(options?: { language?: Language; follows?: boolean; person?: Person }): Promise<Phone>
  /** WeChat's own browser on somebody's phone, as a real one that runs scripts: a blank page of it. */
  wechat(person: Person, language?: Language): Promise<Page>
  context(language: Language, options?: BrowserContextOptions): Promise<BrowserContext>
  words(language?: Language): Words
  /** Console messages that belong to what the test does, such as the network's when the server is away. */
  expectTrouble(pattern: RegExp): void
}

const patience = 15_000

/**
 * Registers the hooks. With `shares`, all tests of the file act in one world, each with people of its own: faster, for stories that leave
 * the world's settings as they found them. A test during which any page logged an error, threw, or broke its Content-Security-Policy fails. */
export function useStage({ shares = false } = {}): Stage {
  let browser: Browser | undefined
  let world: World | undefined
  let contexts: BrowserContext[] = []
  let troubles: string[] = []
  let expected: RegExp[] = []

  vi.setConfig({ testTimeout: 90_000 })
  beforeAll(async () => {
    await ensureWidget()
    browser = await launchChromium()
    if (shares) world = await startWorld()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })
  beforeEach(async () => {
    troubles = []
    expected = []
    world ??= await startWorld()
  })
  afterEach(async () => {
    for (const context of contexts) await context.close()
    contexts = []
    if (!shares) {
      await world?.close()
      world = undefined
    }
    expect(troubles.filter((trouble) => !expected.some((pattern) => pattern.test(trouble)))).toEqual([])
  })

  function now(): World {
    if (!world) throw new Error('the world exists within a test')
    return world
  }

  async function context(language: Language, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    if (!browser) throw new Error('the browser exists within a test')
    const opened = await browser.newContext({ locale: language, viewport: { width: 1100, height: 860 }, ...options })
    opened.setDefaultTimeout(patience)
    opened.on('console', (message) => {
      // The simulator's frame holds no script at all: what is blocked there is our own look at its page.
      if (/^Blocked script execution in '[^']*\/_sim\/people\//.test(message.text())) return
      if (message.type() === 'error') troubles.push(`${message.text()} (${message.location().url})`)
    })
    // Not every refused resource reaches the console: a script that answers 404 on another origin does not.
    opened.on('response', (response) => {
      if (response.status() >= 400) troubles.push(`${response.status()} (${response.url()})`)
    })
    opened.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? ''
      if (reason !== 'net::ERR_ABORTED') troubles.push(`${reason} (${request.url()})`)
    })
    opened.on('weberror', (error) => troubles.push(String(error.error())))
    await opened.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) =>
        console.error(`Content-Security-Policy: ${event.violatedDirective} forbids ${event.blockedURI}`),
      )
    })
    contexts.push(opened)
    return opened
  }

  return {
    get world() {
      return now()
    },
    context,
    words: (language = 'zh-CN') => words[language],
    async site(language = 'zh-CN') {
      return openSite(await (await context(language)).newPage(), now().demoUrl, language)
    },
    async wechat(person, language = 'zh-CN') {
      const userAgent = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.50'
      const opened = await context(language, { userAgent, viewport: { width: 390, height: 800 } })
      // WeChat knows whose phone it is; what is added to a navigation goes along where it is led on to WeChat's page.
      await opened.route('**', (route, request) =>
        request.isNavigationRequest()
          ? route.continue({ headers: { ...request.headers(), ...now().wechatHeader(person) } })
          : route.fallback(),
      )
      return opened.newPage()
    },
    async phone({ language = 'zh-CN', follows = false, person } = {}) {
      const owner = person ?? (await now().newPerson('小林', { follows }))
      return openPhone(await (await context(language)).newPage(), { world: now(), person: owner, language })
    },
    expectTrouble(pattern) {
      expected.push(pattern)
    },
  }
}
