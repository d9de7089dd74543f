/** Begun in the chat: nobody sits at a computer, nothing is scanned. */
import { describe, it } from 'vitest'
import type { Phone } from './phone.ts'
import { useStage } from './stage.ts'

const stage = useStage()

/** The person goes and comes back, and is welcomed anew: with another link of their own. */
async function followAnew(phone: Phone): Promise<void> {
  await stage.world.pass(2)
  for (const move of ['unfollow', 'follow']) {
    await stage.world.sim('POST', `/people/${phone.person.id}/${move}`, { account: stage.world.appid })
  }
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)

  it('a member logs in once, links, and from then on comes in without a password', async () => {
    await stage.world.welcomeWithLink()
    const phone = await stage.phone({ language, follows: true })
    await phone.openChat()
    await phone.openLink()
    await phone.reads(words.fromChat)
    // The demo's password is filled in.
    await phone.inside.getByRole('button', { name: words.logInAndLink }).click()
    await phone.reads(words.askBind)
    await phone.inside.getByText('de•••@ex•••.com').waitFor()
    await phone.press('confirm')
    await phone.inside.getByText(words.notices.linkedFromChat).waitFor()

    await followAnew(phone)
    await phone.openChat()
    await phone.openLink()
    await phone.reads(words.askLogin)
    await phone.press('confirm')
    await phone.inside.getByText(words.notices.loggedIn).waitFor()
  })

  it('a newcomer opens an account with one tap', async () => {
    await stage.world.welcomeWithLink()
    const phone = await stage.phone({ language, follows: true })
    await phone.openChat()
    await phone.openLink()
    await phone.inside.getByRole('button', { name: words.openAccount }).click()
    await phone.reads(words.askLogin)
    await phone.press('confirm')
    await phone.inside.getByText(words.notices.welcome).waitFor()
  })
})
