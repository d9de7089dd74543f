/** WeChat's answer that does not fit: none, a used one, an old one, somebody else's. In Chromium itself, as WeChat's own browser shows it. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { codeFor } from '../../packages/server/test/hand-browser.ts'
import { expectWellMade } from './made.ts'
import { picture } from './picture.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'

const stage = useStage({ shares: true })

const said = {
  'zh-CN': {
    declined: '您没有允许授权',
    declinedText: '没关系，什么都没有改变。',
    tryAgain: '再试一次',
    restart: '请重新开始',
    restartText: '微信的授权只能用一次，这次的已经用过或过期。',
    startAgain: '重新开始',
    invalid: '本页无法继续',
    invalidText: '这个页面已失效，或者是在另一个浏览器里打开的。',
  },
  en: {
    declined: 'You did not allow it',
    declinedText: 'That is fine, nothing was changed.',
    tryAgain: 'Try again',
    restart: 'Please start again',
    restartText: 'This step at WeChat works only once, and it was used or has expired.',
    startAgain: 'Start again',
    invalid: 'This page cannot go on',
    invalidText: 'It is no longer valid, or it was opened in another browser.',
  },
}

/** A phone whose browser is moved by hand, so that it can come back from WeChat with whatever answer. */
interface HandPhone {
  page: Page
  /** Back from WeChat, with this code or none. @returns the address it came back to */
  back(code?: string): Promise<string>
  /** WeChat's good answer. */
  code(): Promise<string>
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  async function openPhone(site: Site): Promise<HandPhone> {
    const { world } = stage
    const { id } = await world.newPerson('小林', { follows: true })
    await world.sim('POST', `/people/${id}/scan`, { content: await site.code() })
    const chat = await world.sim('GET', `/people/${id}/chat?account=${world.appid}`)
    // The simulator's stop sign for whoever is not inside WeChat stands where the phone would be asked.
    stage.expectTrouble(/connect\/oauth2\/authorize|favicon.ico/)
    const page = await (await stage.context(language)).newPage()
    await page.setViewportSize({ width: 360, height: 740 })
    await page.goto(chat.at(-1).links[0].url)
    return {
      page,
      async back(code) {
        await page.waitForURL(/\/connect\/oauth2\/authorize\?/)
        const authorize = new URL(page.url())
        const back = new URL(authorize.searchParams.get('redirect_uri') ?? '')
        if (code !== undefined) back.searchParams.set('code', code)
        back.searchParams.set('state', authorize.searchParams.get('state') ?? '')
        await page.goto(back.href)
        return back.href
      },
      async code() {
        await page.waitForURL(/\/connect\/oauth2\/authorize\?/)
        return codeFor({ base: world.hufuUrl, sim: world.sim }, id, new URL(page.url()))
      },
    }
  }

  async function reads(page: Page, heading: string, sentence: string, name: string): Promise<void> {
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await page.getByText(sentence).waitFor()
    await expectWellMade(page.locator('html'), language)
    await picture(page, `oauth-${name}-${language}`)
  }

  async function confirm(site: Site, { page, back, code }: HandPhone): Promise<void> {
    await back(await code())
    await page.getByRole('heading', { name: words.askLogin }).waitFor()
    await page.locator('button[value=confirm]').click()
    await site.page.getByText(words.notices.welcome).waitFor()
  }

  it('who does not let WeChat say who they are reads that nothing happened, and may try again', async () => {
    const site = await stage.site(language)
    await site.openLogin()
    const phone = await openPhone(site)
    await phone.back()
    await reads(phone.page, text.declined, text.declinedText, 'declined')
    await site.shows('scanned')
    await phone.page.getByRole('link', { name: text.tryAgain }).click()
    await confirm(site, phone)
  })

  it.each([
    ['was used before', 40163],
    ['has expired', 42003],
  ])('a code of WeChat’s that %s asks to start again, by one tap', async (_, errcode) => {
    const site = await stage.site(language)
    await site.openLogin()
    const phone = await openPhone(site)
    const fault = { path: '/sns/oauth2/access_token', kind: 'errcode', errcode, times: 1 }
    await stage.world.sim('POST', '/faults', fault)
    await phone.back(await phone.code())
    await reads(phone.page, text.restart, text.restartText, 'restart')
    await site.shows('scanned')
    await phone.page.getByRole('link', { name: text.startAgain }).click()
    await confirm(site, phone)
  })

  it('an answer that comes a second time, or to another browser, leads nowhere and shows nothing', async () => {
    stage.expectTrouble(/400 .*oauth\/wechat|status of 400/)
    const site = await stage.site(language)
    await site.openLogin()
    const phone = await openPhone(site)
    const code = await phone.code()
    const address = await phone.back(code)
    await phone.page.getByRole('heading', { name: words.askLogin }).waitFor()
    await phone.page.goto(address)
    await reads(phone.page, text.invalid, text.invalidText, 'state-invalid')
    const stranger = await (await stage.context(language)).newPage()
    await stranger.setViewportSize({ width: 360, height: 740 })
    await stranger.goto(address)
    await reads(stranger, text.invalid, text.invalidText, 'state-elsewhere')
    expect(await stranger.locator('body').textContent()).not.toContain('示例商店')
    await site.shows('scanned')
  })
})
