/** One message for one yes (一次性订阅消息): a customer asks a shop, at WeChat's own page, to be told once. */
import { describe, expect, it } from 'vitest'
import type { Phone } from './phone.ts'
import { picture } from './pictures.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'
import { logIn } from './walks.ts'

const stage = useStage({ shares: true })

const said = {
  'zh-CN': {
    order: '下单: 安溪铁观音',
    ship: '发货',
    ask: '到站提醒我一次',
    asks: '示例服务号 申请',
    allowed: '到站后，微信会通知您一次。',
    declined: '好的，不会给您发送通知。',
    arrive: '已到自提点，发送通知',
    accepted: '微信已收下通知。',
    none: '您没有同意接收，或次数已用完。',
    arrived: '待取件',
    notTheirs: '这是给另一个微信的',
  },
  en: {
    order: 'Order: Anxi Tieguanyin',
    ship: 'Ship it',
    ask: 'Tell me once',
    asks: '示例服务号 asks',
    allowed: 'You will be told in WeChat, once.',
    declined: 'As you like: nothing will be sent.',
    arrive: 'It is there: send the message',
    accepted: 'WeChat has the notice.',
    none: 'You have not allowed one, or it is used up.',
    arrived: 'Ready to collect',
    notTheirs: 'This is for another WeChat',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const text = said[language]

  /** A member with an order that has been shipped. */
  async function customer(): Promise<{ site: Site; phone: Phone; order: string }> {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await logIn(site, phone)
    await site.page.goto(`${stage.world.demoUrl}/`)
    await site.page.getByRole('button', { name: text.order }).click()
    await site.page.getByRole('button', { name: text.ship, exact: true }).click()
    await site.page.locator('[data-state=shipped]').waitFor()
    return { site, phone, order: site.page.url() }
  }

  /** The message is sent from behind the counter, and the shop's page says this of it, sooner or later. */
  async function arrives({ page }: Site, state: 'accepted' | 'failed', sentence: string): Promise<void> {
    await page.getByRole('button', { name: text.arrive }).click()
    const fate = page.locator(`form[action$="/arrive"] + .fate`)
    await expect
      .poll(
        async () => {
          await stage.world.pass(2)
          await page.reload()
          return fate.getAttribute('data-fate')
        },
        { timeout: 15_000 },
      )
      .toBe(state)
    await fate.getByText(sentence).waitFor()
  }

  /** How many the shop may still send, by its own page. */
  async function allowed({ page }: Site): Promise<string | null> {
    await page.reload()
    return page.locator('[data-allowed]').getAttribute('data-allowed')
  }

  /** What WeChat took for this person. */
  async function sent({ person }: Phone): Promise<number> {
    const { openids } = await stage.world.sim('GET', `/people/${person.id}`)
    const all: { api: string }[] = await stage.world.sim('GET', `/sends?touser=${openids[stage.world.appid]}`)
    return all.filter(({ api }) => api === '/cgi-bin/message/template/subscribe').length
  }

  it('asked on the phone and agreed to, it comes once, as a card that leads to the order; a second one is refused, and the shop reads why', async () => {
    const { site, phone } = await customer()
    await phone.openChat()
    await phone.page.getByTestId('template').getByRole('link').click()
    await phone.inside.getByRole('button', { name: text.ask }).waitFor()
    await picture(phone.page, `one-time-order-on-the-phone-${language}`)
    await phone.inside.getByRole('button', { name: text.ask }).click()
    await phone.reads(text.asks)
    await picture(phone.page, `one-time-asked-${language}`)
    expect(await allowed(site)).toBe('0')
    await phone.press('confirm')
    await phone.inside.getByText(text.allowed).waitFor()
    await picture(phone.page, `one-time-allowed-${language}`)
    expect(await allowed(site)).toBe('1')
    await picture(site.page, `one-time-order-allowed-${language}`)

    await arrives(site, 'accepted', text.accepted)
    expect(await allowed(site)).toBe('0')
    await picture(site.page, `one-time-order-arrived-${language}`)
    await phone.openChat()
    const card = phone.page.getByTestId('subscribe')
    await card.getByText('您的安溪铁观音已到自提点').waitFor()
    await picture(phone.page, `one-time-card-${language}`)
    await card.getByRole('link').click()
    await phone.inside.locator('[data-state=arrived]').getByText(text.arrived).waitFor()

    await arrives(site, 'failed', text.none)
    await picture(site.page, `one-time-used-up-${language}`)
    expect(await sent(phone)).toBe(1)
  })

  it('refused on the phone, nothing is sent; a yes that somebody else’s WeChat says counts for nobody', async () => {
    const { site, phone, order } = await customer()
    // A real browser: the way from the shop's form to WeChat's page is its policy's matter, too.
    const inWechat = await stage.wechat(phone.person, language)
    await inWechat.goto(order)
    await inWechat.getByRole('button', { name: text.ask }).click()
    await inWechat.getByRole('heading', { name: text.asks }).waitFor()
    await inWechat.locator('button[value=cancel]').click()
    await inWechat.getByText(text.declined).waitFor()
    await picture(inWechat, `one-time-declined-${language}`)

    const person = await stage.world.newPerson('路人', { follows: true })
    const stranger = await stage.phone({ language, person })
    await stranger.openAddress(order)
    await stranger.inside.getByRole('button', { name: text.ask }).click()
    await stranger.reads(text.asks)
    await stranger.press('confirm')
    await stranger.reads(text.notTheirs)

    expect(await allowed(site)).toBe('0')
    await arrives(site, 'failed', text.none)
    expect(await sent(phone)).toBe(0)
  })
})
