/** The phone page as a person uses it: scanning, following, chatting. Real simulator, real Chromium. */
import { describe, expect, it } from 'vitest'
import { usePhone } from './phone-world.ts'

const phone = usePhone()

describe('scanning', () => {
  it('leads a new person over the follow prompt into the chat, where the welcome arrives', async () => {
    await phone.makeCode()
    await phone.open('lang=zh-CN')
    await phone.page.getByLabel('新人物的名字').fill('小明')
    await phone.page.getByRole('button', { name: '添加人物' }).click()
    await phone.page.getByRole('button', { name: '扫一扫' }).click()
    await phone.page.getByTestId('codes').getByRole('button').first().click()
    await phone.page.getByTestId('account-card').getByText('虎符测试').waitFor()
    await phone.page.getByRole('button', { name: '关注' }).click()
    await phone.page.getByTestId('reply').getByText('welcome').waitFor()
    expect(await phone.people()).toMatchObject([{ name: '小明', follows: [phone.account.appid] }])
    expect(phone.site.pushes.map((push) => push.event)).toEqual(['subscribe'])
  })

  it('leads a follower straight into the chat, by the deep link, once', async () => {
    const person = await phone.follower('Ada')
    const content = await phone.makeCode('login-scene')
    await phone.open(`lang=en&person=${person.id}&scan=${encodeURIComponent(content)}`)
    await phone.page.getByTestId('reply').getByText('scanned login-scene').waitFor()
    await phone.page.reload()
    await phone.page.getByTestId('reply').getByText('scanned login-scene').waitFor()
    expect(phone.site.pushes.filter((push) => push.event === 'SCAN')).toHaveLength(1)
  })

  it('lets the person refuse to follow', async () => {
    const person = await phone.addPerson('Ada')
    await phone.open(`lang=en&person=${person.id}&scan=${encodeURIComponent(await phone.makeCode())}`)
    await phone.page.getByRole('button', { name: 'Not now' }).click()
    await phone.page.getByText('No chats yet').waitFor()
    expect(phone.site.pushes).toEqual([])
  })

  it('says what to do about an expired code and about something that is no code', async () => {
    const person = await phone.follower('Ada')
    const content = await phone.makeCode()
    await phone.call('POST', '/_sim/clock', { offset_ms: 3_600_000 })
    await phone.open(`lang=en&person=${person.id}&scan=${encodeURIComponent(content)}`)
    await phone.page.getByRole('heading', { name: 'This QR code has expired' }).waitFor()
    await phone.page.getByRole('button', { name: 'Try another code' }).click()
    await phone.page.getByText('No code is shown right now').waitFor()
    await phone.page.getByLabel('Content of a code').fill('<img src=x> hello')
    await phone.page.getByRole('button', { name: 'Recognise' }).click()
    await phone.page.getByRole('heading', { name: 'This is not a WeChat code' }).waitFor()
    await phone.page.getByText('<img src=x> hello').waitFor()
  })

  it('sees a code that is made while the scanner is open', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}#/scan`)
    await phone.page.getByText('No code is shown right now').waitFor()
    const content = await phone.makeCode()
    await phone.page.locator(`[data-content="${content}"]`).click()
    await phone.page.getByTestId('reply').getByText('scanned scene').waitFor()
  })
})

describe('the chat', () => {
  it('carries a text to the account and its answer back', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByLabel('Message').fill('hi & <b>bye</b>')
    await phone.page.getByRole('button', { name: 'Send' }).click()
    await phone.page.getByTestId('said').getByText('hi & <b>bye</b>').waitFor()
    await phone.page.getByTestId('reply').getByText('you said hi & <b>bye</b>').waitFor()
    expect(await phone.page.getByLabel('Message').inputValue()).toBe('')
  })

  it('shows the failure notice when the account answers nonsense', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=zh-CN&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByLabel('消息').fill('nonsense')
    await phone.page.keyboard.press('Enter')
    await phone.page.getByTestId('failure').getByText('该公众号提供的服务出现故障，请稍后再试').waitFor()
  })

  it('draws news as a card that opens its page, and gives no other address to press', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByLabel('Message').fill('news')
    await phone.page.keyboard.press('Enter')
    await phone.page.getByRole('link', { name: 'A card' }).click()
    await phone.page.getByTestId('page-url').getByText(new URL(phone.site.url).host).waitFor()
    await phone.page.getByRole('button', { name: 'Close page' }).click()
    await phone.page.getByLabel('Message').fill('script')
    await phone.page.keyboard.press('Enter')
    await phone.page.getByText('press me').waitFor()
    expect(await phone.page.getByTestId('log').getByRole('link').count()).toBe(2)
  })

  it('counts what arrived while another screen was open', async () => {
    const person = await phone.follower('Ada')
    await phone.open(`lang=en&person=${person.id}#/chat/${phone.account.appid}`)
    await phone.page.getByTestId('reply').first().waitFor()
    await phone.page.getByRole('button', { name: 'Back' }).click()
    const row = phone.page.getByTestId(`chat-${phone.account.appid}`)
    await row.waitFor()
    expect(await row.getByText('unread').count()).toBe(0)
    await phone.call('POST', `/_sim/people/${person.id}/say`, { account: phone.account.appid, text: 'from elsewhere' })
    await row.getByText('1 unread').waitFor()
  })
})
