/** The site, and a person’s own page, opened in WeChat’s own browser: it cannot scan what it shows itself. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { scanAndConfirm } from './arriving.ts'
import { picture } from './pictures.ts'
import { useStage } from './stage.ts'

const stage = useStage()

const said = {
  'zh-CN': {
    go: '在微信中继续',
    warning: '如果不是您刚才在网页里点了“在微信中继续”，请点拒绝。',
    back: '回到刚才的网页即可继续。',
    me: '我的账号',
    nobody: '这里没有网站与这个微信绑定。',
    notice: '已用您的微信登录 示例商店',
    notMe: '不是我',
    ask: '有人用您的微信登录了“示例商店”。',
    thanks: '这里的所有登录已退出，网站已收到通知，七天内登录需输入六位数字。',
  },
  en: {
    go: 'Continue in WeChat',
    warning: 'If you did not just tap “Continue in WeChat” on the site, decline.',
    back: 'Go back to the page to go on.',
    me: 'Your account',
    nobody: 'No site is linked with this WeChat here.',
    notice: 'Your WeChat was used to log in to 示例商店',
    notMe: 'That was not me',
    ask: 'Somebody logged in to 示例商店 with your WeChat.',
    thanks: 'All sessions here have ended, the site has been told, and for seven days logging in asks for six digits.',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  /** From the site's login page by the widget's own way, to the end. */
  async function comeIn(page: Page, notice: string): Promise<string> {
    const login = `${stage.world.demoUrl}/login`
    await page.goto(login)
    const card = page.locator('hufu-scan .card')
    await card.getByRole('link', { name: text.go }).waitFor()
    expect(await card.locator('.qr').isVisible()).toBe(false)
    await picture(page, `inside-${language}`)
    await card.getByRole('link', { name: text.go }).click()
    await page.getByRole('heading', { name: words.askLogin }).waitFor()
    await page.getByText(text.warning).waitFor()
    await page.locator('button[value=confirm]').click()
    await page.getByText(text.back).waitFor()
    await page.goto(login)
    await page.getByText(notice).waitFor()
    return (await page.locator('header .person .name').textContent()) ?? ''
  }

  it('the widget leads to the confirmation instead of a QR code; a new person has an account, and comes back to it', async () => {
    const page = await stage.wechat(await stage.world.newPerson('小林'), language)
    const name = await comeIn(page, words.notices.welcome)
    expect(name).toMatch(words.newName)
    await page.getByRole('button', { name: words.logOut }).click()
    await page.getByText(words.notices.loggedOut).waitFor()
    expect(await comeIn(page, words.notices.loggedIn)).toBe(name)
  })

  it('a person reads there what is known about them, without a QR code; of a stranger nothing is known', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    const page = await stage.wechat(phone.person, language)
    await page.goto(`${stage.world.hufuUrl}/me`)
    await page.getByText(text.nobody).waitFor()
    await site.openLogin()
    await scanAndConfirm(site, phone)
    await site.page.getByText(words.notices.welcome).waitFor()
    await page.goto(`${stage.world.hufuUrl}/me`)
    await page.getByRole('heading', { name: text.me }).waitFor()
    await page.locator('section[aria-labelledby=sites]').getByText('示例商店').waitFor()
    await picture(page, `me-inside-${language}`)
  })

  it('“not me”, from the notice in the chat, ends the sessions on the PC; the next login asks for six digits', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    await scanAndConfirm(site, phone)
    await site.page.getByText(words.notices.welcome).waitFor()
    await site.page.goto(`${stage.world.hufuUrl}/login`)
    await scanAndConfirm(site, phone)
    await site.typeCode(await phone.digits())
    await site.page.waitForURL('**/me')

    await phone.openChat()
    const notice = phone.page.getByTestId('log').getByTestId('reply').filter({ hasText: text.notice }).last()
    await notice.waitFor()
    await picture(phone.page, `notice-${language}`)
    await notice.getByRole('link', { name: text.notMe }).click()
    await phone.inside.getByText(text.ask).waitFor()
    await picture(phone.page, `not-me-${language}`)
    await phone.inside.locator('button[value=disown]').click()
    await phone.inside.getByText(text.thanks).waitFor()

    await site.page.goto(`${stage.world.hufuUrl}/me`)
    await site.page.waitForURL('**/login')
    const next = await stage.site(language)
    await next.openLogin()
    await scanAndConfirm(next, phone)
    await phone.reads(words.typeDigits)
    await next.typeCode(await phone.digits())
    // The account that the disowned login had begun is not theirs: they begin one of their own.
    await next.page.getByText(words.notices.welcome).waitFor()
  })
})
