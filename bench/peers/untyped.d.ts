/** The two packages carry no types; these are the parts the peers use. */
interface WechatConfig {
  appid: string
  token: string
  encodingAESKey: string
}

declare module 'co-wechat' {
  import type { Middleware } from 'koa'

  export default function wechat(config: WechatConfig): {
    middleware(handle: (message: Record<string, string>) => Promise<string>): Middleware
  }
}

declare module 'wechat' {
  import type { HandleFunction } from 'connect'

  export default function wechat(
    config: WechatConfig,
    handle: (request: { weixin: Record<string, string> }, response: { reply(content: string): void }) => void,
  ): HandleFunction
}

declare module 'co-wechat-api' {
  export default class WechatApi {
    constructor(appid: string, secret: string)
    prefix: string
    sendTemplate(openid: string, template: string, url: string, color: string, data: object): Promise<object>
  }
}
