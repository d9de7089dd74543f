import type { FailureReason } from './flow.ts'
import type { Screen } from './screen.ts'

export type Language = 'zh-CN' | 'en'

/** Title, one sentence, and the button where there is something to press. */
export type Text = readonly [title: string, sentence: string, action?: string]

export interface Messages {
  readonly screens: Record<Screen, Text>
  /** What differs when a WeChat is linked instead of somebody logging in. */
  readonly bind: Partial<Record<Screen, Text>>
  readonly reasons: Record<FailureReason, Text>
  readonly quote: string
  readonly unnamed: { readonly app: string; readonly account: string }
  readonly label: Record<
    | 'card'
    | 'qr'
    | 'code'
    | 'submit'
    | 'another'
    | 'open'
    | 'help'
    | 'helpText'
    | 'link'
    | 'copy'
    | 'copied'
    | 'number',
    string
  >
  readonly entry: Record<'wrong' | 'triesLeft' | 'limited' | 'unsent', string>
  readonly notice: Record<'offline' | 'reconnecting' | 'limited', string>
  readonly time: Record<'left' | 'soon' | 'renewed', string>
}

const zh: Messages = {
  screens: {
    loading: ['微信扫码登录', '正在准备二维码…'],
    waiting: ['微信扫码登录', '打开微信「扫一扫」，按提示关注{account}即可'],
    wechat: ['微信登录', '点击下方按钮，在微信中继续'],
    scanned: ['扫码成功', '请在手机上核对{app}的请求，然后点击确认'],
    number: ['在手机上输入这个数字', '手机会询问这两位数字，以确认是你本人在操作'],
    code: ['输入手机上的 6 位数字', '在手机上确认后，屏幕上会显示这组数字'],
    register: ['还差一步', '请按{app}的提示完成注册'],
    finishing: ['已确认', '正在完成，请稍候…'],
    done: ['登录成功', '可以继续使用{app}了'],
    elsewhere: ['已在其他窗口完成', '刷新页面即可继续', '刷新页面'],
    declined: ['已在手机上拒绝', '没有任何改动，需要时可以重新扫码', '重新扫码'],
    expired: ['二维码已过期', '刷新后即可重新扫码', '刷新二维码'],
    cancelled: ['已取消', '没有任何改动，需要时可以重新扫码', '重新扫码'],
    failed: ['未能完成', '请重新扫码再试一次', '重新扫码'],
    unfinished: ['网站未能完成操作', '请获取新的二维码再试一次', '再试一次'],
    trouble: ['二维码暂时无法显示', '请稍后重试', '重试'],
  },
  bind: {
    loading: ['绑定微信', '正在准备二维码…'],
    waiting: ['绑定微信', '打开微信「扫一扫」，按提示关注{account}即可'],
    wechat: ['绑定微信', '点击下方按钮，在微信中继续'],
    done: ['绑定成功', '微信已与你在{app}的账号绑定'],
  },
  reasons: {
    wechat_already_bound: ['该微信已绑定其他账号', '请换一个微信，或先在原账号中解除绑定', '换个微信扫码'],
    user_already_bound: ['你的账号已绑定其他微信', '请先解除原来的绑定，再重新扫码', '重新扫码'],
    too_many_tries: ['错误次数过多', '为了你的账号安全，请重新扫码', '重新扫码'],
    snapshot_user: ['手机上只打开了预览页', '请在手机页面点击「使用完整服务」，再重新扫码', '重新扫码'],
    not_following: ['还没有关注', '请关注{account}后重新扫码', '重新扫码'],
  },
  quote: '「{}」',
  unnamed: { app: '网站', account: '公众号' },
  label: {
    card: '微信扫码',
    qr: '二维码，请用微信扫一扫',
    code: '6 位数字',
    submit: '确定',
    another: '换个微信，重新开始',
    open: '在微信中继续',
    help: '无法扫码？',
    helpText: '把链接复制到手机，在微信中打开：',
    link: '链接',
    copy: '复制链接',
    copied: '已复制',
    number: '数字：',
  },
  entry: {
    wrong: '数字不对，请再看一下手机',
    triesLeft: '数字不对，还可以试 {n} 次',
    limited: '操作太频繁，请稍后再试',
    unsent: '没有发送成功，请再试一次',
  },
  notice: {
    offline: '网络已断开，恢复后会自动继续',
    reconnecting: '正在重新连接…',
    limited: '访问过于频繁，约 {n} 秒后自动继续',
  },
  time: { left: '{n} 内有效', soon: '还剩 {n} 秒', renewed: '二维码已自动刷新' },
}

const en: Messages = {
  screens: {
    loading: ['Log in with WeChat', 'Preparing your code…'],
    waiting: ['Log in with WeChat', 'Scan with WeChat, and follow {account} if asked'],
    wechat: ['Log in with WeChat', 'Press the button to go on in WeChat'],
    scanned: ['Scanned', 'On your phone, check the request of {app} and confirm it'],
    number: ['Type this on the phone', 'Your phone asks for these two digits to make sure it is you'],
    code: ['Enter the code', 'After you confirm, your phone shows six digits'],
    register: ['One more step', 'Finish the registration that {app} asks for'],
    finishing: ['Confirmed', 'Just a moment…'],
    done: ['You are logged in', 'You can go on to {app}'],
    elsewhere: ['Done in another window', 'Reload this page to go on', 'Reload'],
    declined: ['Declined on the phone', 'Nothing was changed; you can scan again', 'Scan again'],
    expired: ['This code has expired', 'Get a new one and scan it', 'New code'],
    cancelled: ['Cancelled', 'Nothing was changed; you can scan again', 'Scan again'],
    failed: ['That did not work', 'Please try again with a new code', 'New code'],
    unfinished: ['The site could not finish', 'Please try again with a new code', 'Try again'],
    trouble: ['The code is not available', 'Please try again in a moment', 'Try again'],
  },
  bind: {
    loading: ['Link your WeChat', 'Preparing your code…'],
    waiting: ['Link your WeChat', 'Scan with WeChat, and follow {account} if asked'],
    wechat: ['Link your WeChat', 'Press the button to go on in WeChat'],
    done: ['WeChat linked', 'It is now part of your account with {app}'],
  },
  reasons: {
    wechat_already_bound: [
      'This WeChat is taken',
      'It is linked to another account; use another, or unlink it there',
      'Use another',
    ],
    user_already_bound: ['You have linked a WeChat already', 'Unlink that one first, then scan again', 'Scan again'],
    too_many_tries: ['Too many wrong tries', 'To keep your account safe, please scan a new code', 'New code'],
    snapshot_user: [
      'The phone showed a preview only',
      'Tap “Use full service” on the phone’s page, then scan again',
      'Scan again',
    ],
    not_following: ['Not following yet', 'Follow {account}, then scan again', 'Scan again'],
  },
  quote: '“{}”',
  unnamed: { app: 'the site', account: 'the account' },
  label: {
    card: 'Scan with WeChat',
    qr: 'QR code to scan with WeChat',
    code: 'Six digits',
    submit: 'OK',
    another: 'Use another WeChat, start over',
    open: 'Continue in WeChat',
    help: 'Can’t scan?',
    helpText: 'Copy this link to your phone and open it in WeChat:',
    link: 'Link',
    copy: 'Copy link',
    copied: 'Copied',
    number: 'Number: ',
  },
  entry: {
    wrong: 'Not the right digits, look at the phone again',
    triesLeft: 'Not the right digits, tries left: {n}',
    limited: 'Too many tries at once, wait a moment',
    unsent: 'This was not sent, please try again',
  },
  notice: {
    offline: 'You are offline; this goes on when you are back',
    reconnecting: 'Reconnecting…',
    limited: 'Many requests just now; going on in about {n} s',
  },
  time: { left: 'Valid for {n}', soon: '{n} seconds left', renewed: 'The code was renewed' },
}

export const messages: Record<Language, Messages> = { 'zh-CN': zh, en }

/** Any Chinese reads ours; everybody else gets English. */
export function languageOf(tag: string): Language {
  return /^zh\b/i.test(tag) ? 'zh-CN' : 'en'
}

export function fill(template: string, value: string | number): string {
  return template.replace('{n}', () => String(value))
}
