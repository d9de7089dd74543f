import type { Message, News } from './courier.ts'

interface Texts {
  subject: Record<Message['purpose'], string>
  what: Record<Message['purpose'], string>
  body(code: string, what: string, minutes: number): string[]
  sms(code: string, what: string, minutes: number): string
}

/** Purpose and site first, no link ever, and that nobody asks for the code: what tells it from a fisherman's message. */
const texts: Record<'zh-CN' | 'en', Texts> = {
  'zh-CN': {
    subject: { registration: '{site} 的验证码', reset: '{site}：重设密码的验证码' },
    what: { registration: '注册 {site} 的账号', reset: '重设 {site} 的密码' },
    body: (code, what, minutes) => [
      `您正在${what}。验证码：`,
      code,
      `${minutes} 分钟内有效。请只在您自己打开的页面上输入；我们不会向您索要验证码。`,
      '如果不是您本人操作，请忽略本邮件，什么都不会改变。',
    ],
    sms: (code, what, minutes) =>
      `验证码 ${code}，用于${what}，${minutes} 分钟内有效。请勿告诉他人；如非本人操作请忽略。`,
  },
  en: {
    subject: { registration: 'Your code for {site}', reset: 'Your code for a new password at {site}' },
    what: { registration: 'to register at {site}', reset: 'to set a new password at {site}' },
    body: (code, what, minutes) => [
      `You asked ${what}. Your code:`,
      code,
      `It is good for ${minutes} minutes. Type it only on the page that you opened yourself; nobody from us ever asks for it.`,
      'If this was not you, ignore this mail: nothing changes.',
    ],
    sms: (code, what, minutes) => `${code} is your code ${what}, good for ${minutes} minutes. Tell it to nobody.`,
  },
}

export function wordsOf(message: Message): { subject: string; mail: string; sms: string } {
  const words = texts[message.locale === 'en' ? 'en' : 'zh-CN']
  const named = (text: string) => text.replace('{site}', () => message.site)
  const what = named(words.what[message.purpose])
  return {
    subject: named(words.subject[message.purpose]),
    mail: `${words.body(message.code, what, message.minutes).join('\n\n')}\n`,
    sms: words.sms(message.code, what, message.minutes),
  }
}

const changed = {
  'zh-CN': {
    subject: '{site}：已设置新密码',
    how: { wechat: '使用已绑定的微信', email: '使用发到本邮箱的验证码' },
    body: (site: string, how: string, at: string) => [
      `您在 ${site} 的账号于 ${at}（北京时间）设置了新密码：${how}。其他登录均已退出。`,
      `如果是您本人操作，无需做任何事。如果不是：请自己打开 ${site} 的“重设密码”页面，用本邮箱再设置一个新密码；不要使用别人发来的链接。`,
    ],
  },
  en: {
    subject: '{site}: a new password was set',
    how: { wechat: 'with the WeChat that is linked with it', email: 'with a code sent to this address' },
    body: (site: string, how: string, at: string) => [
      `A new password was set for your account at ${site} at ${at} (Beijing time), ${how}. All other sessions have ended.`,
      `If this was you, there is nothing to do. If not, open the page for a new password at ${site} yourself and set another one by this address; use no link that somebody sends you.`,
    ],
  },
}

/** No link either: whoever is told does not have to believe us. */
export function changedWords({ how, locale, site, at }: Omit<News, 'id' | 'email'>): { subject: string; text: string } {
  const words = changed[locale === 'en' ? 'en' : 'zh-CN']
  return {
    subject: words.subject.replace('{site}', () => site),
    text: `${words.body(site, words.how[how], at).join('\n\n')}\n`,
  }
}
