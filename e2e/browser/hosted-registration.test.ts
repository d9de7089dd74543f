/** Registration on Hufu's own pages: without JavaScript on the PC, and on the phone of somebody who began in the chat; and a new password. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { another, codeTo, removeWechat, scanAndConfirm } from './arriving.ts'
import { picture } from './pictures.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const password = 'correct horse'

const said = {
  'zh-CN': {
    heading: '注册“示例商店”',
    email: '邮箱',
    phone: '手机号',
    choose: '设置密码',
    same: '密码为 8 到 128 个字符，且不能就是邮箱地址。',
    sendMail: '发送邮件验证码',
    sendSms: '发送短信验证码',
    code: '六位验证码',
    go: '继续',
    wrong: '验证码不对，还可以试 4 次。',
    exists: '您已有账号',
    consent: '已有账号。要把这个微信绑定到该账号吗？',
    link: '绑定这个微信',
    registered: '注册成功',
    old: '请输入该账号的密码，证明它是您的。',
    itsPassword: '该账号的密码',
    wrongPassword: '这不是该账号的密码。',
    reset: '重设密码',
    newPassword: '新密码',
    set: '设置密码',
    changed: '新密码现在起有效。',
  },
  en: {
    heading: 'Register at 示例商店',
    email: 'E-mail address',
    phone: 'Phone number',
    choose: 'Choose a password',
    same: 'A password has 8 to 128 characters, and is not the address itself.',
    sendMail: 'Send me a code by e-mail',
    sendSms: 'Send me a code by SMS',
    code: 'Six digits',
    go: 'Go on',
    wrong: 'The code is not right. Tries left: 4.',
    exists: 'You have an account already',
    consent: 'Link this WeChat with it?',
    link: 'Link this WeChat',
    registered: 'You are registered',
    old: 'Its password shows that it is yours.',
    itsPassword: 'Password of that account',
    wrongPassword: 'That is not the password of this account.',
    reset: 'Set a new password',
    newPassword: 'New password',
    set: 'Set the password',
    changed: 'The new password is good from now on.',
  },
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  const words = stage.words(language)
  const text = said[language]

  const fill = (page: Page, label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value)
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

  /** A person who has confirmed on the phone, and whose browser runs no scripts: the site posts its flow and secret to the hosted page. */
  async function arrive() {
    stage.expectTrouble(/(409|422) .*\/register\//)
    await stage.world.changeApp({ registration: ['email', 'phone'] })
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await site.openLogin()
    const form = await site.page.evaluate(async () => {
      const response = await fetch('/wechat/login/start', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      const { id, secret } = (await response.json()) as { id: string; secret: string }
      return { flow: id, secret }
    })
    await scanAndConfirm(site, phone)
    await site.shows('register')
    const plain = await (await stage.context(language, { javaScriptEnabled: false })).newPage()
    // What a site without the widget has on its own page.
    await plain.route(`${stage.world.demoUrl}/plain`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${stage.world.hufuUrl}/register"><input type="hidden" name="flow" value="${form.flow}"><input type="hidden" name="secret" value="${form.secret}"><button>go</button></form>`,
      }),
    )
    await plain.goto(`${stage.world.demoUrl}/plain`)
    await plain.getByRole('button').click()
    await plain.getByRole('heading', { name: text.heading }).waitFor()
    return { site, phone, plain }
  }

  it('without JavaScript, by e-mail: refusals stand on the page, and the site goes on', async () => {
    const { site, phone, plain } = await arrive()
    const { email } = phone.person
    await picture(plain, `register-${language}`)
    await fill(plain, text.email, email)
    await fill(plain, text.choose, email)
    await press(plain, text.sendMail)
    await plain.getByRole('alert').getByText(text.same).waitFor()
    await picture(plain, `register-refused-${language}`)
    await fill(plain, text.choose, password)
    await press(plain, text.sendMail)
    const code = await codeTo(stage, phone.person, 'email')
    await picture(plain, `register-code-${language}`)
    await fill(plain, text.code, another(code))
    await press(plain, text.go)
    await plain.getByText(text.wrong).waitFor()
    await fill(plain, text.code, code)
    await press(plain, text.go)
    await plain.getByRole('heading', { name: text.registered }).waitFor()
    await picture(plain, `registered-${language}`)
    await site.page.getByText(words.notices.welcome).waitFor()
  })

  it('without JavaScript, by phone; and a number that is known is linked by a yes', async () => {
    const first = await arrive()
    const { person } = first.phone
    await fill(first.plain, text.phone, person.phone)
    await press(first.plain, text.sendSms)
    await fill(first.plain, text.code, await codeTo(stage, person, 'phone'))
    await press(first.plain, text.go)
    await first.plain.getByRole('heading', { name: text.registered }).waitFor()
    await first.site.page.getByText(words.notices.welcome).waitFor()
    const name = await first.site.userName()
    await removeWechat(stage, first.phone)
    await stage.world.pass(61)

    const { site, plain } = await arrive()
    await fill(plain, text.phone, person.phone)
    await press(plain, text.sendSms)
    await fill(plain, text.code, await codeTo(stage, person, 'phone'))
    await press(plain, text.go)
    await plain.getByRole('heading', { name: text.exists }).waitFor()
    await plain.getByText(text.consent).waitFor()
    await picture(plain, `register-exists-${language}`)
    await press(plain, text.link)
    await plain.getByRole('heading', { name: text.registered }).waitFor()
    await site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await site.userName()).toBe(name)
  })

  it('who begins in the chat registers inside WeChat, and comes in without it from then on', async () => {
    await stage.world.welcomeWithLink()
    await stage.world.changeApp({ registration: ['email', 'phone'] })
    await stage.world.answer({ kind: 'exact', keywords: ['茶'], text: '<a href="{link}">tea</a>' })
    const phone = await stage.phone({ language, follows: true })
    const { inside } = phone
    await phone.openChat()
    await phone.openLink()
    await inside.getByRole('button', { name: words.openAccount }).click()
    await phone.reads(words.askLogin)
    await phone.press('confirm')
    await phone.reads(text.heading)
    await picture(phone.page, `register-inside-${language}`)
    await inside.getByLabel(text.phone, { exact: true }).fill(phone.person.phone)
    await inside.getByRole('button', { name: text.sendSms }).click()
    await inside.getByLabel(text.code, { exact: true }).fill(await codeTo(stage, phone.person, 'phone'))
    await inside.getByRole('button', { name: text.go }).click()
    await phone.reads(text.registered)
    await inside.getByRole('link').first().click()
    await inside.getByText(words.notices.welcome).waitFor()

    await phone.openChat()
    await phone.say('茶')
    await phone.openLink()
    await phone.reads(words.askLogin)
    await phone.press('confirm')
    await inside.getByText(words.notices.loggedIn).waitFor()
  })

  it('a forgotten password is set anew by e-mail: the former one proves nothing any more, the new one does', async () => {
    stage.expectTrouble(/422 .*\/reset/)
    const former = await arrive()
    const { person } = former.phone
    await fill(former.plain, text.email, person.email)
    await fill(former.plain, text.choose, password)
    await press(former.plain, text.sendMail)
    await fill(former.plain, text.code, await codeTo(stage, person, 'email'))
    await press(former.plain, text.go)
    await former.site.page.getByText(words.notices.welcome).waitFor()
    const name = await former.site.userName()
    await stage.world.addPhone(person)
    await removeWechat(stage, former.phone)
    // A number that nobody used for three months needs the password of its account.
    await stage.world.pass(91 * 86_400)

    const pc = former.site.page
    await pc.goto(`${stage.world.hufuUrl}/reset`)
    await pc.getByRole('heading', { name: text.reset }).waitFor()
    await picture(pc, `reset-${language}`)
    await fill(pc, text.email, person.email)
    await press(pc, text.sendMail)
    const code = await codeTo(stage, person, 'email')
    await picture(pc, `reset-code-${language}`)
    await fill(pc, text.code, another(code))
    await fill(pc, text.newPassword, 'battery staple')
    await press(pc, text.set)
    await pc.getByText(text.wrong).waitFor()
    await fill(pc, text.code, code)
    await fill(pc, text.newPassword, 'battery staple')
    await press(pc, text.set)
    await pc.getByText(text.changed).waitFor()

    const { site, plain } = await arrive()
    await fill(plain, text.phone, person.phone)
    await press(plain, text.sendSms)
    await fill(plain, text.code, await codeTo(stage, person, 'phone'))
    await press(plain, text.go)
    await plain.getByText(text.old).waitFor()
    await fill(plain, text.itsPassword, password)
    await press(plain, text.link)
    await plain.getByText(text.wrongPassword).waitFor()
    await picture(plain, `register-password-${language}`)
    await fill(plain, text.itsPassword, 'battery staple')
    await press(plain, text.link)
    await plain.getByRole('heading', { name: text.registered }).waitFor()
    await site.page.getByText(words.notices.loggedIn).waitFor()
    expect(await site.userName()).toBe(name)
  })
})
