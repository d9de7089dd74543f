import { describe, expect, it } from 'vitest'
import {
  createCallback,
  decodeAesKey,
  decryptMessage,
  encodeReply,
  LimitError,
  parseXml,
  type Reply,
  verifyCallbackSignature,
  type XmlElement,
} from '../src/index.ts'
import {
  AES_KEY,
  APPID,
  deliverEncrypted,
  document,
  NOW,
  OPENID,
  ORIGINAL_ID,
  PLAINTEXT,
  SAFE,
  SECONDS,
  TOKEN,
  vectors,
} from './fixtures.ts'

const callback = createCallback(SAFE)
const { push } = opened(document('<Event>SCAN</Event><EventKey>1</EventKey>'))
const { push: message } = opened(document('<Content>x</Content><MsgId>1</MsgId>', 'text'))
const HEAD = { toUserName: OPENID, fromUserName: ORIGINAL_ID, createTime: SECONDS }

describe('a reply', () => {
  it.each<[Reply, object]>([
    [
      { type: 'text', content: '绑定成功 ✅\n<a href="https://e.x">回到网页</a>' },
      { Content: '绑定成功 ✅\n<a href="https://e.x">回到网页</a>' },
    ],
    [{ type: 'image', mediaId: 'm' }, { Image: { MediaId: 'm' } }],
    [{ type: 'voice', mediaId: 'm' }, { Voice: { MediaId: 'm' } }],
    [{ type: 'video', mediaId: 'm' }, { Video: { MediaId: 'm' } }],
    [
      { type: 'video', mediaId: 'm', title: 't', description: 'd' },
      { Video: { MediaId: 'm', Title: 't', Description: 'd' } },
    ],
    [{ type: 'music', thumbMediaId: 'm' }, { Music: { ThumbMediaId: 'm' } }],
    [
      { type: 'music', thumbMediaId: 'm', title: 't', description: 'd', musicUrl: 'u', hqMusicUrl: 'h' },
      { Music: { Title: 't', Description: 'd', MusicUrl: 'u', HQMusicUrl: 'h', ThumbMediaId: 'm' } },
    ],
    [
      { type: 'news', articles: [{ title: 't', description: 'd', picUrl: 'p', url: 'u' }] },
      { ArticleCount: '1', Articles: { item: { Title: 't', Description: 'd', PicUrl: 'p', Url: 'u' } } },
    ],
    [{ type: 'transfer_customer_service' }, {}],
    [{ type: 'transfer_customer_service', kfAccount: 'a@b' }, { TransInfo: { KfAccount: 'a@b' } }],
  ])('%o goes back to its person from the account', (reply, body) => {
    const xml = callback.compose(push, reply, { now: NOW + 999, encrypted: false })
    expect(tree(parseXml(xml))).toEqual({
      ToUserName: OPENID,
      FromUserName: ORIGINAL_ID,
      CreateTime: String(SECONDS),
      MsgType: reply.type,
      ...body,
    })
  })

  it.each(vectors.encrypted_replies)('is spelt like the one of $id', ({ plaintext }) => {
    const content = /<Content><!\[CDATA\[(.*?)\]\]>/s.exec(plaintext)?.[1]
    const reply: Reply = content === undefined ? { type: 'transfer_customer_service' } : { type: 'text', content }
    const createTime = Number(/<CreateTime>(\d+)/.exec(plaintext)?.[1])
    expect(encodeReply({ ...HEAD, createTime }, reply)).toBe(plaintext)
  })

  it('nobody gave is the bare word success, never encrypted', () => {
    expect(callback.compose(push, undefined, { now: NOW, encrypted: true })).toBe('success')
    expect(callback.compose(push, undefined, { now: NOW, encrypted: false })).toBe('success')
  })

  it('to an encrypted push is encrypted and signed, with fresh random bytes each time', () => {
    const compose = () => callback.compose(push, { type: 'text', content: '好' }, { now: NOW, encrypted: true })
    const fields = tree(parseXml(compose()))
    const { Encrypt = '', MsgSignature = '', TimeStamp = '', Nonce = '' } = fields as Record<string, string>
    expect(Object.keys(fields)).toEqual(['Encrypt', 'MsgSignature', 'TimeStamp', 'Nonce'])
    expect(verifyCallbackSignature(MsgSignature, [TOKEN, TimeStamp, Nonce, Encrypt])).toBe(true)
    expect(decryptMessage(decodeAesKey(AES_KEY), APPID, Encrypt)).toBe(
      encodeReply(HEAD, { type: 'text', content: '好' }),
    )
    expect(new Set(Array.from({ length: 2000 }, compose)).size).toBe(2000)
  })

  it('is encrypted with the new secrets even when the push came with the old', () => {
    const rotated = createCallback({ ...SAFE, previous: { token: 'former' } })
    const xml = rotated.compose(push, { type: 'text', content: 'x' }, { now: NOW, encrypted: true })
    const {
      Encrypt = '',
      MsgSignature = '',
      TimeStamp = '',
      Nonce = '',
    } = tree(parseXml(xml)) as Record<string, string>
    expect(verifyCallbackSignature(MsgSignature, [TOKEN, TimeStamp, Nonce, Encrypt])).toBe(true)
  })

  it('cannot be encrypted without a key', () => {
    const plaintext = createCallback(PLAINTEXT)
    const compose = () => plaintext.compose(push, { type: 'text', content: 'x' }, { now: NOW, encrypted: true })
    expect(compose).toThrow('encodingAesKey')
  })
})

describe('data in a reply', () => {
  it.each([']]>', ']]>]]>', ']]]]>', 'a]]><MsgType>event</MsgType><![CDATA[', '<![CDATA[x]]>', ']', ']]', '>'])(
    '%s arrives as it was given',
    (content) => {
      expect(textOfReply(content)).toBe(content)
      const xml = encodeReply(HEAD, { type: 'image', mediaId: content })
      expect(tree(parseXml(xml))).toMatchObject({ Image: { MediaId: content } })
    },
  )

  it('loses the characters XML forbids, and only those', () => {
    expect(textOfReply('a\0\x01\x08\x0b\x0c\x1f\ufffe\uffffb\t\n\r😀')).toBe('ab\t\n\r😀')
    expect(textOfReply('a\ud800b')).toBe('a\ufffdb')
    expect(textOfReply(']\x00]>')).toBe(']]>')
  })
})

describe('the limits', () => {
  it.each<[string, Reply]>([
    ['content', { type: 'text', content: '' }],
    ['content', { type: 'text', content: ' \n' }],
    ['content', { type: 'text', content: '\x00' }],
    ['content', { type: 'text', content: '界'.repeat(683) }],
    ['MediaId', { type: 'image', mediaId: '' }],
    ['ThumbMediaId', { type: 'music', thumbMediaId: '' }],
    ['articles', { type: 'news', articles: [] }],
    ['articles', { type: 'news', articles: Array(9).fill({ title: 't', description: 'd', picUrl: 'p', url: 'u' }) }],
  ])('of %s are told, nothing is cut', (field, reply) => {
    expect(limit(() => callback.compose(push, reply, { now: NOW, encrypted: true })).field).toBe(field)
  })

  it('allow 2048 bytes of text', () => {
    expect(textOfReply(`${'界'.repeat(682)}ab`)).toHaveLength(684)
  })

  it('allow eight articles to an event and one to a message', () => {
    const articles = Array(8).fill({ title: 't', description: 'd', picUrl: 'p', url: 'u' })
    const options = { now: NOW, encrypted: false }
    expect(callback.compose(push, { type: 'news', articles }, options)).toContain('<ArticleCount>8</ArticleCount>')
    expect(limit(() => callback.compose(message, { type: 'news', articles }, options)).field).toBe('articles')
  })
})

function opened(xml: string) {
  const { query, body } = deliverEncrypted(xml)
  return callback.open(query, body, NOW)
}

function textOfReply(content: string): unknown {
  return tree(parseXml(encodeReply(HEAD, { type: 'text', content }))).Content
}

function tree(elements: readonly XmlElement[]): Record<string, unknown> {
  return Object.fromEntries(elements.map(({ name, text, children }) => [name, children ? tree(children) : text]))
}

function limit(work: () => unknown): LimitError {
  try {
    work()
  } catch (error) {
    if (error instanceof LimitError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
