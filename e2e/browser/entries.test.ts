/** Other ways in than the account's QR code with a parameter. */
import { describe, expect, it } from 'vitest'
import { useStage } from './stage.ts'

const stage = useStage()

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)

  it('on a subscription account a new person follows, types the code, and confirms with the two digits of the page', async () => {
    const content = await stage.world.useSubscription()
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    expect(await site.code()).toBe(content)
    const code = site.card.locator('.chat')
    await phone.scanElsewhere(content)
    await phone.followToChat()
    await phone.say((await code.textContent()) ?? '')
    await site.shows('number')
    await phone.reply.getByText(words.typeNumber).waitFor()
    await phone.say((await site.card.locator('.number').textContent()) ?? '')
    await site.page.getByText(words.notices.welcome).waitFor()
    expect(await site.userName()).toMatch(words.newName)
  })

  it('by the code of a page a new person confirms at once, and follows nobody', async () => {
    await stage.world.changeApp({ entry: 'page' })
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    await phone.scanElsewhere(await site.code())
    await phone.reads(words.askLogin)
    await site.shows('scanned')
    await phone.press('confirm')
    await phone.reads(words.confirmedLogin)
    await site.page.getByText(words.notices.welcome).waitFor()
  })
})
