/** The way from the chat into the site in a browser that enforces content policies, as WeChat's own does. */
import { expect, it } from 'vitest'
import { codeFor } from '../../packages/server/test/hand-browser.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const words = stage.words()

it('every form may lead where it leads: the site to WeChat, and Hufu back to the site', async () => {
  const { world } = stage
  await world.welcomeWithLink()
  const { id } = await world.newPerson('小林', { follows: true })
  const chat = await world.sim('GET', `/people/${id}/chat?account=${world.appid}`)
  const arrived = await world.sim('POST', `/people/${id}/open`, { url: chat.at(-1).links[0].url })

  // The simulator's stop sign for whoever is not inside WeChat stands where WeChat would send the phone back.
  stage.expectTrouble(/connect\/oauth2\/authorize|favicon.ico/)
  const page = await (await stage.context('zh-CN')).newPage()
  await page.goto(arrived.url)
  await page.getByRole('button', { name: words.logInAndLink }).click()
  await page.waitForURL(/\/connect\/oauth2\/authorize\?/)
  const authorize = new URL(page.url())
  const back = new URL(authorize.searchParams.get('redirect_uri') ?? '')
  back.searchParams.set('code', await codeFor({ base: world.hufuUrl, sim: world.sim }, id, authorize))
  back.searchParams.set('state', authorize.searchParams.get('state') ?? '')
  await page.goto(back.href)
  await page.getByRole('heading', { name: words.askBind }).waitFor()
  await page.locator('button[value=confirm]').click()
  await page.getByText(words.notices.linkedFromChat).waitFor()
  expect(page.url()).toBe(`${world.demoUrl}/settings`)
})
