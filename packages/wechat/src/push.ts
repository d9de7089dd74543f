import { textOf } from './elements.ts'
import { readEvent } from './events.ts'
import { readMessage } from './messages.ts'
import type { Push, PushHead } from './push-types.ts'
import type { XmlElement } from './xml.ts'

/**
 * A push from the elements of its document. Undefined when it lacks what every push has: sender, receiver, type, and a time in
 * seconds. Whatever else is not as documented becomes `unknown`, with nothing lost.
 */
export function readPush(elements: readonly XmlElement[]): Push | undefined {
  const createTime = textOf(elements, 'CreateTime')
  const head: PushHead = {
    toUserName: textOf(elements, 'ToUserName'),
    fromUserName: textOf(elements, 'FromUserName'),
    createTime: Number(createTime),
    msgType: textOf(elements, 'MsgType'),
  }
  if (head.toUserName === '' || head.msgType === '' || !/^[0-9]{1,12}$/.test(createTime)) return undefined
  if (head.fromUserName === '' || head.fromUserName.length > 128) return undefined
  const known = hasDocumentedShape(elements) ? readKnown(head, elements) : undefined
  return known ?? readUnknown(head, elements)
}

function readKnown(head: PushHead, elements: readonly XmlElement[]): Push | undefined {
  const push = head.msgType === 'event' ? readEvent(head, elements) : readMessage(head, elements)
  // A notice about a person that does not say whom, a message without its id: not what is documented.
  return push?.openid === '' || push?.msgId === '' ? undefined : push
}

function readUnknown(head: PushHead, elements: readonly XmlElement[]): Push {
  const event = textOf(elements, 'Event')
  const msgId = textOf(elements, 'MsgId')
  return {
    ...head,
    kind: 'unknown',
    ...(event === '' ? undefined : { event }),
    ...(msgId === '' ? undefined : { msgId }),
    elements,
  }
}

/** Every leaf a leaf, every container a container that is documented. */
function hasDocumentedShape(elements: readonly XmlElement[]): boolean {
  for (const element of elements) if (element.children !== undefined && !CONTAINERS.has(element.name)) return false
  return true
}

const CONTAINERS = new Set([
  'ScanCodeInfo',
  'SendPicsInfo',
  'SendLocationInfo',
  'SubscribeMsgPopupEvent',
  'SubscribeMsgChangeEvent',
  'SubscribeMsgSentEvent',
  // Results of a mass send: kept in the document, not read.
  'CopyrightCheckResult',
  'ArticleUrlResult',
])
