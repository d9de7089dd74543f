import { type AesKey, encryptMessage } from './encryption.ts'
import { LimitError } from './errors.ts'
import type { Article, Reply } from './reply.ts'
import { signCallback } from './signature.ts'

export interface ReplyHead {
  /** The person's openid. */
  readonly toUserName: string
  /** The account's original id, never its appid. */
  readonly fromUserName: string
  /** Seconds since 1970. */
  readonly createTime: number
}

/** Bytes of UTF-8. The platform documents no limit for a text in the chat; this is the one of its sibling products. */
export const MAX_REPLY_TEXT = 2048
const MAX_ARTICLES = 8

/**
 * The XML of a reply, in clear. Characters illegal in XML are dropped, `]]>` cannot end the data.
 * @throws LimitError on an empty or too long text, a missing media id, a wrong number of articles
 * @see https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
 */
export function encodeReply(head: ReplyHead, reply: Reply): string {
  return (
    `<xml>${element('ToUserName', head.toUserName)}${element('FromUserName', head.fromUserName)}` +
    `<CreateTime>${head.createTime}</CreateTime>${element('MsgType', reply.type)}${encodeBody(reply)}</xml>`
  )
}

export interface Seal {
  readonly key: AesKey
  readonly appid: string
  readonly token: string
  /** Seconds since 1970, as text. */
  readonly timestamp: string
  readonly nonce: string
  /** Only for reproducing known ciphertexts. */
  readonly random16?: Uint8Array
}

/**
 * Encrypts and signs the XML of a reply.
 * @see https://developers.weixin.qq.com/doc/oplatform/developers/dev/push/encryption.md
 */
export function sealReply({ key, appid, token, timestamp, nonce, random16 }: Seal, xml: string): string {
  const encrypt = encryptMessage(key, appid, xml, random16)
  const signature = signCallback([token, timestamp, nonce, encrypt])
  return (
    `<xml><Encrypt><![CDATA[${encrypt}]]></Encrypt><MsgSignature><![CDATA[${signature}]]></MsgSignature>` +
    `<TimeStamp>${timestamp}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`
  )
}

function encodeBody(reply: Reply): string {
  switch (reply.type) {
    case 'text':
      return encodeText(reply.content)
    case 'image':
      return `<Image>${required('MediaId', reply.mediaId)}</Image>`
    case 'voice':
      return `<Voice>${required('MediaId', reply.mediaId)}</Voice>`
    case 'video':
      return `<Video>${required('MediaId', reply.mediaId)}${optional('Title', reply.title)}${optional('Description', reply.description)}</Video>`
    case 'music':
      return (
        `<Music>${optional('Title', reply.title)}${optional('Description', reply.description)}${optional('MusicUrl', reply.musicUrl)}` +
        `${optional('HQMusicUrl', reply.hqMusicUrl)}${required('ThumbMediaId', reply.thumbMediaId)}</Music>`
      )
    case 'news':
      return encodeArticles(reply.articles)
    case 'transfer_customer_service':
      return reply.kfAccount === undefined ? '' : `<TransInfo>${required('KfAccount', reply.kfAccount)}</TransInfo>`
  }
}

function encodeText(content: string): string {
  return `<Content>${cdata(checkText(content))}</Content>`
}

/** A text as it may stand in the chat. @throws LimitError */
export function checkText(content: string): string {
  const text = legal(content)
  // An empty text is not an empty answer: the person would read that the account is out of order.
  if (text.trim() === '') throw new LimitError('content', 'must not be empty')
  if (Buffer.byteLength(text) > MAX_REPLY_TEXT)
    throw new LimitError('content', `must not exceed ${MAX_REPLY_TEXT} bytes`)
  return text
}

function encodeArticles(articles: readonly Article[]): string {
  if (articles.length < 1 || articles.length > MAX_ARTICLES)
    throw new LimitError('articles', `must be 1 to ${MAX_ARTICLES}`)
  let items = ''
  for (const { title, description, picUrl, url } of articles) {
    items += `<item>${element('Title', title)}${element('Description', description)}${element('PicUrl', picUrl)}${element('Url', url)}</item>`
  }
  return `<ArticleCount>${articles.length}</ArticleCount><Articles>${items}</Articles>`
}

function required(name: string, value: string): string {
  if (value === '') throw new LimitError(name, 'must not be empty')
  return element(name, value)
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? '' : element(name, value)
}

function element(name: string, value: string): string {
  return `<${name}>${cdata(legal(value))}</${name}>`
}

function cdata(text: string): string {
  return `<![CDATA[${text.includes(']]>') ? text.replaceAll(']]>', ']]]]><![CDATA[>') : text}]]>`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
const ILLEGAL = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g

function legal(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.replace(ILLEGAL, '')
}
