import type { FrameLocator, Locator, Page } from 'playwright-core'
import type { Person, World } from '../world.ts'
import { expectWellMade } from './made.ts'
import type { Language } from './words.ts'

/** The simulator's phone page in the hands of one person. */
export interface Phone {
  readonly page: Page
  readonly person: Person
  /** The newest reply in the chat. */
  readonly reply: Locator
  /** The page inside WeChat's own browser. */
  readonly inside: FrameLocator
  /** Opens the scanner and points it at this code. */
  scan(content: string): Promise<void>
  follow(): Promise<void>
  /** From the list of chats to the one with the account. */
  openChat(): Promise<void>
  /** Points the scanner at a code that is no account's own with a parameter: one on paper, or of a page. */
  scanElsewhere(content: string): Promise<void>
  /** Opens an address of the web in WeChat's browser. */
  openAddress(url: string): Promise<void>
  /** Follows, and is in the chat. */
  followToChat(): Promise<void>
  /** Writes into the chat. */
  say(text: string): Promise<void>
  /** Where the newest reply leads; after a scan, once its reply is there. */
  link(): Promise<string>
  /** Opens the link of the newest reply. */
  openLink(): Promise<void>
  /** Opens the newest notice about who has whose WeChat. */
  openSides(): Promise<void>
  /** Asks for the page inside once more. */
  reload(): Promise<void>
  /** Presses a button of the confirm page. */
  press(decision: 'confirm' | 'decline'): Promise<void>
  /** The page inside shows this heading, and is as well made as every page. */
  reads(heading: string): Promise<void>
  /** The six digits the page inside shows. */
  digits(): Promise<string>
}

export async function openPhone(
  page: Page,
  { world, person, language }: { world: World; person: Person; language: Language },
): Promise<Phone> {
  await page.setViewportSize({ width: 360, height: 740 })
  const open = (place: string) =>
    page.goto(`${world.simulatorUrl}/phone/?person=${person.id}&lang=${language}#${place}`)
  await open('/chats')
  const log = page.getByTestId('log')
  // A notice of what was done before may arrive in between; nobody here follows its link by accident.
  const reply = log
    .getByTestId('reply')
    .filter({ hasNot: page.locator('a[href*="/not-me/"], a[href*="/conflicts/"]') })
    .last()
  const inside = page.frameLocator('[data-testid=page]')
  /** What was opened: the newest reply may still be the former one. */
  let opened = ''
  /** A scan is answered with a link to confirm by; the welcome, which has another, may still be on its way. */
  let asks = '/'
  const newest = () => reply.locator(`a[href*="${asks}"]:not([href="${opened}"])`)
  async function scanElsewhere(content: string): Promise<void> {
    await page.getByTestId('scan').click()
    await page.locator('input[name=content]').fill(content)
    await page.getByTestId('recognise').click()
  }

  /** At once, or not at all: the page may be closing by itself. */
  const closePage = () => page.evaluate(() => document.querySelector<HTMLElement>('[data-testid=close-page]')?.click())

  /** Nobody presses anything in a page that is still coming. */
  const pageShown = () => page.locator('[data-testid=browser][aria-busy=false]').waitFor()

  return {
    page,
    person,
    reply,
    inside,
    async scan(content) {
      asks = '/confirm/'
      await closePage()
      await page.evaluate(() => {
        location.hash = '#/chats'
      })
      await page.getByTestId('scan').click()
      await page.locator(`[data-testid=code][data-content="${content}"]`).click()
    },
    scanElsewhere,
    async openAddress(url) {
      await closePage()
      await page.evaluate(() => {
        location.hash = '#/chats'
      })
      await scanElsewhere(url)
      await pageShown()
    },
    async followToChat() {
      await page.getByTestId('follow').click()
      await page.getByTestId('send').waitFor()
    },
    async say(text) {
      asks = '/'
      await page.locator('[name=text]').fill(text)
      await page.getByTestId('send').click()
    },
    async follow() {
      await page.getByTestId('follow').click()
      await reply.getByRole('link').waitFor()
    },
    async openChat() {
      await closePage()
      await page.evaluate(() => {
        location.hash = '#/chats'
      })
      await page.getByTestId(`chat-${world.appid}`).click()
    },
    async link() {
      return (await newest().getAttribute('href')) ?? ''
    },
    async openLink() {
      const link = newest()
      const href = (await link.getAttribute('href')) ?? ''
      await link.click()
      opened = href
      asks = '/'
      await pageShown()
    },
    async openSides() {
      await page.getByTestId('reply').locator('a[href*="/conflicts/"]').last().click()
      await pageShown()
    },
    async reload() {
      await page.getByRole('button', { name: /^(Reload page|刷新网页)$/ }).click()
    },
    async press(decision) {
      await inside.locator(`button[name=decision][value=${decision}]`).click()
    },
    async reads(heading) {
      await inside.getByRole('heading', { name: heading }).waitFor()
      await expectWellMade(inside.locator('html'), language)
    },
    async digits() {
      const output = inside.locator('output[name=code]')
      await output.waitFor()
      return (await output.textContent())?.replace(/\s/g, '') ?? ''
    },
  }
}
