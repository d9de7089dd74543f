import type { FlowKind } from '../store/tables.ts'

export interface Texts {
  device(browser: string | undefined, os: string | undefined): string | undefined
  ask(facts: {
    kind: FlowKind
    /** Of an approval. */
    purpose: string
    site: string
    person: string | undefined
    from: string | undefined
    at: string
  }): string
  open: string
  warning: string
  /** How to say yes and no where there is no page. */
  typeNumber: string
  typeWarning: string
  handBack(code: string, purpose: string): string
  declined: string
  wrongNumber: string
  tooManyTries: string
  /** A code that nobody has; and after five of those. */
  unknown_code: string
  locked: string
  code_over: string
  codePrompt: string
  muted: string
  unmuted: string
  over: string
  taken: string
  /** To a WeChat other than the one that is asked to approve. */
  notTheirs(site: string): string
  confirmed(kind: FlowKind, site: string, purpose: string): string
  unregistered(site: string): string
  conflict(site: string): string
  /** The same for who typed a code. */
  codeTaken: string
  codeConflict(site: string): string
  welcome(account: string): string
}

export const texts: Record<'zh-CN' | 'en', Texts> = {
  'zh-CN': {
    device: (browser, os) => [os, browser].filter(Boolean).join(' 上的 ') || undefined,
    ask: ({ kind, purpose, site, person, from, at }) => {
      const what = {
        login: `您正在登录 ${site}`,
        bind: `您正在把微信绑定到 ${site} 的账号${person ? ` ${person}` : ''}`,
        verify: `${site} 请您同意：“${purpose}”${person ? `，账号 ${person}` : ''}`,
      }
      return `${what[kind]}。\n${[from, at].filter(Boolean).join(' · ')}`
    },
    open: '点这里继续',
    warning: '如果不是您本人在该网站的页面上扫码，请忽略本消息。我们不会通过聊天、邮件或海报发送这种二维码。',
    typeNumber: '确认：请回复网页上显示的两位数字。\n拒绝：请回复“拒绝”。',
    typeWarning: '如果不是您本人在该网站的页面上看到这个代码，请回复“拒绝”。我们不会通过聊天、邮件或海报发送这种代码。',
    handBack: (code, purpose) =>
      `${purpose && `“${purpose}”：`}请在网页上输入这六位数字：${code}\n任何人都不会向您索要这组数字，不要发给别人。`,
    declined: '已拒绝，什么都没有改变。如果代码是别人发给您的，请不要再输入。',
    wrongNumber: '数字不对，请看一眼网页再回复。这是最后一次。',
    tooManyTries: '输错次数太多，为了安全已停止，什么都没有改变。如果确实是您本人，请在网页上重新获取代码。',
    unknown_code: '没有这个代码。请核对网页上显示的八个字母，再发一次。',
    locked: '输错次数太多，请十分钟后再试。',
    codePrompt: '请回复网页上显示的八个字母，例如 BCDF-GHJK。',
    muted: '已退订：不再向您发送网站的通知，验证码和安全提醒除外。回复“恢复订阅”可重新接收。',
    unmuted: '已恢复：网站的通知会继续发给您。回复“退订”可随时停止。',
    over: '二维码已失效。请回到网页刷新后重新扫描。',
    code_over: '这个代码已失效。请回到网页刷新后再发新的代码。',
    taken: '这个二维码已被另一个微信扫描。请回到网页刷新后重新扫描。',
    notTheirs: (site) =>
      `${site} 的这个请求是给另一个微信的。请用该账号绑定的微信扫码；如果您没有在该网站操作，请忽略本消息。`,
    confirmed: (kind, site, purpose) =>
      `${kind === 'verify' ? `已同意 ${site} 的“${purpose}”` : `已确认${kind === 'login' ? '登录' : '绑定'} ${site}`}。如果不是您本人操作，请立即联系该网站。`,
    unregistered: (site) => `请回到网页完成 ${site} 的注册。如果不是您本人操作，请忽略本消息。`,
    conflict: (site) => `没有绑定：您的微信或该账号在 ${site} 已有别的绑定。请先在原账号里解除绑定，再重新扫码。`,
    codeTaken: '这个代码已被另一个微信使用。请回到网页刷新后再发新的代码。',
    codeConflict: (site) => `没有绑定：您的微信或该账号在 ${site} 已有别的绑定。请先在原账号里解除绑定，再发新的代码。`,
    welcome: (account) => `欢迎关注 ${account}。`,
  },
  en: {
    device: (browser, os) => [browser, os].filter(Boolean).join(' on ') || undefined,
    ask: ({ kind, purpose, site, person, from, at }) => {
      const what = {
        login: `You are about to log in to ${site}`,
        bind: `You are about to link this WeChat to ${person ?? 'your account'} on ${site}`,
        verify: `${site} asks for your approval: “${purpose}”${person ? `, account ${person}` : ''}`,
      }
      return `${what[kind]}.\n${[from, at].filter(Boolean).join(' · ')}`
    },
    open: 'Open to continue',
    warning:
      'If you did not just scan a code on that site’s page, ignore this message. We never send this QR code by chat, mail or poster.',
    typeNumber: 'To confirm, reply with the two digits on the page.\nTo decline, reply “no”.',
    typeWarning:
      'If you did not just see this code on that site’s page, reply “no”. We never send such a code by chat, mail or poster.',
    handBack: (code, purpose) =>
      `${purpose && `“${purpose}”: `}Type these six digits on the page: ${code}\nNobody will ever ask you for them. Do not pass them on.`,
    declined: 'Declined, nothing was changed. If somebody sent you the code, do not type it again.',
    wrongNumber: 'Wrong digits. Look at the page and reply once more. This is the last try.',
    tooManyTries:
      'Too many wrong tries: we stopped here, nothing was changed. If it was you, get a new code on the page.',
    unknown_code: 'There is no such code. Check the eight letters on the page and send them again.',
    locked: 'Too many wrong codes. Try again in ten minutes.',
    codePrompt: 'Reply with the eight letters on the page, such as BCDF-GHJK.',
    muted:
      'You get no more notices from the sites; codes and security notices still come. Reply “resubscribe” to have them again.',
    unmuted: 'You get the notices of the sites again. Reply “unsubscribe” to stop them.',
    over: 'This QR code is over. Refresh the page and scan again.',
    code_over: 'This code is over. Refresh the page and send the new one.',
    taken: 'Another WeChat has already scanned this QR code. Refresh the page and scan again.',
    notTheirs: (site) =>
      `This request of ${site} is for another WeChat. Scan with the one that is linked there; if you did nothing on that site, ignore this message.`,
    confirmed: (kind, site, purpose) =>
      `${kind === 'verify' ? `“${purpose}” at ${site} approved` : `${kind === 'login' ? 'Login to' : 'Link with'} ${site} confirmed`}. If this was not you, contact the site at once.`,
    unregistered: (site) =>
      `Go back to the page and finish your registration at ${site}. If this was not you, ignore this message.`,
    conflict: (site) =>
      `Not linked: your WeChat or that account on ${site} is linked otherwise. Unlink it there first, then scan again.`,
    codeTaken: 'This code was used by another WeChat. Refresh the page and send the new one.',
    codeConflict: (site) =>
      `Not linked: your WeChat or that account on ${site} is linked otherwise. Unlink it there first, then send a new code.`,
    welcome: (account) => `Welcome to ${account}.`,
  },
}
