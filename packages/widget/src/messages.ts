import type { FailureReason } from './flow.ts'
import type { Screen } from './screen.ts'

export type Language = 'zh-CN' | 'en'

/** Title and one sentence, in Chinese and in English: side by side, so that neither is forgotten. */
type Text = `${string}|${string}|${string}|${string}`

/** {app} and {account} are put in by words.ts, and the title where there is none. */
export const screens: Record<
  Exclude<Screen, 'elsewhere' | 'unfinished'> | 'linked' | 'page' | 'chat' | FailureReason,
  Text
> = {
  loading: '|请稍候…||Just a moment…',
  page: '|打开微信扫一扫||Scan with WeChat',
  waiting: '|打开微信扫一扫，并关注{account}||Scan with WeChat and follow {account}',
  chat: '|打开微信扫一扫，并关注{account}，发送此代码||Scan with WeChat and follow {account}, and send this code',
  wechat: '|请在微信中继续||Continue in WeChat',
  scanned: '扫码成功|请在手机上确认{app}的请求|Scanned|Confirm the request of {app} on your phone',
  number: '在手机上输入这个数字|以确认是您本人|Type this on your phone|To show that it is you',
  code: '输入手机上的 6 位数字|在手机上确认后可见|Enter the six digits|Confirm on your phone to see them',
  register: '还差一步|请注册|One more step|Register',
  finishing: '已确认|请稍候…|Confirmed|Just a moment…',
  done: '登录成功|欢迎使用{app}|You are logged in|Welcome to {app}',
  linked: '绑定成功|已绑定您在{app}的账号|WeChat linked|To your account with {app}',
  declined: '已在手机上拒绝|没有任何改动|Declined on the phone|Nothing was changed',
  expired: '二维码已过期|请刷新二维码|This code has expired|Get a new code',
  cancelled: '已取消|没有任何改动|Cancelled|Nothing was changed',
  failed: '未能完成|请重新扫码|That did not work|Scan again',
  trouble: '二维码暂时无法显示|请稍后重试|No code at the moment|Try again later',
  wechat_already_bound:
    '该微信已绑定其他账号|请换个微信，或先解除绑定|Already linked elsewhere|Use another WeChat, or unlink it first',
  user_already_bound:
    '您已绑定其他微信|请先解除绑定，再重新扫码|You linked another WeChat|Unlink it first, then scan again',
  too_many_tries: '错误次数过多|请重新扫码|Too many wrong tries|Scan again',
  snapshot_user:
    '手机上只打开了预览页|请点击“使用完整服务”，再重新扫码|The phone showed a preview|Tap “Use full service”, then scan again',
  not_following: '还没有关注|请关注{account}，再重新扫码|Not following yet|Follow {account}, then scan again',
}

export type Label = keyof typeof labels

/** {n} is put in where the number is known. */
export const labels = {
  login: '微信扫码登录|Log in with WeChat',
  inside: '微信登录|Log in with WeChat',
  bind: '绑定微信|Link your WeChat',
  quote: '“{n}”|“{n}”',
  app: '网站|the site',
  account: '公众号|the account',
  qr: '微信二维码|QR code for WeChat',
  submit: '确定|OK',
  another: '换个微信|Use another WeChat',
  open: '在微信中继续|Continue in WeChat',
  help: '无法扫码？|Can’t scan?',
  address: '在手机微信中打开：|Open in WeChat on your phone:',
  copy: '复制链接|Copy link',
  copied: '已复制|Copied',
  renew: '刷新二维码|New code',
  again: '重新扫码|Scan again',
  reload: '刷新页面|Reload',
  wrong: '数字不对，还可以试 {n} 次|Wrong digits, tries left: {n}',
  unsent: '请稍后重试|Try again later',
  offline: '网络已断开|You are offline',
  reconnecting: '正在重新连接…|Reconnecting…',
  limited: '{n} 秒后重新连接|Reconnecting in {n} s',
  left: '{n} 内有效|Valid for {n}',
} as const satisfies Record<string, `${string}|${string}`>

/** Any Chinese reads ours; everybody else gets English. */
export function languageOf(tag: string): Language {
  return /^zh\b/i.test(tag) ? 'zh-CN' : 'en'
}

/** Values go in as they are: `$&` in a name means nothing. */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => `${values[key]}`)
}
