/** Who is known comes in again by the way they came; and ways from the chat that somebody writes or taps for. */
import { describe, expect, it } from 'vitest'
import type { Phone } from './phone.ts'
import { picture } from './pictures.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'

const stage = useStage()

const said = {
  'zh-CN': {
    reason: '可选：把微信昵称和头像告诉“示例商店”，用于显示您是谁',
    told: '会告诉“示例商店”您的微信昵称：小林',
    door: '进入商店',
  },
  en: {
    reason: 'Optional: show 示例商店 your WeChat nickname and avatar, so that it can call you by name',
    told: '示例商店 is shown your WeChat nickname: 小林',
    door: 'Enter the shop',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]
  const both = () => Promise.all([stage.site(language), stage.phone({ language })])

  /** Logs in anew, the same way. @returns the name of whoever it is */
  async function again(site: Site, way: () => Promise<void>): Promise<void> {
    const name = await site.userName()
    expect(name).not.toBe('')
    await site.logOut()
    await way()
    await site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await site.userName()).toBe(name)
  }

  it('on a subscription account a known person types the code and the two digits, and is the same user', async () => {
    const content = await stage.world.useSubscription()
    const [site, phone] = await both()
    async function way(): Promise<void> {
      await site.openLogin()
      if (await phone.page.getByTestId('scan').isVisible()) {
        await phone.scanElsewhere(content)
        await phone.followToChat()
      }
      await phone.say((await site.card.locator('.chat').textContent()) ?? '')
      await site.shows('number')
      await phone.say((await site.card.locator('.number').textContent()) ?? '')
    }
    await way()
    await site.page.getByText(words.notices.welcome).waitFor()
    await again(site, way)
  })

  it('by the code of a page a known person is the same user, and follows nobody still', async () => {
    await stage.world.changeApp({ entry: 'page' })
    const [site, phone] = await both()
    async function way(): Promise<void> {
      await site.openLogin()
      await phone.openAddress(await site.code())
      await phone.reads(words.askLogin)
      await phone.press('confirm')
      await phone.reads(words.confirmedLogin)
    }
    await way()
    await site.page.getByText(words.notices.welcome).waitFor()
    await again(site, way)
  })

  it.each([
    ['a word', (phone: Phone) => phone.say('商店')],
    ['a key of the menu', (phone: Phone) => stage.world.tap(phone.person, 'SHOP')],
  ])('%s brings a link: a new person opens an account, a known one is logged in', async (_, ask) => {
    const rule = { keywords: ['商店', 'SHOP'], text: `<a href="{link}">${text.door}</a>` }
    await stage.world.answer({ ...rule, kind: 'exact' })
    await stage.world.answer({ ...rule, kind: 'click' })
    const phone = await stage.phone({ language, follows: true })
    for (const isNew of [true, false]) {
      await phone.openChat()
      await ask(phone)
      await phone.reply.getByText(text.door).waitFor()
      await phone.openLink()
      if (isNew) await phone.inside.getByRole('button', { name: words.openAccount }).click()
      await phone.reads(words.askLogin)
      await phone.press('confirm')
      await phone.inside.getByText(isNew ? words.notices.welcome : words.notices.loggedIn).waitFor()
    }
  })

  it.each([
    ['granted, is the name on the site', 'allow'],
    ['declined, leaves the login as it is', 'decline'],
  ] as const)('the nickname, asked for with the reason before the tap and %s', async (_, decision) => {
    await stage.world.changeApp({ entry: 'page', asksProfile: true })
    const [site, phone] = await both()
    await site.openLogin()
    await phone.openAddress(await site.code())
    await phone.reads(words.askLogin)
    await picture(phone.page, `profile-${language}`)
    await phone.inside.getByRole('link', { name: text.reason }).click()
    await phone.inside.locator(`button[name=decision][value=${decision}]`).click()
    await phone.reads(words.askLogin)
    await phone.inside.getByText(decision === 'allow' ? text.told : text.reason).waitFor()
    await phone.press('confirm')
    await site.page.getByText(words.notices.welcome).waitFor()
    if (decision === 'allow') expect(await site.userName()).toBe('小林')
    else expect(await site.userName()).toMatch(words.newName)
  })
})
