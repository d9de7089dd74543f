/** A phone page in a real Chromium beside a real simulator with one account, fresh for every test. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { startSimulator } from '../src/index.ts'
import { type Site, startSite } from './phone-site.ts'

type Simulator = Awaited<ReturnType<typeof startSimulator>>
type Account = { appid: string; secret: string; name: string }
type Person = { id: string; name: string; follows: string[] }
type World = { simulator: Simulator; site: Site; account: Account; page: Page }

/** Registers the hooks and gives what every test acts on. */
export function usePhone() {
  let browser: Browser | undefined
  let world: World | undefined

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] })
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    const site = await startSite()
    const simulator = await startSimulator({ port: 0 })
    const wanted = { kind: 'service', mode: 'plaintext', name: '虎符测试', oauth_domain: '127.0.0.1' }
    const callback = { callback_url: `${site.url}/wechat` }
    const account = await call<Account>(simulator, 'POST', '/_sim/accounts', { ...wanted, ...callback })
    if (browser === undefined) throw new Error('no browser')
    world = { site, simulator, account, page: await browser.newPage({ viewport: { width: 390, height: 780 } }) }
  })
  afterEach(async () => {
    await world?.page.close()
    await world?.simulator.close()
    await world?.site.close()
  })

  function now(): World {
    if (world === undefined) throw new Error('the phone exists within a test')
    return world
  }
  const ask = <T>(method: string, path: string, body?: object) => call<T>(now().simulator, method, path, body)

  return {
    get page() {
      return now().page
    },
    get simulator() {
      return now().simulator
    },
    get site() {
      return now().site
    },
    get account() {
      return now().account
    },
    call: ask,
    async open(address: string): Promise<void> {
      await now().page.goto('about:blank') // a new hash alone would not load the page
      await now().page.goto(`${now().simulator.url}/phone/?${address}`)
    },
    /** Stops the simulator and starts an empty one in its place. */
    async loseSimulator(whileGone: () => Promise<unknown>): Promise<void> {
      const port = Number(new URL(now().simulator.url).port)
      await now().simulator.close()
      await whileGone()
      now().simulator = await startSimulator({ port })
    },
    people: () => ask<Person[]>('GET', '/_sim/people'),
    addPerson: (name: string) => ask<Person>('POST', '/_sim/people', { name }),
    async follower(name: string): Promise<Person> {
      const person = await ask<Person>('POST', '/_sim/people', { name })
      await ask('POST', `/_sim/people/${person.id}/follow`, { account: now().account.appid })
      return person
    },
    /** A temporary code of the account, as its server asks for one. */
    async makeCode(scene = 'scene'): Promise<string> {
      const { appid, secret } = now().account
      const asked = { grant_type: 'client_credential', appid, secret }
      const { access_token } = await ask<{ access_token: string }>('POST', '/cgi-bin/stable_token', asked)
      const wanted = { expire_seconds: 600, action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: scene } } }
      const path = `/cgi-bin/qrcode/create?access_token=${encodeURIComponent(access_token)}`
      return (await ask<{ url: string }>('POST', path, wanted)).url
    },
    /** Steps with the keyboard to the control of that name, in the phone or in the page it shows, and presses it. */
    async press(name: string, { step = 'Tab', key = 'Enter' } = {}): Promise<void> {
      for (let tries = 0; tries < 30; tries += 1) {
        if (await isFocused(now().page, name)) return key === '' ? undefined : now().page.keyboard.press(key)
        await now().page.keyboard.press(step)
      }
      throw new Error(`no way to "${name}" by ${step}`)
    },
  }
}

async function isFocused(page: Page, name: string): Promise<boolean> {
  const inside = await page.evaluate(() => document.activeElement?.tagName === 'IFRAME')
  const place = inside ? page.frameLocator('iframe') : page
  const controls = place.getByRole('button', { name }).or(place.getByRole('link', { name }))
  return (await controls.or(place.getByRole('textbox', { name })).and(place.locator(':focus')).count()) > 0
}

async function call<T>(simulator: Simulator, method: string, path: string, body?: object): Promise<T> {
  const sent = body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}
  const response = await fetch(simulator.url + path, { method, ...sent })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

function findChromium(): string {
  const places = [
    process.env.HUFU_CHROMIUM,
    '/usr/bin/chromium-headless-shell',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  const found = places.find((place) => place !== undefined && existsSync(place))
  if (found === undefined) throw new Error('No Chromium: install one or name it in HUFU_CHROMIUM')
  return found
}
