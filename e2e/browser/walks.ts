import type { World } from '../world.ts'
import type { Phone } from './phone.ts'
import type { Site } from './site.ts'
import { type Language, words } from './words.ts'

/** From the site's login page to who is greeted there, with a yes on the phone. */
export async function logIn(site: Site, phone: Phone): Promise<void> {
  await site.openLogin()
  await phone.scan(await site.code())
  if (await asksToFollow(phone)) await phone.follow()
  await phone.openLink()
  await phone.press('confirm')
  await site.page.locator('header .person .name').waitFor()
}

/** Who does not follow yet is asked to; who does is in the chat at once. */
async function asksToFollow(phone: Phone): Promise<boolean> {
  const follow = phone.page.getByTestId('follow')
  await follow.or(phone.page.getByTestId('send')).waitFor()
  return follow.isVisible()
}

/** The widget's code, scanned by whoever is logged in, up to the six digits typed on the page. */
export async function link(site: Site, phone: Phone): Promise<void> {
  await phone.scan(await site.code())
  await phone.openLink()
  await phone.press('confirm')
  await site.typeCode(await phone.digits())
}

/** From Hufu's own login page to the person's own, by the widget. */
export async function openMe(world: World, site: Site, phone: Phone): Promise<void> {
  await site.page.goto(`${world.hufuUrl}/login`)
  await link(site, phone)
  await site.page.waitForURL('**/me')
}

/** At a site that knows people by their WeChat alone. @returns what it calls who came */
export async function logInElsewhere(world: World, phone: Phone, language: Language): Promise<string> {
  const { content, finish } = await world.logInElsewhere(language)
  await phone.scan(content)
  if (await asksToFollow(phone)) await phone.follow()
  await phone.openLink()
  await phone.press('confirm')
  await phone.reads(words[language].confirmedLogin)
  return finish()
}
