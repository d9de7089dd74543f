/** A page that is reloaded, and a server that goes away and comes back, in the middle of it all. */
import { expect, it } from 'vitest'
import { useStage } from './stage.ts'

const stage = useStage()
const words = stage.words()

it('a reload changes nothing: the same code, the same step, the same end', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  const code = await site.code()
  await site.page.reload()
  expect(await site.code()).toBe(code)
  await phone.scan(code)
  await site.shows('scanned')
  await site.page.reload()
  await site.shows('scanned')
  await phone.openLink()
  await phone.press('confirm')
  await site.page.getByText(words.notices.welcome).waitFor()
})

it('a page that was away while the phone confirmed goes on where the phone is', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.logInWithPassword()
  await site.openLink()
  await phone.scan(await site.code())
  const address = site.page.url()
  await site.page.goto('about:blank')
  await phone.openLink()
  await phone.press('confirm')
  const digits = await phone.digits()
  await site.page.goto(address)
  await site.typeCode(digits)
  await site.page.getByText(words.notices.linked).waitFor()
})

it('a restart while the code is shown: the page waits, says so, and the same code works afterwards', async () => {
  stage.expectTrouble(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/)
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  const code = await site.code()
  await stage.world.stopHufu()
  await site.card.getByText('正在重新连接…').waitFor()
  await stage.world.startHufu()
  await phone.scan(code)
  await site.shows('scanned')
  await phone.openLink()
  await phone.press('confirm')
  await site.page.getByText(words.notices.welcome).waitFor()
})

it('a restart at each later step: after the scan, and between the phone’s yes and the six digits', async () => {
  stage.expectTrouble(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/)
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  const restart = async () => {
    await stage.world.stopHufu()
    await stage.world.startHufu()
  }
  await site.logInWithPassword()
  await site.openLink()
  await phone.scan(await site.code())
  await site.shows('scanned')
  await restart()
  await phone.openLink()
  await phone.reads(words.askBind)
  await restart()
  // The form was made by the server before, and is good for the one after.
  await phone.press('confirm')
  const digits = await phone.digits()
  await restart()
  await site.typeCode(digits)
  await site.page.getByText(words.notices.linked).waitFor()
})
