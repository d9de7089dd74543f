/** Codes that run out, and codes that somebody gives up. */
import { expect, it } from 'vitest'
import { useStage } from './stage.ts'

const stage = useStage()
const words = stage.words()

/** A little more than a login flow lives. */
const lifeSeconds = 181

it('a code that nobody scans renews itself three times, and then waits for a click', async () => {
  const site = await stage.site()
  await site.openLogin()
  let code = await site.code()
  for (let renewal = 1; renewal <= 3; renewal++) {
    await stage.world.pass(lifeSeconds)
    code = await site.code(code)
  }
  await stage.world.pass(lifeSeconds)
  await site.shows('expired')
  await site.card.getByText('二维码已过期').waitFor()
  await site.card.getByRole('button', { name: '刷新二维码' }).click()
  expect(await site.code(code)).not.toBe(code)
})

it('a renewed code logs in, and the former one is over', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  const former = await site.code()
  await stage.world.pass(lifeSeconds)
  const code = await site.code(former)
  await phone.scan(former)
  await phone.reply.getByText('二维码已失效。请回到网页刷新后重新扫描。').waitFor()
  await site.shows('waiting')
  await phone.scan(code)
  await phone.openLink()
  await phone.press('confirm')
  await site.page.getByText(words.notices.welcome).waitFor()
})

it('a flow that expires on the phone says so there, and the page offers a new code with one click', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  const code = await site.code()
  await phone.scan(code)
  await site.shows('scanned')
  await phone.openLink()
  await phone.reads(words.askLogin)
  await stage.world.pass(lifeSeconds)
  await site.shows('expired')
  await phone.press('confirm')
  await phone.reads('二维码已过期')
  await site.card.getByRole('button', { name: '刷新二维码' }).click()
  await phone.scan(await site.code(code))
  await site.shows('scanned')
})

it('“use another WeChat” gives up the flow: the phone that scanned it cannot confirm any more', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  const code = await site.code()
  await phone.scan(code)
  await site.shows('scanned')
  await phone.openLink()
  await phone.reads(words.askLogin)
  await site.card.getByRole('button', { name: '换个微信' }).click()
  expect(await site.code(code)).not.toBe(code)
  await phone.press('confirm')
  await phone.reads('已取消')
})

it('who unfollows before confirming is out of the flow', async () => {
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  await phone.scan(await site.code())
  await site.shows('scanned')
  await phone.page.getByTestId('account').click()
  await phone.page.getByTestId('unfollow').click()
  await phone.page.getByTestId('confirm-unfollow').click()
  await site.shows('cancelled')
})
