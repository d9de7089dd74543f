/** A phone that comes when it is over, and what nobody may take away: told in both languages, on both screens. */
import { beforeEach, describe, expect, it } from 'vitest'
import { expectWellMade } from './made.ts'
import type { Phone } from './phone.ts'
import { picture } from './picture.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'
import { logIn, logInElsewhere, openMe } from './walks.ts'

const stage = useStage({ shares: true })

const said = {
  'zh-CN': {
    expired: '二维码已过期',
    expiredText: '为了安全，二维码只在几分钟内有效。什么都没有改变。',
    another: '换个微信',
    cancelled: '已取消',
    cancelledText: '电脑页面已取消这次操作，什么都没有改变。',
    alreadyDeclined: '已经拒绝',
    alreadyDeclinedText: '这次操作之前已被拒绝，什么都没有改变。',
    tooMany: '输错次数太多',
    tooManyText: '为了安全，这次操作已停止，什么都没有改变。',
    tooManyOnPage: '错误次数过多',
    cancelledOnPage: '已取消',
    expiredOnPage: '二维码已过期',
    lastWay: '这是您唯一的登录方式',
    lastWayText: '没有这个微信就无法再认出您，因此予以保留。',
    unlink: '移除这个微信',
    back: '返回',
    mine: '我的账号',
    shopKeeps: '微信是您唯一的登录方式，请先设置邮箱和密码。',
  },
  en: {
    expired: 'The QR code has expired',
    expiredText: 'To keep you safe, a QR code works for a few minutes only. Nothing was changed.',
    another: 'Use another WeChat',
    cancelled: 'Cancelled',
    cancelledText: 'This was cancelled on the computer. Nothing was changed.',
    alreadyDeclined: 'Already declined',
    alreadyDeclinedText: 'This was declined before. Nothing was changed.',
    tooMany: 'Too many wrong tries',
    tooManyText: 'To keep you safe, we stopped here. Nothing was changed.',
    tooManyOnPage: 'Too many wrong tries',
    cancelledOnPage: 'Cancelled',
    expiredOnPage: 'This code has expired',
    lastWay: 'This is your only way in',
    lastWayText: 'Without this WeChat nobody could recognise you any more, so it stays.',
    unlink: 'Remove this WeChat',
    back: 'Back',
    mine: 'Your account',
    shopKeeps: 'Set an e-mail and a password first: WeChat is your only way in.',
  },
}

/** A little more than a login flow lives. */
const lifeSeconds = 181

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  beforeEach(() => stage.world.changeApp({ loginAssurance: 'tap' }))

  async function scanned(): Promise<{ site: Site; phone: Phone }> {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language, follows: true })])
    await site.openLogin()
    await phone.scan(await site.code())
    await phone.link()
    return { site, phone }
  }

  async function reads(phone: Phone, heading: string, sentence: string, name: string): Promise<void> {
    await phone.reads(heading)
    await phone.inside.getByText(sentence).waitFor()
    await picture(phone.page, `over-${name}-${language}`)
  }

  it('a link that is opened after its flow has expired', async () => {
    const { site, phone } = await scanned()
    await stage.world.pass(lifeSeconds)
    await phone.openLink()
    await reads(phone, text.expired, text.expiredText, 'expired')
    await site.shows('expired')
    await site.card.getByText(text.expiredOnPage).waitFor()
  })

  it('a link that is opened after the page has taken another code', async () => {
    const { site, phone } = await scanned()
    await site.shows('scanned')
    await site.card.getByRole('button', { name: text.another }).click()
    await site.shows('waiting')
    await phone.openLink()
    await reads(phone, text.cancelled, text.cancelledText, 'cancelled')
  })

  it('a yes after the no, by the browser’s way back: the no stays', async () => {
    const { site, phone } = await scanned()
    await phone.openLink()
    await phone.press('decline')
    await phone.reads(words.declinedOnPhone)
    await stage.world.sim('POST', `/people/${phone.person.id}/back`, {})
    await phone.press('confirm')
    await reads(phone, text.alreadyDeclined, text.alreadyDeclinedText, 'declined')
    await site.shows('declined')
    await site.card.getByText(words.declined).waitFor()
  })

  it('two wrong numbers', async () => {
    await stage.world.changeApp({ loginAssurance: 'number' })
    const { site, phone } = await scanned()
    await site.shows('number')
    const wrong = (await site.card.locator('.number').textContent()) === '42' ? '24' : '42'
    await phone.openLink()
    const number = phone.inside.locator('input[name=number]')
    await number.fill(wrong)
    await phone.press('confirm')
    await phone.inside.locator('[role=alert]').waitFor()
    await picture(phone.page, `over-wrong-number-${language}`)
    await number.fill(wrong)
    await phone.press('confirm')
    await reads(phone, text.tooMany, text.tooManyText, 'too-many')
    await site.shows('failed')
    await site.card.getByText(text.tooManyOnPage).waitFor()
  })

  it('the shop keeps a WeChat that is its only way in, and says what to do first', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language, follows: true })])
    await logIn(site, phone)
    await site.page.goto(`${stage.world.demoUrl}/settings`)
    await site.page.getByText(text.shopKeeps).waitFor()
    await expectWellMade(site.page.locator('html'), language)
  })

  it('the only way in stays, on the person’s own page in WeChat and on the PC', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language, follows: true })])
    await logInElsewhere(stage.world, phone, language)
    await phone.page.getByTestId('close-page').click()
    await phone.page.getByTestId('back').click()

    await phone.scanElsewhere(`${stage.world.hufuUrl}/me`)
    await phone.reads(text.mine)
    await picture(phone.page, `over-me-${language}`)
    await phone.inside.getByRole('link', { name: text.unlink }).click()
    await phone.inside.getByRole('button', { name: text.unlink }).click()
    await reads(phone, text.lastWay, text.lastWayText, 'last-way')
    await phone.inside.getByRole('link', { name: text.back }).click()
    await phone.reads(text.mine)

    stage.expectTrouble(/409 .*\/me\)|status of 409/)
    await openMe(stage.world, site, phone)
    await site.page.getByRole('link', { name: text.unlink }).click()
    await site.page.getByRole('button', { name: text.unlink }).click()
    await site.page.getByRole('heading', { name: text.lastWay }).waitFor()
    await site.page.setViewportSize({ width: 360, height: 740 })
    await expectWellMade(site.page.locator('html'), language)
    await picture(site.page, `over-pc-last-way-${language}`)
    await site.page.goto(`${stage.world.hufuUrl}/me`)
    expect(await site.page.getByRole('link', { name: text.unlink }).count()).toBe(1)
  })
})
