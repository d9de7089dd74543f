/** Codes by WeChat: before something that matters, and for a password that is forgotten. */
import { describe, expect, it } from 'vitest'
import { picture } from './pictures.ts'
import { useStage } from './stage.ts'
import { link, logIn } from './walks.ts'

const stage = useStage()

const said = {
  'zh-CN': {
    send: '用微信接收验证码',
    change: '更换手机号',
    wrong: '验证码不对，还可以试 4 次。',
    changed: '手机号已更换。',
    over: '验证码已失效或已使用，请重新获取。',
    tail: '尾号 •••8000',
    forgotten: '忘记密码',
    ask: '“示例商店”请您同意：设置新密码',
    set: '设置密码',
    isSet: '密码已设置。',
    wrongPassword: '邮箱或密码不正确。',
    noPassword: '这个微信没有对应的密码账号',
  },
  en: {
    send: 'Send me a code by WeChat',
    change: 'Change the number',
    wrong: 'That is not the code. Tries left: 4.',
    changed: 'Your phone number is changed.',
    over: 'This code is over or used up. Ask for another one.',
    tail: 'Yours ends in •••8000',
    forgotten: 'Forgotten password',
    ask: '示例商店 asks you to approve: Set a new password',
    set: 'Set password',
    isSet: 'Your password is set.',
    wrongPassword: 'E-mail or password is not right.',
    noPassword: 'No account with a password belongs to this WeChat',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  it('a new phone number takes the code on the phone: not a wrong one, and not twice', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await logIn(site, phone)
    await site.page.goto(`${stage.world.demoUrl}/settings`)
    await picture(site.page, `settings-${language}`)
    await site.page.locator('[name=phone]').fill('138 0013 8000')
    await site.page.getByRole('button', { name: text.send }).click()
    await site.page.locator('[name=code]').waitFor()
    await stage.world.pass(0)

    await phone.openChat()
    const card = phone.page.getByTestId('template')
    await card.getByRole('heading', { name: '验证码通知' }).waitFor()
    await picture(phone.page, `code-card-${language}`)
    const [code = ''] = await card.locator('dd').allTextContents()
    expect(code).toMatch(/^\d{6}$/)
    expect(await card.textContent()).toContain('…8000')

    async function type(digits: string): Promise<void> {
      await site.page.locator('[name=code]').fill(digits)
      await site.page.getByRole('button', { name: text.change }).click()
    }
    stage.expectTrouble(/401/)
    await type(code === '000000' ? '000001' : '000000')
    await site.page.getByText(text.wrong).waitFor()
    await picture(site.page, `code-wrong-${language}`)
    await type(`${code.slice(0, 3)} ${code.slice(3)}`)
    await site.page.getByText(text.changed).waitFor()
    await site.page.getByText(text.tail).waitFor()

    await site.page.goto(`${stage.world.demoUrl}/settings/phone`)
    await type(code)
    await site.page.getByText(text.over).waitFor()
  })

  it('a forgotten password is set anew by scanning, and the old one is good no more', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language, follows: true })])
    await site.logInWithPassword()
    await site.openLink()
    await link(site, phone)
    await site.page.getByText(words.notices.linked).waitFor()

    const other = await stage.site(language)
    await other.openLogin()
    await other.page.getByRole('link', { name: text.forgotten }).click()
    await other.shows('waiting')
    await picture(other.page, `forgotten-${language}`)
    // Two of a person's events in one second are one to WeChat.
    await stage.world.pass(2)
    await phone.scan(await other.code())
    await phone.openLink()
    await phone.reads(text.ask)
    await phone.press('confirm')
    await other.typeCode(await phone.digits())
    await other.page.waitForURL('**/forgotten/password')
    await picture(other.page, `new-password-${language}`)
    await other.page.locator('[name=password]').fill('oolong-and-crane')
    await other.page.getByRole('button', { name: text.set }).click()
    await other.page.getByText(text.isSet).waitFor()
    expect(await other.userName()).toBe('Lu Yu 陆羽')

    // The session of before is over, and so is the password of before.
    await site.page.goto(`${stage.world.demoUrl}/settings`)
    await site.page.waitForURL('**/login')
    stage.expectTrouble(/401/)
    await site.page.getByRole('button', { name: words.logIn, exact: true }).click()
    await site.page.getByText(text.wrongPassword).waitFor()
    await site.page.locator('form[action="/login"] [name=password]').fill('oolong-and-crane')
    await site.page.getByRole('button', { name: words.logIn, exact: true }).click()
    await site.page.getByText(words.notices.loggedIn).waitFor()
  })

  it('a WeChat without an account that has a password sets none', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language, follows: true })])
    await site.page.goto(`${stage.world.demoUrl}/forgotten`)
    await link(site, phone)
    await site.page.getByText(text.noPassword).waitFor()
    await site.page.goto(`${stage.world.demoUrl}/forgotten/password`)
    await site.page.waitForURL('**/forgotten')
  })
})
