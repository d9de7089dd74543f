/** Linking a WeChat to an account that has a password: the six digits go from the phone to the page. */
import { describe, expect, it } from 'vitest'
import { useStage } from './stage.ts'

const stage = useStage()

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  /** Hosted pages speak as the reader's WeChat does, and the simulated one always asks for Chinese. */
  const hosted = stage.words('zh-CN')

  it('a new follower links, one wrong code first', async () => {
    stage.expectTrouble(/status of 401 .*\/code\)/)
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.logInWithPassword()
    await site.openLink()
    await phone.scan(await site.code())
    await phone.follow()
    expect(await phone.reply.textContent()).toContain(words.replyBind)
    await phone.openLink()
    await phone.reads(hosted.askBind)
    // Whose account it is, masked: who was lent a QR code sees that it is not their own.
    await phone.inside.getByText('de•••@ex•••.com').waitFor()
    await phone.press('confirm')
    await phone.reads(hosted.typeDigits)
    const digits = await phone.digits()
    await site.typeCode(digits === '000000' ? '111111' : '000000')
    await site.card.getByText(words.wrongDigits).waitFor()
    await site.typeCode(digits)
    await site.page.getByText(words.notices.linked).waitFor()
    await site.page.locator('.state[data-state=linked]', { hasText: words.linked }).waitFor()
  })
})

it('an existing follower links, and then logs in to the same account by scanning', async () => {
  const words = stage.words()
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.logInWithPassword()
  const name = await site.userName()
  await site.openLink()
  await phone.scan(await site.code())
  await site.shows('scanned')
  await phone.openLink()
  await phone.press('confirm')
  await site.typeCode(await phone.digits())
  await site.page.getByText(words.notices.linked).waitFor()

  await site.logOut()
  await site.openLogin()
  await phone.scan(await site.code())
  await phone.openLink()
  await phone.press('confirm')
  await phone.reads(words.confirmedLogin)
  await site.page.getByText(words.notices.loggedIn).waitFor()
  expect(await site.userName()).toBe(name)
})

it('a WeChat that belongs to another account is refused, on the phone and on the page', async () => {
  const words = stage.words()
  const [site, phone] = await Promise.all([stage.site(), stage.phone()])
  await site.openLogin()
  await phone.scan(await site.code())
  await phone.follow()
  await phone.openLink()
  await phone.press('confirm')
  await site.page.getByText(words.notices.welcome).waitFor()
  await site.logOut()

  await site.logInWithPassword()
  await site.openLink()
  await phone.scan(await site.code())
  await phone.openLink()
  await phone.press('confirm')
  await phone.reads('这个微信已绑定其他账号')
  await site.shows('failed')
  await site.card.getByText('该微信已绑定其他账号').waitFor()
})

it('who unlinks in the settings is a stranger to the next scan', async () => {
  const words = stage.words()
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.logInWithPassword()
  await site.openLink()
  await phone.scan(await site.code())
  await phone.openLink()
  await phone.press('confirm')
  await site.typeCode(await phone.digits())
  await site.page.getByText(words.notices.linked).waitFor()
  await site.page.getByRole('button', { name: '解除绑定' }).click()
  await site.page.locator('.state[data-state=not-linked]').waitFor()
  await site.logOut()

  await site.openLogin()
  await phone.scan(await site.code())
  await phone.openLink()
  await phone.press('confirm')
  await site.page.getByText(words.notices.welcome).waitFor()
})
