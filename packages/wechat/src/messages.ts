import { optional, textOf } from './elements.ts'
import type { MessageHead, MessagePush, PushHead } from './push-types.ts'
import type { XmlElement } from './xml.ts'

type Elements = readonly XmlElement[]

/** Reads a message of a known type; wire names change to ours here. */
export function readMessage(head: PushHead, elements: Elements): MessagePush | undefined {
  const read = MESSAGES.get(head.msgType)
  if (read === undefined) return undefined
  const message = {
    ...head,
    openid: head.fromUserName,
    msgId: textOf(elements, 'MsgId'),
    ...optional('msgDataId', elements, 'MsgDataId'),
    ...optional('idx', elements, 'Idx'),
  }
  return read(message, elements)
}

const MESSAGES = new Map<string, (head: MessageHead, elements: Elements) => MessagePush>([
  [
    'text',
    (head, elements) => ({
      ...head,
      kind: 'text',
      content: textOf(elements, 'Content'),
      ...optional('bizMsgMenuId', elements, 'bizmsgmenuid'),
    }),
  ],
  [
    'image',
    (head, elements) => ({
      ...head,
      kind: 'image',
      picUrl: textOf(elements, 'PicUrl'),
      mediaId: textOf(elements, 'MediaId'),
    }),
  ],
  [
    'voice',
    (head, elements) => ({
      ...head,
      kind: 'voice',
      mediaId: textOf(elements, 'MediaId'),
      format: textOf(elements, 'Format'),
      ...optional('mediaId16K', elements, 'MediaId16K'),
      ...optional('recognition', elements, 'Recognition'),
    }),
  ],
  ['video', (head, elements) => ({ ...head, kind: 'video', ...readVideo(elements) })],
  ['shortvideo', (head, elements) => ({ ...head, kind: 'shortvideo', ...readVideo(elements) })],
  [
    'location',
    (head, elements) => ({
      ...head,
      kind: 'location',
      // X is the latitude: the platform's axes are not those of a map.
      latitude: textOf(elements, 'Location_X'),
      longitude: textOf(elements, 'Location_Y'),
      scale: textOf(elements, 'Scale'),
      label: textOf(elements, 'Label'),
    }),
  ],
  [
    'link',
    (head, elements) => ({
      ...head,
      kind: 'link',
      title: textOf(elements, 'Title'),
      description: textOf(elements, 'Description'),
      url: textOf(elements, 'Url'),
    }),
  ],
  [
    'miniprogrampage',
    (head, elements) => ({
      ...head,
      kind: 'miniprogrampage',
      title: textOf(elements, 'Title'),
      appid: textOf(elements, 'AppId'),
      pagePath: textOf(elements, 'PagePath'),
      thumbUrl: textOf(elements, 'ThumbUrl'),
      thumbMediaId: textOf(elements, 'ThumbMediaId'),
    }),
  ],
])

function readVideo(elements: Elements) {
  return { mediaId: textOf(elements, 'MediaId'), thumbMediaId: textOf(elements, 'ThumbMediaId') }
}
