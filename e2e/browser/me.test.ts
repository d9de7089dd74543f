/** A person’s own page: what is known, who came in, and what can be undone. */
import { describe, expect, it } from 'vitest'
import type { Phone } from './phone.ts'
import { picture } from './picture.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'
import { openMe } from './walks.ts'

const stage = useStage()

/** Logs a new person in at the demo site. */
async function comeIn(site: Site, phone: Phone, welcome: string): Promise<void> {
  await site.openLogin()
  await phone.scan(await site.code())
  await phone.follow()
  await phone.openLink()
  await phone.press('confirm')
  await site.page.getByText(welcome).waitFor()
}

const said = {
  'zh-CN': {
    signIns: '登录和绑定记录',
    notMe: '不是我',
    erase: '全部删除',
    erased: '已删除',
    thanks: '谢谢告知',
    byWechat: '账号已绑定微信？用微信重设',
    noEmail: '这个微信没有邮箱账号',
  },
  en: {
    signIns: 'Sign-ins with your WeChat',
    notMe: 'That was not me',
    erase: 'Erase everything',
    erased: 'Erased',
    thanks: 'Thank you for telling us',
    byWechat: 'Is your WeChat linked with the account? Set it with WeChat',
    noEmail: 'No e-mail account with this WeChat',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  it('a person reads on the PC who came in by their WeChat, says it was not them, and erases everything', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await comeIn(site, phone, words.notices.welcome)
    await openMe(stage.world, site, phone)
    await site.page.getByRole('heading', { name: text.signIns }).waitFor()
    await picture(site.page, `me-${language}`)

    await site.page.getByRole('link', { name: text.notMe }).last().click()
    await picture(site.page, `ask-${language}`)
    await site.page.locator('button[value=disown]').click()
    await site.page.getByRole('heading', { name: text.thanks }).waitFor()
    await picture(site.page, `thanks-${language}`)
    // Its own session has ended with all the others.
    await site.page.goto(`${stage.world.hufuUrl}/me`)
    await site.page.waitForURL('**/login')
    await openMe(stage.world, site, phone)
    await site.page.getByRole('link', { name: text.erase }).click()
    await site.page.getByRole('button', { name: text.erase }).click()
    await site.page.getByRole('heading', { name: text.erased }).waitFor()
  })

  it('from the page for a new password a WeChat leads to its own, which says plainly where there is no account', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await comeIn(site, phone, words.notices.welcome)
    await site.page.goto(`${stage.world.hufuUrl}/reset`)
    await picture(site.page, `reset-${language}`)
    await site.page.getByRole('link', { name: text.byWechat }).click()
    await phone.scan(await site.code())
    await picture(site.page, `login-password-${language}`)
    await phone.openLink()
    await phone.press('confirm')
    await site.typeCode(await phone.digits())
    await site.page.waitForURL('**/me/password')
    await site.page.getByRole('heading', { name: text.noEmail }).waitFor()
    await picture(site.page, `no-email-${language}`)
  })
})

it('at phone width nothing is cut off', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone()])
  await comeIn(site, phone, stage.words().notices.welcome)
  await site.page.setViewportSize({ width: 360, height: 740 })
  await site.page.goto(`${stage.world.hufuUrl}/login`)
  await site.code()
  await picture(site.page, 'login-phone')
  await openMe(stage.world, site, phone)
  await picture(site.page, 'me-phone')
  const [scroll, width] = await site.page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ])
  expect(scroll).toBe(width)
})
