export interface Texts {
  device(browser: string | undefined, os: string | undefined): string | undefined
  ask(facts: {
    kind: 'login' | 'bind'
    site: string
    person: string | undefined
    from: string | undefined
    at: string
  }): string
  open: string
  warning: string
  over: string
  taken: string
  confirmed(kind: 'login' | 'bind', site: string): string
  unregistered(site: string): string
  conflict(site: string): string
  welcome(account: string): string
}

export const texts: Record<'zh-CN' | 'en', Texts> = {
  'zh-CN': {
    device: (browser, os) => [os, browser].filter(Boolean).join(' 上的 ') || undefined,
    ask: ({ kind, site, person, from, at }) => {
      const what =
        kind === 'login' ? `您正在登录 ${site}` : `您正在把微信绑定到 ${site} 的账号${person ? ` ${person}` : ''}`
      return `${what}（${[from, at].filter(Boolean).join('，')}）。`
    },
    open: '点这里继续',
    warning: '如果不是您本人在该网站的页面上扫码，请忽略本消息。我们不会通过聊天、邮件或海报发送这种二维码。',
    over: '二维码已失效。请回到网页刷新后重新扫描。',
    taken: '这个二维码已被另一个微信扫描。请回到网页刷新后重新扫描。',
    confirmed: (kind, site) =>
      `已确认${kind === 'login' ? '登录' : '绑定'} ${site}。如果不是您本人操作，请立即联系该网站。`,
    unregistered: (site) => `请回到网页完成 ${site} 的注册。如果不是您本人操作，请忽略本消息。`,
    conflict: (site) => `没有绑定：您的微信或该账号在 ${site} 已有别的绑定。请先在原账号里解除绑定，再重新扫码。`,
    welcome: (account) => `欢迎关注 ${account}。`,
  },
  en: {
    device: (browser, os) => [browser, os].filter(Boolean).join(' on ') || undefined,
    ask: ({ kind, site, person, from, at }) => {
      const what =
        kind === 'login'
          ? `You are about to log in to ${site}`
          : `You are about to link this WeChat to ${person ?? 'your account'} on ${site}`
      return `${what} (${[from, at].filter(Boolean).join(', ')}).`
    },
    open: 'Open to continue',
    warning:
      'If you did not just scan a code on that site’s page, ignore this message. We never send this QR code by chat, mail or poster.',
    over: 'This QR code is over. Refresh the page and scan again.',
    taken: 'Another WeChat has already scanned this QR code. Refresh the page and scan again.',
    confirmed: (kind, site) =>
      `${kind === 'login' ? 'Login to' : 'Link with'} ${site} confirmed. If this was not you, contact the site at once.`,
    unregistered: (site) =>
      `Go back to the page and finish your registration at ${site}. If this was not you, ignore this message.`,
    conflict: (site) =>
      `Not linked: your WeChat or that account on ${site} is linked otherwise. Unlink it there first, then scan again.`,
    welcome: (account) => `Welcome to ${account}.`,
  },
}
