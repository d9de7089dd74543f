/** What the chat says of it. The page behind the link explains, and takes the answer. */
const texts = {
  'zh-CN': {
    asked: '有人请求把“{app}”账号绑定的微信换成另一个。如果不是您，请拒绝：{url}',
    moved: '您的微信在“{app}”的绑定已按请求变更。24 小时内可以撤销：{url}',
    undone: '您的微信在“{app}”的绑定变更已撤销。',
  },
  en: {
    asked: 'Somebody asks to replace the WeChat of an account at {app}. If it was not you, refuse: {url}',
    moved:
      'What your WeChat is linked with at {app} has been changed, as asked. You can undo it within 24 hours: {url}',
    undone: 'The change of what your WeChat is linked with at {app} has been undone.',
  },
} as const

export function chatText(
  what: keyof (typeof texts)['en'],
  names: { app: string; url: string },
  locale: string,
): string {
  const text = texts[locale === 'en' ? 'en' : 'zh-CN'][what]
  return text.replace('{app}', names.app).replace('{url}', names.url)
}
