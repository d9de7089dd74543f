/** What somebody reads in the chat after a new password was set for their account. */
export interface ChangedFacts {
  site: string
  how: 'wechat' | 'email'
  /** HH:MM in China. */
  at: string
  url: string
}

const zhCN = ({ site, how, at, url }: ChangedFacts) =>
  `您在 ${site} 的账号已于 ${at} 通过${how === 'wechat' ? '微信' : '邮箱'}设置了新密码，其他登录均已退出。\n\n不是您？<a href="${url}">立即再设一个</a>`

const en = ({ site, how, at, url }: ChangedFacts) =>
  `A new password was set for your account at ${site} at ${at}, by ${how === 'wechat' ? 'WeChat' : 'e-mail'}. All other sessions have ended.\n\nNot you? <a href="${url}">Set another one now</a>`

export function changedText(facts: ChangedFacts, locale: string): string {
  return locale === 'en' ? en(facts) : zhCN(facts)
}
