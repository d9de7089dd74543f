import type { Account } from '../accounts.ts'
import type { Article, EntryType } from '../chat.ts'
import { CryptoError, signature, unseal } from '../crypto.ts'
import { child, childText, readXml, type XmlElement, XmlError } from '../xml.ts'

export type Reply = { type: EntryType; text?: string; card?: Article[] }

/** What a push's answer comes to. `retry` is for those that say nothing about the message. */
export type Verdict =
  | { kind: 'acknowledged' }
  | { kind: 'reply'; reply: Reply }
  | { kind: 'malformed'; reason: string }
  | { kind: 'retry'; reason: string }

class Malformed extends Error {}

export function judge(account: Account, openid: string | undefined, status: number, body: Buffer): Verdict {
  if (status !== 200) return { kind: 'retry', reason: `status_${status}` }
  const text = body.toString('utf8')
  if (text === '' || text === 'success') return { kind: 'acknowledged' }
  try {
    const root = openReply(account, readRoot(text))
    return { kind: 'reply', reply: readReply(account, openid, root) }
  } catch (error) {
    if (error instanceof Malformed || error instanceof XmlError || error instanceof CryptoError)
      return { kind: 'malformed', reason: error.message }
    throw error
  }
}

function readRoot(text: string): XmlElement {
  if (/^\s*[{["]/.test(text)) throw new Malformed('JSON instead of XML')
  const root = readXml(text)
  if (root.name !== 'xml') throw new Malformed(`the root is <${root.name}>`)
  return root
}

function required(root: XmlElement, name: string): string {
  const text = childText(root, name)
  if (text === undefined) throw new Malformed(`${name} is missing`)
  return text
}

/** Safe mode takes encrypted replies only, plaintext mode plain ones only, compatible mode both. */
function openReply(account: Account, root: XmlElement): XmlElement {
  const encrypted = childText(root, 'Encrypt')
  if (encrypted === undefined) {
    if (account.mode === 'safe') throw new Malformed('a plain reply in safe mode')
    return root
  }
  if (account.mode === 'plaintext') throw new Malformed('an encrypted reply in plaintext mode')
  const timestamp = required(root, 'TimeStamp')
  if (!/^\d+$/.test(timestamp)) throw new Malformed('TimeStamp is no number')
  const expected = signature(account.token, timestamp, required(root, 'Nonce'), encrypted)
  if (required(root, 'MsgSignature') !== expected) throw new Malformed('MsgSignature is wrong')
  return readRoot(unseal(encrypted, { encodingAesKey: account.encoding_aes_key, appid: account.appid }))
}

function readReply(account: Account, openid: string | undefined, root: XmlElement): Reply {
  if (required(root, 'FromUserName') !== account.original_id)
    throw new Malformed('FromUserName is not the account’s original id')
  if (openid !== undefined && required(root, 'ToUserName') !== openid)
    throw new Malformed('ToUserName is not the person’s openid')
  if (!/^\d{1,10}$/.test(required(root, 'CreateTime'))) throw new Malformed('CreateTime is no number of seconds')
  const type = required(root, 'MsgType')
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined
  if (read === undefined) throw new Malformed(`MsgType ${type} is unknown`)
  return read(root)
}

function media(element: string, field: string, shown: string) {
  return (root: XmlElement): Reply => {
    const inner = child(root, element)
    if (inner === undefined || !childText(inner, field)) throw new Malformed(`${element}/${field} is missing`)
    return { type: 'image', text: shown }
  }
}

function readNews(root: XmlElement): Reply {
  const items = child(root, 'Articles')?.children.filter(({ name }) => name === 'item') ?? []
  const count = Number(required(root, 'ArticleCount'))
  if (items.length === 0 || count !== items.length) throw new Malformed('ArticleCount is not the number of items')
  const card = items.map((item) => ({
    title: childText(item, 'Title') ?? '',
    description: childText(item, 'Description') ?? '',
    url: childText(item, 'Url') ?? '',
    image: childText(item, 'PicUrl') ?? '',
  }))
  return { type: 'news', card }
}

const READERS: Record<string, (root: XmlElement) => Reply> = {
  text(root) {
    const content = required(root, 'Content')
    if (content === '') throw new Malformed('Content is empty')
    return { type: 'text', text: content }
  },
  image: media('Image', 'MediaId', '[图片]'),
  voice: media('Voice', 'MediaId', '[语音]'),
  video: media('Video', 'MediaId', '[视频]'),
  music: media('Music', 'ThumbMediaId', '[音乐]'),
  news: readNews,
  transfer_customer_service: () => ({ type: 'notice', text: '已转接人工客服' }),
}
