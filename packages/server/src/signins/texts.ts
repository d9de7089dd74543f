import type { FlowKind } from '../store/tables.ts'
import { unlinked } from '../text.ts'

/** What somebody reads in the chat after they came in by this WeChat, or were linked. */
export interface NoticeFacts {
  kind: FlowKind
  /** Of an approval. */
  purpose: string | undefined
  /** What a login has linked with the WeChat besides. */
  linked: 'email' | 'phone' | 'account' | undefined
  site: string
  browser: { browser?: string; os?: string }
  /** HH:MM in China. */
  at: string
  url: string
}

const linkedZh = { email: '并关联了一个邮箱', phone: '并关联了一个手机号', account: '并关联了一个账号' }

const linkedEn = {
  email: ', and an e-mail address was linked with it',
  phone: ', and a phone number was linked with it',
  account: ', and an account was linked with it',
}

const zhCN = ({ kind, purpose = '', linked, site, browser, at, url }: NoticeFacts) => {
  const device = [browser.os, browser.browser].filter(Boolean).join(' 上的 ')
  const what = {
    login: `已用您的微信登录 ${site}${linked ? `，${linkedZh[linked]}` : ''}`,
    bind: `您的微信已绑定到 ${site} 的账号`,
    verify: `您的微信已同意 ${site} 的“${unlinked(purpose)}”`,
  }
  return `${what[kind]}。\n${[device, at].filter(Boolean).join(' · ')}\n\n<a href="${url}">不是我</a>`
}

const en = ({ kind, purpose = '', linked, site, browser, at, url }: NoticeFacts) => {
  const device = [browser.browser, browser.os].filter(Boolean).join(' on ')
  const what = {
    login: `Your WeChat was used to log in to ${site}${linked ? linkedEn[linked] : ''}`,
    bind: `Your WeChat is now linked at ${site}`,
    verify: `Your WeChat was used to approve “${unlinked(purpose)}” at ${site}`,
  }
  return `${what[kind]}.\n${[device, at].filter(Boolean).join(' · ')}\n\n<a href="${url}">That was not me</a>`
}

/** What somebody reads by a WeChat that they had already, when one more is linked with them. */
export function anotherText({ site, at, url }: Pick<NoticeFacts, 'site' | 'at' | 'url'>, locale: string): string {
  return locale === 'en'
    ? `Another WeChat was linked with your account through ${site} at ${at}, and can log in as you from now on.\n\nNot you? <a href="${url}">Look at your account</a>`
    : `另一个微信已于 ${at} 通过 ${site} 绑定到您的账号，今后可以用它登录。\n\n不是您？<a href="${url}">查看我的账号</a>`
}

export function noticeText(facts: NoticeFacts, locale: string): string {
  return locale === 'en' ? en(facts) : zhCN(facts)
}
