/** What is not for this phone, not any more, or not this way: each is told on a page that helps, and harms nothing. */
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { expectWellMade } from './made.ts'
import type { Phone } from './phone.ts'
import { picture } from './picture.ts'
import { useStage } from './stage.ts'

const stage = useStage({ shares: true })

const said = {
  'zh-CN': {
    notForYou: '这是给另一个微信的',
    notForYouText: '这个链接只对收到它的那个微信有效，转发给别人是打不开的。',
    over: '链接已失效',
    overText: '为了安全，链接只能用一次，并且只在几分钟内有效。什么都没有改变。',
    takenReply: '这个二维码已被另一个微信扫描。请回到网页刷新后重新扫描。',
    taken: '已被另一个微信扫描',
    takenText: '这个二维码已被另一个微信扫描，您这边什么都没有改变。',
    snapshot: '请使用完整服务',
    snapshotText: '请点页面底部的“使用完整服务”。',
    offer: '可选：把微信昵称和头像告诉“示例商店”，用于显示您是谁',
    told: '会告诉“示例商店”您的微信昵称：小林',
    trouble: '二维码暂时无法显示',
  },
  en: {
    notForYou: 'This is for another WeChat',
    notForYouText: 'This link works only for the WeChat that received it. It cannot be forwarded.',
    over: 'This link is over',
    overText: 'To keep you safe, a link works once and for a few minutes only. Nothing was changed.',
    takenReply: 'Another WeChat has already scanned this QR code. Refresh the page and scan again.',
    taken: 'Another WeChat scanned this code',
    takenText: 'Another WeChat has already scanned this QR code. For you nothing was changed.',
    snapshot: 'Please use the full service',
    snapshotText: 'Tap “使用完整服务” (use full service) at the bottom.',
    offer: 'Optional: show 示例商店 your WeChat nickname and avatar',
    told: '示例商店 is shown your WeChat nickname: 小林',
    trouble: 'No code at the moment',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]
  const pictureOf = (page: Page, name: string) => picture(page, `refused-${name}-${language}`)

  beforeEach(async () => {
    await stage.world.changeApp({ entry: 'qr', asksProfile: false })
    await stage.world.changeMode('safe')
  })

  /** What the page inside was answered with. */
  async function statusOf({ person }: Phone): Promise<number> {
    return (await stage.world.sim('GET', `/people/${person.id}/page`)).status
  }

  it('a link of the chat that was forwarded opens for nobody else, and stays good for its own', async () => {
    await stage.world.welcomeWithLink()
    const [phone, other] = await Promise.all([
      stage.phone({ language, follows: true }),
      stage.phone({ language, person: await stage.world.newPerson('路人') }),
    ])
    await phone.openChat()
    await other.scanElsewhere(await phone.link())
    await other.reads(text.notForYou)
    await other.inside.getByText(text.notForYouText).waitFor()
    expect(await statusOf(other)).toBe(403)
    expect(await other.inside.locator('body').textContent()).not.toMatch(/示例商店|小林/)
    await pictureOf(other.page, 'forwarded')
    await phone.openLink()
    await phone.reads(words.fromChat)
  })

  it('a link to confirm with that was forwarded opens for nobody else, and the PC asks for six digits from then on', async () => {
    const [site, phone, other] = await Promise.all([
      stage.site(language),
      stage.phone({ language, follows: true }),
      stage.phone({ language, person: await stage.world.newPerson('路人') }),
    ])
    await site.openLogin()
    await phone.scan(await site.code())
    await other.scanElsewhere(await phone.link())
    await other.reads(text.notForYou)
    await phone.openLink()
    await phone.press('confirm')
    await phone.reads(words.typeDigits)
    await site.typeCode(await phone.digits())
    await site.page.getByText(words.notices.welcome).waitFor()
  })

  it('a link that is used, too old or tampered with leads to one and the same page', async () => {
    await stage.world.welcomeWithLink()
    const [used, stale] = await Promise.all([
      stage.phone({ language, follows: true }),
      stage.phone({ language, follows: true }),
    ])
    await used.openChat()
    await stale.openChat()
    const [first, second] = [await used.link(), await stale.link()]
    await used.openLink()
    await used.inside.getByRole('button', { name: words.openAccount }).click()
    await used.press('confirm')
    await used.inside.getByText(words.notices.welcome).waitFor()

    const read = async (phone: Phone, url: string): Promise<string> => {
      await closePage(phone)
      await phone.scanElsewhere(url)
      await phone.reads(text.over)
      await phone.inside.getByText(text.overText).waitFor()
      expect(await statusOf(phone)).toBe(410)
      return (await phone.inside.locator('main').innerText()).replace(/rq_\S+/, '')
    }
    const last = second.at(-1) === 'a' ? 'b' : 'a'
    const tampered = await read(stale, second.slice(0, -1) + last)
    await pictureOf(stale.page, 'link-over')
    expect(await read(used, first)).toBe(tampered)
    await stage.world.pass(10 * 60 + 1)
    expect(await read(stale, second)).toBe(tampered)
  })

  async function closePage(phone: Phone): Promise<void> {
    const close = phone.page.getByTestId('close-page')
    if (await close.isVisible()) await close.click()
    await phone.page.getByTestId('back').click()
  }

  it('whoever scans what somebody has scanned reads that in the chat, and gets no link', async () => {
    const [site, phone, other] = await Promise.all([
      stage.site(language),
      stage.phone({ language, follows: true }),
      stage.phone({ language, follows: true }),
    ])
    await site.openLogin()
    const code = await site.code()
    await phone.scan(code)
    await site.shows('scanned')
    await other.scan(code)
    await other.reply.getByText(text.takenReply).waitFor()
    expect(await other.reply.getByRole('link').count()).toBe(0)
    await pictureOf(other.page, 'taken-chat')
  })

  it('whoever opens a page’s code after somebody else reads so on the page, and the first needs six digits', async () => {
    await stage.world.changeApp({ entry: 'page' })
    const [site, phone, other] = await Promise.all([
      stage.site(language),
      stage.phone({ language }),
      stage.phone({ language }),
    ])
    await site.openLogin()
    const code = await site.code()
    await phone.scanElsewhere(code)
    await phone.reads(words.askLogin)
    await other.scanElsewhere(code)
    await other.reads(text.taken)
    await other.inside.getByText(text.takenText).waitFor()
    expect(await statusOf(other)).toBe(403)
    await pictureOf(other.page, 'taken')
    await phone.press('confirm')
    await site.typeCode(await phone.digits())
    await site.page.getByText(words.notices.welcome).waitFor()
  })

  it('WeChat’s snapshot of the page proves nobody: the page names the tap that helps, and after it all goes on', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language, follows: true })])
    await site.openLogin()
    await phone.scan(await site.code())
    const url = await phone.link()
    const path = `/people/${phone.person.id}/open`
    expect((await stage.world.sim('POST', path, { url, grant: 'snapshot' })).status).toBe(409)
    await phone.reads(text.snapshot)
    await phone.inside.getByText(text.snapshotText).waitFor()
    await pictureOf(phone.page, 'snapshot')
    await site.shows('scanned')
    // “Use full service” is WeChat's own: it opens the page again, and now as the person's.
    await stage.world.sim('POST', path, { url })
    await phone.reads(words.askLogin)
    await phone.press('confirm')
    await site.page.getByText(words.notices.welcome).waitFor()
  })

  it('whoever tells WeChat not to give their name is asked nothing more, may think again, and logs in either way', async () => {
    await stage.world.changeApp({ entry: 'page', asksProfile: true })
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    await phone.scanElsewhere(await site.code())
    const offer = phone.inside.getByRole('link', { name: text.offer })
    await offer.click()
    await phone.inside.locator('button[value=decline].decline').click()
    await phone.reads(words.askLogin)
    await pictureOf(phone.page, 'name-declined')
    await offer.click()
    await phone.inside.locator('button[value=allow]').click()
    await phone.inside.getByText(text.told).waitFor()
    await pictureOf(phone.page, 'name-told')
    await phone.press('confirm')
    await site.page.getByText(words.notices.welcome).waitFor()
  })

  it('an account whose pushes can be forged shows no code: the page says later, and the password still works', async () => {
    stage.expectTrouble(/409 .*\/wechat\/login\/start/)
    await stage.world.changeMode('plaintext')
    const site = await stage.site(language)
    await site.page.goto(`${stage.world.demoUrl}/login`)
    await site.shows('trouble')
    await site.card.getByText(text.trouble).waitFor()
    expect(await site.card.textContent()).not.toMatch(/plaintext|insecure|明文/)
    await site.page.setViewportSize({ width: 360, height: 740 })
    await expectWellMade(site.page.locator('html'), language)
    await pictureOf(site.page, 'plaintext')
    await site.page.getByRole('button', { name: words.logIn, exact: true }).click()
    await site.page.getByText(words.notices.loggedIn).waitFor()
  })
})
