/** How sure a login must be: numbers typed on the phone, digits typed on the page, two people at one code. */
import { expect, it } from 'vitest'
import { useStage } from './stage.ts'

const stage = useStage()
const words = stage.words()

/** Two digits that are not these. */
function otherThan(number: string): string {
  return number === '42' ? '24' : '42'
}

it('number: the phone asks for the two digits of the screen, and forgives one mistake', async () => {
  await stage.world.changeApp({ loginAssurance: 'number' })
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  await phone.scan(await site.code())
  await site.shows('number')
  const number = (await site.card.locator('.number').textContent()) ?? ''
  expect(number).toMatch(/^\d{2}$/)
  await phone.openLink()
  await phone.inside.locator('input[name=number]').fill(otherThan(number))
  await phone.press('confirm')
  await phone.inside.getByText('数字不对，请看一眼网页再输入。这是最后一次。').waitFor()
  await site.shows('number')
  await phone.inside.locator('input[name=number]').fill(number)
  await phone.press('confirm')
  await phone.reads(words.confirmedLogin)
  await site.page.getByText(words.notices.welcome).waitFor()
})

it('number: wrong twice, and it is over on both sides; a new code starts afresh', async () => {
  await stage.world.changeApp({ loginAssurance: 'number' })
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  const code = await site.code()
  await phone.scan(code)
  await site.shows('number')
  const wrong = otherThan((await site.card.locator('.number').textContent()) ?? '')
  await phone.openLink()
  await phone.inside.locator('input[name=number]').fill(wrong)
  await phone.press('confirm')
  await phone.inside.getByText('这是最后一次').waitFor()
  await phone.inside.locator('input[name=number]').fill(wrong)
  await phone.press('confirm')
  await phone.reads('输错次数太多')
  await site.shows('failed')
  await site.card.getByText('错误次数过多').waitFor()

  await site.card.getByRole('button').click()
  await phone.scan(await site.code(code))
  await site.shows('number')
})

it('a code that a second person scans asks the first for six digits, and tells the second that it is taken', async () => {
  const [site, phone, other] = await Promise.all([
    stage.site(),
    stage.phone({ follows: true }),
    stage.phone({ follows: true, person: await stage.world.newPerson('路人', { follows: true }) }),
  ])
  await site.openLogin()
  const code = await site.code()
  await phone.scan(code)
  await site.shows('scanned')
  await other.scan(code)
  await other.reply.getByText('这个二维码已被另一个微信扫描。请回到网页刷新后重新扫描。').waitFor()
  expect(await other.reply.getByRole('link').count()).toBe(0)
  await phone.openLink()
  await phone.press('confirm')
  await phone.reads(words.typeDigits)
  await site.typeCode(await phone.digits())
  await site.page.getByText(words.notices.welcome).waitFor()
})

it('code: digits that are wrong five times end the flow', async () => {
  stage.expectTrouble(/(401|409) .*\/code\)/)
  await stage.world.changeApp({ loginAssurance: 'code' })
  const [site, phone] = await Promise.all([stage.site(), stage.phone({ follows: true })])
  await site.openLogin()
  await phone.scan(await site.code())
  await phone.openLink()
  await phone.press('confirm')
  const wrong = (await phone.digits()) === '000000' ? '111111' : '000000'
  for (const left of [4, 3, 2, 1]) {
    await site.typeCode(wrong)
    await site.card.getByText(`数字不对，还可以试 ${left} 次`).waitFor()
  }
  await site.typeCode(wrong)
  await site.shows('failed')
  await site.card.getByText('错误次数过多').waitFor()
})
