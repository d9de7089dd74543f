/** The phone page as a person uses it: pages in WeChat, the keyboard, other people, languages, a lost simulator. */
import { describe, expect, it } from 'vitest'
import { usePhone } from './phone-world.ts'

const phone = usePhone()

/** Where a website sends a person to ask who they are. */
function consentAddress(): string {
  const back = encodeURIComponent(`${phone.site.url}/back`)
  const query = `appid=${phone.account.appid}&redirect_uri=${back}&response_type=code&scope=snsapi_userinfo&state=s1`
  return `${phone.simulator.url}/connect/oauth2/authorize?${query}#wechat_redirect`
}

describe('texts and mails', () => {
  it('are shown where the person is, as they come', async () => {
    const person = await phone.addPerson('Ada')
    await phone.open(`lang=en&person=${person.id}#/me`)
    const me = phone.simulator.world.people.get(person.id)
    await phone.page.getByTestId('reach').getByText(me.email).waitFor()
    phone.simulator.world.texts.deliver(me.phone, 'Your code is 123456')
    await phone.page.getByTestId('messages').getByText('Your code is 123456').waitFor()
  })
})

describe('the in-WeChat browser', () => {
  it('opens a link of the chat, follows its forms with cookies of its own, and closes to the chat', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByRole('link', { name: 'open the page' }).click()
    await phone.page.getByRole('dialog').getByRole('heading', { name: 'Confirm' }).waitFor()
    const inside = phone.page.frameLocator('[data-testid=page]')
    await inside.getByRole('button', { name: 'Yes' }).click()
    await inside.getByText('cookie visit=1, decision yes').waitFor()
    await phone.page.getByRole('dialog').getByRole('heading', { name: 'Done' }).waitFor()
    await phone.page.getByRole('button', { name: 'Close page' }).click()
    await phone.page.getByTestId('browser').waitFor({ state: 'detached' })
    const focused = phone.page.getByRole('link', { name: 'open the page' }).and(phone.page.locator(':focus'))
    await focused.waitFor()
  })

  it('runs no script of the page and keeps it apart from the phone', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByRole('link', { name: 'open the page' }).click()
    const inside = phone.page.frameLocator('[data-testid=page]')
    await inside.getByText('without script').waitFor()
    expect(await phone.page.evaluate(() => document.querySelector('iframe')?.contentDocument)).toBeNull()
  })

  it('opens an address that was scanned, shows the consent dialog as a page and honours a refusal', async () => {
    const person = await phone.addPerson('Ada') // a follower who comes from the chat is not asked
    await phone.open(`lang=en&person=${person.id}#/scan`)
    await phone.page.getByLabel('Content of a code').fill(consentAddress())
    await phone.page.getByRole('button', { name: 'Recognise' }).click()
    await phone.page.getByTestId('browser').getByRole('heading', { name: 'Authorization' }).waitFor()
    await phone.page.frameLocator('[data-testid=page]').locator('button[value=decline]').click()
    await phone.page
      .getByTestId('browser')
      .getByRole('heading', { name: 'Authorization' })
      .waitFor({ state: 'detached' })
    expect(phone.site.visits.filter((visit) => visit.startsWith('/back?code='))).toEqual([])
  })

  it('says when the site does not answer, and tries again', async () => {
    const person = await phone.follower('Ada')
    phone.site.link = 'http://127.0.0.1:1/nobody'
    await phone.open(`lang=en&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByLabel('Message').fill('link')
    await phone.page.keyboard.press('Enter')
    await phone.page.getByText('again:').getByRole('link').click()
    await phone.page.getByTestId('browser').getByText('127.0.0.1:1', { exact: true }).waitFor()
    await phone.page.keyboard.press('Escape')
    await phone.page.getByTestId('browser').waitFor({ state: 'detached' })
  })
})

describe('the person', () => {
  it('is welcome from the first moment: nothing says that a new person is gone', async () => {
    await phone.open('lang=en')
    await phone.page.getByText('Nobody lives here yet').waitFor()
    const list = Promise.withResolvers<void>()
    await phone.page.route('**/_sim/people', async (route) => {
      if (route.request().method() === 'GET') await list.promise
      await route.continue()
    })
    await phone.page.getByLabel('Name of a new person').fill('Bea')
    await phone.page.getByRole('button', { name: 'Add person' }).click()
    const toast = phone.page.getByTestId('toast')
    const said = phone.page.locator('#toast:not(:empty)')
    await phone.page.getByText('No chats yet').or(said).first().waitFor()
    expect(await toast.textContent()).toBe('')
    list.resolve()
    await phone.page.getByText('No chats yet').waitFor()
    expect(await toast.textContent()).toBe('')
  })

  it('stops following only after being asked', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByRole('button', { name: 'About this account' }).click()
    await phone.page.getByRole('button', { name: 'Unfollow' }).click()
    await phone.page.getByRole('button', { name: 'Keep following' }).click()
    expect(await phone.people()).toMatchObject([{ follows: [phone.account.appid] }])
    await phone.page.getByRole('button', { name: 'Unfollow' }).click()
    await phone.page.getByRole('dialog').getByRole('button', { name: 'Stop following' }).click()
    await phone.page.getByText('No chats yet').waitFor()
    expect(await phone.people()).toMatchObject([{ follows: [] }])
  })

  it('can be changed, and the other one sees chats of their own', async () => {
    await phone.follower('Ada')
    const other = await phone.addPerson('Bea')
    await phone.open('lang=en')
    await phone.page.getByRole('button', { name: 'Ada' }).click()
    await phone.page.getByTestId(`chat-${phone.account.appid}`).waitFor()
    await phone.page.getByRole('button', { name: 'Me', exact: true }).click()
    await phone.page.getByTestId(`person-${other.id}`).click()
    await phone.page.getByText('No chats yet').waitFor()
    await phone.page.reload()
    await phone.page.getByText('No chats yet').waitFor()
  })

  it('does everything with the keyboard alone', async () => {
    await phone.makeCode()
    await phone.open('lang=en')
    await phone.page.getByLabel('Name of a new person').focus()
    await phone.page.keyboard.type('Ada')
    await phone.page.keyboard.press('Enter')
    await phone.press('Scan')
    await phone.press('虎符测试')
    await phone.press('Follow')
    await phone.page.getByRole('link', { name: 'open the page' }).waitFor()
    await phone.press('open the page')
    await phone.page.getByRole('dialog').getByRole('heading', { name: 'Confirm' }).waitFor()
    await phone.press('Yes')
    await phone.page.frameLocator('[data-testid=page]').getByText('decision yes').waitFor()
    await phone.press('Close page', { step: 'Shift+Tab' })
    await phone.page.getByTestId('browser').waitFor({ state: 'detached' })
    await phone.press('Message', { key: '' })
    await phone.page.keyboard.type('hello')
    await phone.page.keyboard.press('Enter')
    await phone.page.getByText('you said hello').waitFor()
    await phone.page.keyboard.press('Escape')
    await phone.page.getByRole('heading', { name: 'Chats' }).waitFor()
  })
})

describe('the page', () => {
  it('speaks both languages and wears both themes, by address and by switch', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=zh-CN&theme=dark&person=${person.id}#/me`)
    const background = () =>
      phone.page.evaluate(() => getComputedStyle(document.querySelector('.screen') as Element).backgroundColor)
    const dark = await background()
    await phone.page.getByRole('radio', { name: 'English' }).check()
    await phone.page.getByRole('heading', { name: 'Me' }).waitFor()
    await phone.page.getByRole('radio', { name: 'Light' }).check()
    expect(await background()).not.toBe(dark)
    await phone.page.reload()
    await phone.page.getByRole('heading', { name: 'Me' }).waitFor()
    expect(await phone.page.evaluate(() => document.documentElement.lang)).toBe('en')
  })

  it('tells web pages its language, by address and by switch, and its theme', async () => {
    const person = await phone.addPerson('Ada')
    // The browser's own preference, which the test's tool would force on the frame, too.
    await phone.page.emulateMedia({ colorScheme: null })
    await phone.open(`lang=en&theme=dark&person=${person.id}#/scan`)
    const confirms = async (button: string) => {
      await phone.page.getByRole('textbox').fill(consentAddress())
      await phone.page.keyboard.press('Enter')
      const inside = phone.page.frameLocator('[data-testid=page]')
      await inside.getByRole('button', { name: button }).waitFor()
      return inside.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)
    }
    expect(await confirms('Allow')).toBe('rgb(25, 25, 25)')
    await phone.page.getByRole('button', { name: 'Close page' }).click()
    await phone.page.getByTestId('browser').waitFor({ state: 'detached' })
    await phone.open(`lang=en&theme=light&person=${person.id}#/me`)
    await phone.page.getByRole('radio', { name: '中文' }).check()
    await phone.page.evaluate(() => {
      location.hash = '#/scan'
    })
    expect(await confirms('允许')).toBe('rgb(255, 255, 255)')
    expect(await phone.people()).toMatchObject([{ language: 'zh-CN' }])
  })

  it('says that the simulator is gone and comes back with it', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}`)
    await phone.page.getByTestId(`chat-${phone.account.appid}`).waitFor()
    await phone.loseSimulator(() => phone.page.getByText('No connection to the simulator').waitFor())
    await phone.page.getByText('Whose phone is this?').waitFor()
  })

  it('names every control and gives every screen one heading', async () => {
    const person = await phone.follower('Ada')
    await phone.makeCode()
    for (const hash of [
      'chats',
      'me',
      'scan',
      `chat/${phone.account.appid}`,
      `account/${phone.account.appid}`,
      `follow/${phone.account.appid}`,
    ]) {
      await phone.open(`lang=en&person=${person.id}#/${hash}`)
      await phone.page.getByRole('heading', { level: 1 }).waitFor()
      expect(await phone.page.getByRole('heading', { level: 1 }).count(), hash).toBe(1)
      const tree = await phone.page.locator('body').ariaSnapshot()
      expect(tree, hash).not.toMatch(/- (button|link|textbox|radio)(?! ")/)
    }
  })
})
