/** A yes to something that matters, by a scan: with digits and without, and only by whose account it is. */
import { describe, expect, it } from 'vitest'
import type { Phone } from './phone.ts'
import { picture } from './pictures.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'
import { link, logIn } from './walks.ts'

const stage = useStage({ shares: true })

const said = {
  'zh-CN': {
    setPassword: '设置密码',
    isSet: '密码已设置。',
    changeEmail: '更换邮箱',
    emailChanged: '邮箱已更换。',
    ask: (purpose: string) => `“示例商店”请您同意：${purpose}`,
    email: (address: string) => `更换邮箱为 ${address}`,
    approved: '已同意',
    deleteAccount: '注销账号',
    deleted: '账号已注销。',
    notTheirs: '是给另一个微信的',
  },
  en: {
    setPassword: 'Set password',
    isSet: 'Your password is set.',
    changeEmail: 'Change the address',
    emailChanged: 'Your e-mail address is changed.',
    ask: (purpose: string) => `示例商店 asks you to approve: ${purpose}`,
    email: (address: string) => `New e-mail ${address}`,
    approved: 'Approved',
    deleteAccount: 'Delete my account',
    deleted: 'Your account is deleted.',
    notTheirs: 'is for another WeChat',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  /** Somebody who came by their WeChat and has set this address since. */
  async function member(email: string): Promise<{ site: Site; phone: Phone }> {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await logIn(site, phone)
    await site.page.goto(`${stage.world.demoUrl}/settings`)
    const form = site.page.locator('form[action="/settings/password"]')
    await form.locator('[name=email]').fill(email)
    await form.locator('[name=password]').fill('oolong-and-crane')
    await form.getByRole('button', { name: text.setPassword }).click()
    await site.page.getByText(text.isSet).waitFor()
    return { site, phone }
  }

  async function wish(site: Site, email: string): Promise<void> {
    const form = site.page.locator('form[action="/settings/email"]')
    await form.locator('[name=email]').fill(email)
    await form.getByRole('button', { name: text.changeEmail }).click()
    await site.shows('waiting')
  }

  it('a new e-mail address takes a yes on the phone, which names it, and no digits', async () => {
    const { site, phone } = await member(`old-${language}@example.com`)
    const address = `new-${language}@example.com`
    await wish(site, address)
    await site.card.getByText(text.email(address)).waitFor()
    await picture(site.page, `approve-${language}`)
    await phone.scan(await site.code())
    await phone.openLink()
    await phone.reads(text.ask(text.email(address)))
    await picture(phone.page, `approve-on-the-phone-${language}`)
    await phone.press('confirm')
    await phone.reads(text.approved)
    await site.page.getByText(text.emailChanged).waitFor()
    await site.page.locator('section[aria-labelledby=password]').getByText(address).waitFor()
  })

  it('an account is deleted by a yes and six digits, and whoever comes by the same WeChat is new', async () => {
    const { site, phone } = await member(`leaving-${language}@example.com`)
    const former = await site.userName()
    await site.page.getByRole('button', { name: text.deleteAccount }).click()
    await link(site, phone)
    await site.page.getByText(text.deleted).waitFor()
    await picture(site.page, `deleted-${language}`)
    await stage.world.pass(2)
    await logIn(site, phone)
    await site.page.getByText(words.notices.welcome).waitFor()
    expect(await site.userName()).not.toBe(former)
  })

  it('somebody else’s WeChat is refused and told so; from then on the account’s own takes six digits', async () => {
    const { site, phone } = await member(`kept-${language}@example.com`)
    const person = await stage.world.newPerson('路人', { follows: true })
    const stranger = await stage.phone({ language, person })
    const address = `own-${language}@example.com`
    await wish(site, address)
    const code = await site.code()
    await stranger.scan(code)
    await stranger.reply.getByText(text.notTheirs).waitFor()
    expect(await stranger.reply.getByRole('link').count()).toBe(0)
    await picture(stranger.page, `approve-not-theirs-${language}`)
    await site.shows('waiting')

    expect(await site.code()).toBe(code)
    await phone.scan(code)
    await phone.openLink()
    await phone.press('confirm')
    await phone.reads(words.typeDigits)
    await site.typeCode(await phone.digits())
    await site.page.getByText(text.emailChanged).waitFor()
    await site.page.locator('section[aria-labelledby=password]').getByText(address).waitFor()
  })
})
