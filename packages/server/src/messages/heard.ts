import type { Push } from '@hufu/wechat'
import type { ChatWindowRow } from '../store/tables.ts'

/** Something a follower wrote, or did with the menu. */
export type Heard =
  /** `words` is empty for a picture, a voice, a place and the like. */
  | { what: 'message'; words: string }
  /** `key`: of the button, or the address it opens. */
  | { what: 'menu'; key: string }

export function heardOf(push: Push): Heard | undefined {
  switch (push.kind) {
    case 'text':
      return { what: 'message', words: push.content }
    case 'image':
    case 'voice':
    case 'video':
    case 'shortvideo':
    case 'location':
    case 'link':
    case 'miniprogrampage':
      return { what: 'message', words: '' }
    case 'click':
    case 'view':
    case 'view_miniprogram':
    case 'scancode_push':
    case 'scancode_waitmsg':
    case 'pic_sysphoto':
    case 'pic_photo_or_album':
    case 'pic_weixin':
    case 'location_select':
      return { what: 'menu', key: push.eventKey }
    default:
      return undefined
  }
}

/** What lets an account write to somebody. */
export type Trigger = ChatWindowRow['opened_by']

export interface ReplyWindow {
  ms: number
  replies: number
}

const hourMs = 3_600_000
const answerableTaps = ['click', 'scancode_push', 'scancode_waitmsg']

/**
 * How long, and how often, WeChat lets an account write after this.
 * @see https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
 */
export const replyWindows: Record<Trigger, ReplyWindow> = {
  message: { ms: 48 * hourMs, replies: 5 },
  menu: { ms: 60_000, replies: 3 },
  follow: { ms: 60_000, replies: 3 },
  scan: { ms: 60_000, replies: 3 },
}

export function triggerOf(push: Push): Trigger | undefined {
  if (push.kind === 'subscribe') return 'follow'
  if (push.kind === 'scan') return 'scan'
  if (answerableTaps.includes(push.kind)) return 'menu'
  return heardOf(push)?.what === 'message' ? 'message' : undefined
}
