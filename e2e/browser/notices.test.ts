/** Notices, as a shop's customer sees them: the card on the phone, and what the shop is told of it. */
import { describe, expect, it } from 'vitest'
import type { Phone } from './phone.ts'
import { picture } from './pictures.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'
import { logIn, openMe } from './walks.ts'

const stage = useStage()

const said = {
  'zh-CN': {
    order: '下单: 安溪铁观音',
    ship: '发货',
    shipped: '已发货',
    tell: '到店提醒我',
    announce: '新茶已到，发送通知',
    muted: '您已关闭本店通知。',
    none: '您没有同意接收，或次数已用完。',
  },
  en: {
    order: 'Order: Anxi Tieguanyin',
    ship: 'Ship it',
    shipped: 'Shipped',
    tell: 'Tell me',
    announce: 'It is in: send the notice',
    muted: 'You have turned our notices off.',
    none: 'You have not allowed one, or it is used up.',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const text = said[language]

  async function member(): Promise<{ site: Site; phone: Phone }> {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await logIn(site, phone)
    return { site, phone }
  }

  /** What WeChat took for this person by these templates; what stands in the chat may come late. */
  async function sent(phone: Phone, api: 'template' | 'subscribe'): Promise<number> {
    const { openids } = await stage.world.sim('GET', `/people/${phone.person.id}`)
    const all: { api: string }[] = await stage.world.sim('GET', `/sends?touser=${openids[stage.world.appid]}`)
    return all.filter((one) => one.api.includes(api)).length
  }

  async function order(site: Site): Promise<void> {
    await site.page.goto(`${stage.world.demoUrl}/`)
    await site.page.getByRole('button', { name: text.order }).click()
    await site.page.getByRole('button', { name: text.ship, exact: true }).click()
  }

  /** The shop's page says this of its notice, sooner or later. */
  async function told(site: Site, state: string): Promise<void> {
    await expect
      .poll(
        async () => {
          await stage.world.pass(2)
          await site.page.reload()
          return site.page.locator('.fate').getAttribute('data-fate')
        },
        { timeout: 15_000 },
      )
      .toBe(state)
  }

  it('an order that is shipped is a card on the phone, which leads to the order in the shop', async () => {
    const { site, phone } = await member()
    await picture(site.page, `home-${language}`)
    await order(site)
    await told(site, 'delivered')
    await picture(site.page, `order-${language}`)
    await site.page.goto(`${stage.world.demoUrl}/orders`)
    await picture(site.page, `orders-${language}`)
    await phone.openChat()
    const card = phone.page.getByTestId('template')
    await card.getByRole('heading', { name: '订单发货通知' }).waitFor()
    expect(await card.locator('dd').allTextContents()).toContain('安溪铁观音')
    await picture(phone.page, `card-${language}`)
    await card.getByRole('link').click()
    await phone.inside.locator('[data-state=shipped]').getByText(text.shipped).waitFor()
    await picture(phone.page, `order-on-the-phone-${language}`)
  })

  it('who writes 退订 gets no more notices, and the shop reads why; /me turns them on, and off again', async () => {
    const { site, phone } = await member()
    await phone.openChat()
    await phone.say('退订')
    await phone.page.getByTestId('log').getByText('恢复订阅').waitFor()
    await order(site)
    await told(site, 'refused')
    await site.page.getByText(text.muted).waitFor()
    expect(await sent(phone, 'template')).toBe(0)

    await openMe(stage.world, site, phone)
    const notices = site.page.locator('section[aria-labelledby=notices]')
    await notices.locator('button[value=unmute]').click()
    await notices.locator('button[value=mute]').waitFor()
    await picture(site.page, `me-notices-${language}`)
    await order(site)
    await told(site, 'delivered')
    await phone.openChat()
    await phone.page.getByTestId('template').waitFor()

    await phone.openAddress(`${stage.world.hufuUrl}/me`)
    await phone.inside.locator('button[value=mute]').click()
    await phone.inside.locator('button[value=unmute]').waitFor()
    await phone.inside.locator('button[value=unmute]').scrollIntoViewIfNeeded()
    await picture(phone.page, `me-notices-on-the-phone-${language}`)
    await order(site)
    await told(site, 'refused')
    await site.page.getByText(text.muted).waitFor()
    expect(await sent(phone, 'template')).toBe(1)
  })

  it('a notice that is allowed in a page comes once; used up or refused it does not, and the shop reads why', async () => {
    const { site, phone } = await member()
    const page = `${stage.world.demoUrl}/new-tea`
    async function announce(state: string): Promise<void> {
      await site.page.goto(page)
      await site.page.getByRole('button', { name: text.announce }).click()
      await told(site, state)
      if (state === 'failed') await site.page.getByText(text.none).waitFor()
    }
    async function answer(choice: 'allow' | 'reject'): Promise<void> {
      await phone.openAddress(page)
      await phone.inside.getByRole('link', { name: text.tell }).click()
      await phone.page.getByTestId('popup').getByText('新茶上市提醒').waitFor()
      await picture(phone.page, `popup-${language}`)
      await phone.page.getByTestId(`popup-${choice}`).click()
      await phone.page.getByTestId('popup').waitFor({ state: 'hidden' })
    }
    await announce('failed')
    await answer('reject')
    await announce('failed')
    await answer('allow')
    await announce('delivered')
    await picture(site.page, `new-tea-${language}`)
    await phone.openChat()
    await phone.page.getByTestId('subscribe').getByText('明前龙井').waitFor()
    await picture(phone.page, `subscription-card-${language}`)
    await announce('failed')
    await picture(site.page, `new-tea-used-up-${language}`)
    expect(await sent(phone, 'subscribe')).toBe(1)
  })
})
