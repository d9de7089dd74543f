/** What somebody reads in the chat after they came in by this WeChat, or were linked. */
export interface NoticeFacts {
  kind: 'login' | 'bind'
  site: string
  browser: { browser?: string; os?: string }
  /** HH:MM in China. */
  at: string
  url: string
}

const zhCN = ({ kind, site, browser, at, url }: NoticeFacts) => {
  const device = [browser.os, browser.browser].filter(Boolean).join(' 上的 ')
  const what = kind === 'login' ? `已用您的微信登录 ${site}` : `您的微信已绑定到 ${site} 的账号`
  return `${what}（${[device, at].filter(Boolean).join('，')}）。\n\n<a href="${url}">不是我</a>`
}

const en = ({ kind, site, browser, at, url }: NoticeFacts) => {
  const device = [browser.browser, browser.os].filter(Boolean).join(' on ')
  const what = kind === 'login' ? `Your WeChat was used to log in to ${site}` : `Your WeChat is now linked at ${site}`
  return `${what} (${[device, at].filter(Boolean).join(', ')}).\n\n<a href="${url}">That was not me</a>`
}

export function noticeText(facts: NoticeFacts, locale: string): string {
  return locale === 'en' ? en(facts) : zhCN(facts)
}
