import { hash } from 'node:crypto'
import type { Push } from './push-types.ts'
import type { XmlElement } from './xml.ts'

/**
 * One key for every delivery of a push, unique within its account: the id of a message; for an event a digest of who, when,
 * which, and what tells it from another event of that second. 31 characters at most. Time comes first, so that an index over the
 * keys grows at its end instead of dirtying a page anywhere for each push.
 */
export function dedupeKeyOf(push: Push, elements: readonly XmlElement[]): string {
  const { msgId } = push
  if (push.msgType !== 'event' && msgId !== undefined && MESSAGE_ID.test(msgId)) return `m|${msgId}`
  // NUL cannot occur in a document, so no field can pose as two; sorted, since the order of elements is not promised.
  const identity = [`${push.fromUserName}\0${push.createTime}\0${push.msgType}`]
  for (const { name, text, children } of elements) {
    if (children !== undefined) identity.push(`${name}\0${JSON.stringify(children)}`)
    else if (text !== '' && (push.kind === 'unknown' || IDENTIFYING.has(name))) identity.push(`${name}\0${text}`)
  }
  return `e|${push.createTime.toString(36)}|${hash('sha256', identity.sort().join('\0\0'), 'base64url').slice(0, 22)}`
}

const MESSAGE_ID = /^[0-9]{1,20}$/
const IDENTIFYING = new Set(['Event', 'EventKey', 'Ticket', 'MsgID', 'MsgId', 'OpenID', 'RevokeInfo', 'MenuId'])
