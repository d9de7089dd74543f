/** The page a newcomer sees first: the demo site beside a phone, in one window. */
import { it } from 'vitest'
import { showcase } from './pictures.ts'
import { useStage } from './stage.ts'

const stage = useStage()

it.each(['zh-CN', 'en'] as const)(
  'in %s: site and phone side by side, and a login from one to the other',
  async (language) => {
    const words = stage.words(language)
    const person = await stage.world.newPerson('小林')
    const page = await (await stage.context(language)).newPage()
    await page.setViewportSize({ width: 1400, height: 900 })
    await page.goto(`${stage.world.hufuUrl}/`)
    const site = page.frameLocator('#site-frame')
    const phone = page.frameLocator('#phone-frame')

    await site.getByRole('link', { name: words.logIn, exact: true }).click()
    await site.locator('hufu-scan .card[data-screen=waiting]').waitFor()
    await phone.getByTestId(`person-${person.id}`).click()
    await phone.getByTestId('scan').click()
    await phone.getByTestId('code').first().click()
    await phone.getByTestId('follow').click()
    await phone.getByTestId('log').getByRole('link').click()
    const confirm = phone.frameLocator('[data-testid=page]').locator('button[value=confirm]')
    await confirm.waitFor()
    await site.locator('hufu-scan .card[data-screen=scanned]').waitFor()
    await showcase(page, `playground-${language.slice(0, 2)}`)
    await confirm.click()
    await site.getByText(words.notices.welcome).waitFor()
  },
)

it('changes its language and its theme, and both sides follow', async () => {
  const page = await (await stage.context('zh-CN')).newPage()
  await page.setViewportSize({ width: 1400, height: 900 })
  await page.goto(`${stage.world.hufuUrl}/`)
  const site = page.frameLocator('#site-frame')
  const phone = page.frameLocator('#phone-frame')
  await site.getByRole('link', { name: '登录', exact: true }).waitFor()
  await phone.locator('html[lang=zh-CN]').waitFor()
  await page.getByRole('button', { name: 'English' }).click()
  await site.getByRole('link', { name: 'Log in', exact: true }).waitFor()
  await phone.locator('html[lang=en]').waitFor()
  await page.getByRole('button', { name: 'Theme: system' }).click()
  await page.getByRole('button', { name: 'Theme: light' }).click()
  await site.locator('html[data-theme=dark]').waitFor()
  await phone.locator('html[data-theme=dark]').waitFor()
})
