import { createCipheriv, createHash, randomBytes } from 'node:crypto'

export type CallbackMode = 'plaintext' | 'safe'

/** What WeChat knows about the callback of one account: where to push, and how to sign and encrypt. */
export interface CallbackAccount {
  readonly port: number
  readonly path: string
  readonly appid: string
  readonly originalId: string
  readonly token: string
  readonly encodingAesKey: string
  readonly mode: CallbackMode
}

export interface Scan {
  readonly openid: string
  readonly scene: string
  readonly ticket: string
}

/**
 * The whole HTTP request of one SCAN push, ready for the socket. Written a third time here, beside `wechat` and
 * `simulator`, so that the generator shares no code with what it measures.
 */
export function buildScanRequest(account: CallbackAccount, scan: Scan, createTime: number): Buffer {
  const xml = scanXml(account.originalId, scan, createTime)
  const timestamp = String(createTime)
  const nonce = randomBytes(8).toString('hex')
  const query =
    `signature=${sign(account.token, timestamp, nonce)}&timestamp=${timestamp}&nonce=${nonce}` +
    `&openid=${scan.openid}`
  if (account.mode === 'plaintext') return httpPost(account, query, xml)

  const encrypted = encrypt(account, xml)
  const msgSignature = sign(account.token, timestamp, nonce, encrypted)
  return httpPost(
    account,
    `${query}&encrypt_type=aes&msg_signature=${msgSignature}`,
    `<xml><ToUserName><![CDATA[${account.originalId}]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`,
  )
}

function scanXml(originalId: string, { openid, scene, ticket }: Scan, createTime: number): string {
  return `<xml><ToUserName><![CDATA[${originalId}]]></ToUserName>
<FromUserName><![CDATA[${openid}]]></FromUserName>
<CreateTime>${createTime}</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[${scene}]]></EventKey>
<Ticket><![CDATA[${ticket}]]></Ticket>
</xml>`
}

function sign(...parts: string[]): string {
  return createHash('sha1').update(parts.sort().join('')).digest('hex')
}

function encrypt({ encodingAesKey, appid }: CallbackAccount, message: string): string {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  const body = Buffer.from(message)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const plain = Buffer.concat([randomBytes(16), length, body, Buffer.from(appid)])
  const padding = 32 - (plain.length % 32)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([
    cipher.update(Buffer.concat([plain, Buffer.alloc(padding, padding)])),
    cipher.final(),
  ]).toString('base64')
}

function httpPost({ port, path }: CallbackAccount, query: string, body: string): Buffer {
  return Buffer.from(
    `POST ${path}?${query} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\n` +
      `Content-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
