/** Somebody whom nobody knows registers in the widget, on the page where they scanned. */
import { describe, expect, it } from 'vitest'
import { another, codeTo, messageTo, removeWechat, scanAndConfirm } from './arriving.ts'
import { picture } from './pictures.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const password = 'correct horse'

const said = {
  'zh-CN': {
    more: '还差一步',
    backToPage: '请回到扫码的页面，用邮箱或手机号完成注册。',
    email: '邮箱',
    password: '设置密码（至少 8 个字符）',
    send: '发送验证码',
    badPassword: '请换一个密码：它太短、就是邮箱地址，或已在别处泄露',
    mail: '您正在注册 示例商店 的账号。',
    code: '六位验证码',
    submit: '确定',
    wrong: '验证码不对，还可以试 4 次',
    byPhone: '改用手机号',
    phone: '手机号',
    badPhone: '这不是可以收短信的手机号',
    sms: '请勿告诉他人',
    exists: '已有账号。要把这个微信绑定到该账号吗？',
    link: '绑定',
    other: '换一个',
    taken: '该账号已绑定别的微信',
    old: '的账号很久没有使用，请输入它的密码。',
    itsPassword: '该账号的密码',
    wrongPassword: '密码不对，请再试一次',
    support: '该账号很久没有使用，请联系网站',
  },
  en: {
    more: 'One more step',
    backToPage: 'Go on where you scanned: register there by e-mail or phone.',
    email: 'E-mail address',
    password: 'Choose a password (8 characters or more)',
    send: 'Send me a code',
    badPassword: 'Choose another password: this one is short, the address itself, or known from a leak',
    mail: 'You asked to register at 示例商店.',
    code: 'Six digits',
    submit: 'OK',
    wrong: 'Wrong digits, tries left: 4',
    byPhone: 'Use a phone instead',
    phone: 'Phone number',
    badPhone: 'This is no phone number that we can send to',
    sms: 'Tell it to nobody',
    exists: 'Link this WeChat with it?',
    link: 'Link',
    other: 'Use another one',
    taken: 'That account has another WeChat',
    old: 'was not used for long. Please enter its password.',
    itsPassword: 'Password of that account',
    wrongPassword: 'That is not its password, please try again',
    support: 'That account was not used for long, please ask the site',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  /** A visitor who has confirmed on the phone, before the form of the widget. */
  async function arrive() {
    // What is refused in a form, the browser's console tells, too.
    stage.expectTrouble(/(401|409|422) .*\/registration\)/)
    await stage.world.changeApp({ registration: ['email', 'phone'] })
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    await scanAndConfirm(site, phone)
    await site.shows('register')
    const form = {
      site,
      phone,
      async press(name: string) {
        await site.card.getByRole('button', { name, exact: true }).click()
      },
      async fill(label: string, value: string) {
        await site.card.getByLabel(label, { exact: true }).fill(value)
      },
      reads: (sentence: string) => site.card.getByText(sentence).waitFor(),
      async sendMail(email: string, chosen = password) {
        await form.fill(text.email, email)
        await form.fill(text.password, chosen)
        await form.press(text.send)
      },
      async sendSms(number: string) {
        await form.press(text.byPhone)
        await form.fill(text.phone, number)
        await form.press(text.send)
      },
      async type(code: string) {
        await form.fill(text.code, code)
        await form.press(text.submit)
      },
      /** Registers somebody new. @returns the name the site gave */
      async byEmail(email: string) {
        await form.sendMail(email)
        await form.type(await codeTo(stage, phone.person, 'email'))
        return form.isNew()
      },
      async bySms(number: string) {
        await form.sendSms(number)
        await form.type(await codeTo(stage, phone.person, 'phone'))
        return form.isNew()
      },
      async isNew() {
        await site.page.getByText(words.notices.welcome).waitFor()
        return site.userName()
      },
    }
    return form
  }

  it('by e-mail: an unfit password and a wrong code are told, and who has registered only scans from then on', async () => {
    const form = await arrive()
    const { site, phone } = form
    const { email } = phone.person
    await phone.reads(text.more)
    await phone.inside.getByText(text.backToPage).waitFor()
    await form.reads(text.more)
    await site.card.getByLabel(text.email, { exact: true }).waitFor()
    await picture(site.page, `widget-register-${language}`)
    await form.sendMail(email, 'short')
    // The browser itself holds back what is too short.
    expect(await site.card.getByLabel(text.password).evaluate((input) => input.matches(':invalid'))).toBe(true)
    await form.sendMail(email, email)
    await form.reads(text.badPassword)
    await form.sendMail(email)
    const code = site.card.getByLabel(text.code, { exact: true })
    await code.waitFor()
    const mail = await messageTo(stage, phone.person, 'email')
    expect(mail).toContain(text.mail)
    const digits = /\b\d{6}\b/.exec(mail)?.[0] ?? ''
    await form.type(another(digits))
    await form.reads(text.wrong)
    await picture(site.page, `widget-code-${language}`)
    await form.type(digits)
    await site.page.getByText(words.notices.welcome).waitFor()
    const name = await site.userName()
    expect(name).toMatch(words.newName)

    await site.logOut()
    await site.openLogin()
    await scanAndConfirm(site, phone)
    await phone.reads(words.confirmedLogin)
    await site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await site.userName()).toBe(name)
  })

  it('by phone: a number that is none is told, and the code comes as a text message', async () => {
    const form = await arrive()
    const { site, phone } = form
    await form.sendSms('12345')
    await form.reads(text.badPhone)
    await form.fill(text.phone, phone.person.phone)
    await form.press(text.send)
    await site.card.getByLabel(text.code, { exact: true }).waitFor()
    const sms = await messageTo(stage, phone.person, 'phone')
    expect(sms).toContain(text.sms)
    await form.type(/\b\d{6}\b/.exec(sms)?.[0] ?? '')
    await site.page.getByText(words.notices.welcome).waitFor()
    const name = await site.userName()

    await site.logOut()
    await site.openLogin()
    await scanAndConfirm(site, phone)
    await site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await site.userName()).toBe(name)
  })

  it('an e-mail address that has an account: whoever reads its mail is asked, and is then that account’s person', async () => {
    const former = await arrive()
    const { person } = former.phone
    const name = await former.byEmail(person.email)
    await stage.world.pass(61)

    // Another WeChat, and somebody who can read that mail.
    const form = await arrive()
    await form.sendMail(person.email, 'another one')
    await form.type(await codeTo(stage, person, 'email'))
    await form.reads(text.exists)
    await form.press(text.link)
    // It has a WeChat.
    await form.reads(text.taken)

    await removeWechat(stage, former.phone)
    await stage.world.pass(61)
    await form.sendMail(person.email, 'another one')
    await form.type(await codeTo(stage, person, 'email'))
    await form.press(text.link)
    await form.site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await form.site.userName()).toBe(name)
  })

  it('a phone number that has an account: its owner says so; after three months that is not enough', async () => {
    const former = await arrive()
    const { person } = former.phone
    const name = await former.bySms(person.phone)
    await removeWechat(stage, former.phone)
    await stage.world.pass(61)

    const second = await arrive()
    await second.sendSms(person.phone)
    await second.type(await codeTo(stage, person, 'phone'))
    await second.reads(text.exists)
    await second.press(text.link)
    await second.site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await second.site.userName()).toBe(name)
    await removeWechat(stage, second.phone)
    await stage.world.pass(91 * 86_400)

    const third = await arrive()
    await third.sendSms(person.phone)
    await third.type(await codeTo(stage, person, 'phone'))
    await third.reads(text.support)
  })

  it('a phone number that changed hands perhaps: the password of the account proves whose it is', async () => {
    const former = await arrive()
    const { person } = former.phone
    const name = await former.byEmail(person.email)
    await stage.world.addPhone(person)
    await removeWechat(stage, former.phone)
    await stage.world.pass(91 * 86_400)

    const form = await arrive()
    await form.sendSms(person.phone)
    await form.type(await codeTo(stage, person, 'phone'))
    await form.reads(text.old)
    await form.fill(text.itsPassword, 'a wrong one')
    await form.press(text.link)
    await form.reads(text.wrongPassword)
    await picture(form.site.page, `widget-password-${language}`)
    await form.fill(text.itsPassword, password)
    await form.press(text.link)
    await form.site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await form.site.userName()).toBe(name)
  })
})
