/** What codes through WeChat may cost; see docs/configuration.md. */
export interface CodeLimits {
  /** Per hour and per day, for one user of one app. */
  wechatCodesPerHour: number
  wechatCodesPerDay: number
  /** Per day, to one WeChat, of all apps together. */
  wechatCodesPerWechat: number
  /** Per hour. */
  wechatCodesPerApp: number
  /** Per hour, for one network as one app tells it. */
  wechatCodesPerAddress: number
  /** Wrong tries per hour, for one user of one app. */
  wrongCodesPerHour: number
}

export const codeLimitFields = [
  {
    name: 'HUFU_LIMIT_WECHAT_CODES_PER_HOUR',
    default: '5',
    description: 'Codes through WeChat per hour for one user of an app; one a minute in any case.',
  },
  {
    name: 'HUFU_LIMIT_WECHAT_CODES_PER_DAY',
    default: '10',
    description: 'Codes through WeChat per day for one user of an app.',
  },
  {
    name: 'HUFU_LIMIT_WECHAT_CODES_PER_WECHAT',
    default: '20',
    description: 'Codes per day to one WeChat, of all apps together. What is beyond is not sent: event `code.failed`.',
  },
  {
    name: 'HUFU_LIMIT_WECHAT_CODES_PER_APP',
    default: '6000',
    description: 'Codes through WeChat per hour for one app.',
  },
  {
    name: 'HUFU_LIMIT_WECHAT_CODES_PER_ADDRESS',
    default: '60',
    description:
      'Codes through WeChat per hour for one visitor address of one app (`browser.ip` of the request; /64 for IPv6). Only the app’s word, so it binds no other app.',
  },
  {
    name: 'HUFU_LIMIT_WRONG_CODES_PER_HOUR',
    default: '15',
    description: 'Wrong tries per hour at the codes of one user of an app; 5 for each code in any case.',
  },
] as const

export function codeLimits(
  whole: (name: (typeof codeLimitFields)[number]['name'], least: number, most: number) => number,
): CodeLimits {
  return {
    wechatCodesPerHour: whole('HUFU_LIMIT_WECHAT_CODES_PER_HOUR', 1, 1e9),
    wechatCodesPerDay: whole('HUFU_LIMIT_WECHAT_CODES_PER_DAY', 1, 1e9),
    wechatCodesPerWechat: whole('HUFU_LIMIT_WECHAT_CODES_PER_WECHAT', 1, 1e9),
    wechatCodesPerApp: whole('HUFU_LIMIT_WECHAT_CODES_PER_APP', 1, 1e9),
    wechatCodesPerAddress: whole('HUFU_LIMIT_WECHAT_CODES_PER_ADDRESS', 1, 1e9),
    wrongCodesPerHour: whole('HUFU_LIMIT_WRONG_CODES_PER_HOUR', 1, 1e9),
  }
}
