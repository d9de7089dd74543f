/** Logging in by scanning, as a visitor and a follower see it. */
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import { describe, expect, it } from 'vitest'
import { useStage } from './stage.ts'

/** jsqr is CommonJS: what its types call the default export is one step further in. */
const camera = jsqr as unknown as typeof jsqr.default

const stage = useStage()

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)

  it('a new person scans, follows, confirms and is registered', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    await site.card.getByText(words.scanTitle).waitFor()
    await phone.scan(await site.code())
    await phone.follow()
    expect(await phone.reply.textContent()).toContain(words.replyLogin)
    await site.shows('scanned')
    await site.card.getByText(words.scanned).waitFor()
    await phone.openLink()
    await phone.reads(words.askLogin)
    await phone.press('confirm')
    await phone.reads(words.confirmedLogin)
    await site.page.getByText(words.notices.welcome).waitFor()
    expect(await site.userName()).toMatch(words.newName)
  })

  it('a known person logs in as the same user, without following again', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    await phone.scan(await site.code())
    await phone.follow()
    await phone.openLink()
    await phone.press('confirm')
    await site.page.getByText(words.notices.welcome).waitFor()
    const name = await site.userName()
    await site.logOut()

    await site.openLogin()
    await phone.scan(await site.code())
    await site.shows('scanned')
    await phone.openLink()
    await phone.press('confirm')
    await site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await site.userName()).toBe(name)
  })

  it('who declines on the phone is not logged in, and the page says so', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language, follows: true })])
    await site.openLogin()
    const code = await site.code()
    await phone.scan(code)
    await phone.openLink()
    await phone.press('decline')
    await phone.reads(words.declinedOnPhone)
    await site.shows('declined')
    await site.card.getByText(words.declined).waitFor()
    await site.card.getByRole('button').click()
    expect(await site.code(code)).not.toBe(code)
  })
})

it('a camera reads the code from the screen, in the light and in the dark', async () => {
  const site = await stage.site()
  for (const colorScheme of ['light', 'dark'] as const) {
    await site.page.emulateMedia({ colorScheme })
    await site.openLogin()
    const code = await site.code()
    const { data, width, height } = PNG.sync.read(await site.page.screenshot())
    expect(camera(new Uint8ClampedArray(data), width, height)?.data).toBe(code)
  }
})

it('whoever does not want to follow is asked for nothing more, and the code stays good', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone()])
  await site.openLogin()
  const code = await site.code()
  await phone.scan(code)
  await phone.page.getByTestId('not-now').click()
  await site.shows('waiting')
  await phone.scan(code)
  await phone.follow()
  await site.shows('scanned')
})
