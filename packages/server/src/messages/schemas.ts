import { Type } from 'typebox'
import type { Via } from './contents.ts'
import type { MessageState } from './ends.ts'
import type { FailureReason } from './outcomes.ts'

/** One of these words, with what it means: as many as the code's own union has, no more and no less. */
export function wordOf<Word extends string>(meanings: Record<Word, string>, description?: string) {
  const words = Object.entries<string>(meanings)
  const said = words.flatMap(([word, meaning]) => (meaning === '' ? [] : [`\`${word}\`: ${meaning}`])).join('; ')
  return Type.Unsafe<Word>({
    type: 'string',
    enum: words.map(([word]) => word),
    ...((description ?? said) !== '' && { description: [description, said].filter(Boolean).join('. ') }),
  })
}

export const stateSchema = wordOf<MessageState>({
  queued: '',
  sending: '',
  accepted: 'WeChat has it',
  delivered: 'WeChat says that it arrived',
  failed: '',
  unknown: 'WeChat was asked and did not answer, and is not asked again',
  expired: '',
  suppressed: 'not sent by the wish of the person, or yours',
})

const ways: Record<Via, string> = { template: '', subscription: '', one_time: '', customer_service: '' }
export const waySchema = wordOf(ways)
export const viaSchema = wordOf<Via | 'passive'>({ ...ways, passive: 'as the answer of the push itself' })

export const reasonSchema = wordOf<FailureReason>({
  not_following: '',
  refused_by_user: '',
  not_subscribed: '',
  reply_window_over: '',
  content_refused: '',
  account_refused: '',
  quota: '',
  wechat_failed: '',
  expired: '',
  muted: '',
  cancelled: '',
  internal: 'Hufu failed at it; its operator finds why in the log',
  unknown: '',
})

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

/** Where a tap on a notice leads. */
export const tapSchemas = {
  url: Type.Optional(Type.String({ maxLength: 1024, description: 'What a tap opens: a page of the app’s origins' })),
  mini_program: Type.Optional(
    Type.Object(
      { appid: Type.String({ maxLength: 64 }), pagepath: Type.Optional(Type.String({ maxLength: 1024 })) },
      { additionalProperties: false, description: 'What a tap opens where there is one; `url` elsewhere' },
    ),
  ),
}

/** When a notice may go out. */
export const timeSchemas = {
  send_at: Type.Optional(Type.String({ format: 'date-time', description: 'At most 30 days from now' })),
  not_after: Type.Optional(Type.String({ format: 'date-time', description: 'A day after `send_at` by default' })),
}
