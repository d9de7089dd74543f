import type { Locator, Page } from 'playwright-core'
import { expectWellMade } from './made.ts'
import { words as allWords, type Language } from './words.ts'

/** The demo site as a visitor uses it. */
export interface Site {
  readonly page: Page
  readonly card: Locator
  readonly notice: Locator
  openLogin(): Promise<void>
  logInWithPassword(): Promise<void>
  logOut(): Promise<void>
  /** From the settings to the code that links a WeChat. */
  openLink(): Promise<void>
  /** The widget shows this state, by the name its card carries. */
  shows(screen: string): Promise<void>
  /** What the QR code on the screen says, once there is one; other than `former`, where a new one is awaited. */
  code(former?: string): Promise<string>
  typeCode(digits: string): Promise<void>
  /** The name the site greets its user by. */
  userName(): Promise<string>
}

export function openSite(page: Page, url: string, language: Language): Site {
  const words = allWords[language]
  const element = page.locator('hufu-scan')
  const card = element.locator('.card')

  async function shows(screen: string): Promise<void> {
    try {
      await element.locator(`.card[data-screen="${screen}"]`).waitFor()
    } catch (error) {
      const seen = await page.evaluate(() => document.querySelector('hufu-scan')?.shadowRoot?.textContent)
      throw new Error(`${page.url()} does not show “${screen}” but: ${seen}`, { cause: error })
    }
    await expectWellMade(page.locator('html'), language)
  }

  return {
    page,
    card,
    notice: page.locator('.notice[role=status]').first(),
    shows,
    async openLogin() {
      await page.goto(`${url}/`)
      await page.getByRole('link', { name: words.logIn, exact: true }).click()
      await shows('waiting')
    },
    async logInWithPassword() {
      await page.goto(`${url}/login`)
      await page.getByRole('button', { name: words.logIn, exact: true }).click()
      await page.getByText(words.notices.loggedIn).waitFor()
    },
    async logOut() {
      await page.getByRole('button', { name: words.logOut }).click()
      await page.getByText(words.notices.loggedOut).waitFor()
    },
    async openLink() {
      await page.goto(`${url}/settings`)
      await page.getByRole('link', { name: words.link, exact: true }).click()
      await shows('waiting')
    },
    async code(former) {
      await shows('waiting')
      const handle = await page.waitForFunction((old) => {
        const content = document.querySelector('hufu-scan')?.flow?.qr.content
        return content !== old && content
      }, former)
      return String(await handle.jsonValue())
    },
    async typeCode(digits) {
      await shows('code')
      // The element puts the focus into the field: a person just types.
      await element.locator('input:focus').waitFor()
      await page.keyboard.type(digits)
    },
    async userName() {
      return (await page.locator('header .person .name').textContent()) ?? ''
    },
  }
}
