/** What the chat says of it. The page behind the link explains, and takes the answer. */
const texts = {
  'zh-CN': {
    met: '有人想把另一个微信绑定到您在“{app}”的账号，没有成功，什么都没有改变。如果不是您本人，请检查该账号是否安全。',
    met_here: '有人想用另一个微信取代您的微信在“{app}”的绑定，没有成功，什么都没有改变。如果不是您本人，请看：{url}',
    same_person: '微信告诉我们，您在这里有两个账号。您可以把它们合并，也可以不理会：{url}',
    asked: '有人请求把“{app}”账号绑定的微信换成另一个。如果不是您，请拒绝：{url}',
    asked_silence: '有人请求把“{app}”账号绑定的微信换成另一个。如果不是您，请在 24 小时内拒绝，否则可能会更换：{url}',
    moved: '您的微信在“{app}”的绑定已按请求变更。24 小时内可以撤销：{url}',
    undone: '您的微信在“{app}”的绑定变更已撤销。',
  },
  en: {
    met: 'Somebody tried to link another WeChat with your account at {app}. They did not succeed, and nothing was changed. If it was not you, see whether that account is safe.',
    met_here:
      'Somebody tried to put another WeChat in the place of yours at {app}. They did not succeed, and nothing was changed. If it was not you, look here: {url}',
    same_person: 'WeChat tells us that you have two accounts here. You can join them, or leave them as they are: {url}',
    asked: 'Somebody asks to replace the WeChat of an account at {app}. If it was not you, refuse: {url}',
    asked_silence:
      'Somebody asks to replace the WeChat of an account at {app}. If it was not you, refuse within 24 hours, or it may be replaced: {url}',
    moved:
      'What your WeChat is linked with at {app} has been changed, as asked. You can undo it within 24 hours: {url}',
    undone: 'The change of what your WeChat is linked with at {app} has been undone.',
  },
} as const

export type Notice = keyof (typeof texts)['en']

export function chatText(what: Notice, names: { app: string; url: string }, locale: string): string {
  const text = texts[locale === 'en' ? 'en' : 'zh-CN'][what]
  return text.replace('{app}', names.app).replace('{url}', names.url)
}
