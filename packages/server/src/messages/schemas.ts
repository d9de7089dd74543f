import { Type } from 'typebox'

/** What a one-time subscription message is known by. */
export const templateIdSchema = Type.String({
  pattern: '^[0-9A-Za-z_-]{1,64}$',
  description: 'WeChat’s, as the account’s console shows it (接口权限 → 一次性订阅消息)',
})
export const sceneSchema = Type.Integer({
  minimum: 0,
  maximum: 10_000,
  description: 'A number of yours, for what people are asked: what is allowed for one is not for another',
})
