import type { Message } from './courier.ts'

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
    what: { registration: '在 {site} 注册', reset: '重设 {site} 的密码' },
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
