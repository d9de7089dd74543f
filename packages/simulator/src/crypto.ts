import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const BLOCK = 32
const RANDOM_BYTES = 16
const HEADER = RANDOM_BYTES + 4

export type CryptoReason = 'base64' | 'ciphertext_length' | 'padding' | 'message_length' | 'appid'

/** Why a ciphertext was refused, by the first thing that was wrong with it. */
export class CryptoError extends Error {
  readonly reason: CryptoReason
  constructor(reason: CryptoReason) {
    super(`the ciphertext is refused: ${reason}`)
    this.reason = reason
  }
}

/** Lower-case hex SHA-1 of the parts, sorted as bytes and joined with nothing between. */
export function signature(...parts: string[]): string {
  const sorted = parts.map((part) => Buffer.from(part, 'utf8')).sort(Buffer.compare)
  return createHash('sha1').update(Buffer.concat(sorted)).digest('hex')
}

/** JS-SDK: values raw, the URL cut before `#`. */
export function jssdkSignature(ticket: string, noncestr: string, timestamp: string, url: string): string {
  const [page = ''] = url.split('#')
  const text = `jsapi_ticket=${ticket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${page}`
  return createHash('sha1').update(text).digest('hex')
}

export function aesKey(encodingAesKey: string): Buffer {
  // Buffer ignores the spare bits of the 43rd character, which are often not zero.
  return Buffer.from(`${encodingAesKey}=`, 'base64')
}

/** What stands before encryption, as bytes; the mutations of pushes build their own. */
export function layout(message: Buffer, appid: string, random = randomBytes(RANDOM_BYTES)): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt32BE(message.length)
  return Buffer.concat([random, header, message, Buffer.from(appid, 'utf8')])
}

export function pad(plain: Buffer): Buffer {
  const count = BLOCK - (plain.length % BLOCK)
  return Buffer.concat([plain, Buffer.alloc(count, count)])
}

export function encryptBlocks(padded: Buffer, key: Buffer): string {
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
}

export type Envelope = { encodingAesKey: string; appid: string }

export function seal(message: string | Buffer, envelope: Envelope, random16?: string): string {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'utf8') : message
  const random = random16 === undefined ? undefined : Buffer.from(random16, 'utf8')
  return encryptBlocks(pad(layout(bytes, envelope.appid, random)), aesKey(envelope.encodingAesKey))
}

/** Decrypts and checks everything there is to check: padding bytes all equal, the declared length exact, the appid ours. */
export function unseal(encrypted: string, envelope: Envelope): string {
  if (encrypted.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encrypted)) throw new CryptoError('base64')
  const bytes = Buffer.from(encrypted, 'base64')
  if (bytes.length === 0 || bytes.length % 16 !== 0) throw new CryptoError('ciphertext_length')
  const key = aesKey(envelope.encodingAesKey)
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const plain = withoutPadding(Buffer.concat([decipher.update(bytes), decipher.final()]))
  if (plain.length < HEADER) throw new CryptoError('message_length')
  const end = HEADER + plain.readUInt32BE(RANDOM_BYTES)
  if (end > plain.length) throw new CryptoError('message_length')
  if (plain.subarray(end).toString('utf8') !== envelope.appid) throw new CryptoError('appid')
  return plain.subarray(HEADER, end).toString('utf8')
}

function withoutPadding(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0
  if (count < 1 || count > BLOCK || count > padded.length) throw new CryptoError('padding')
  const body = padded.subarray(0, padded.length - count)
  if (!padded.subarray(body.length).every((byte) => byte === count)) throw new CryptoError('padding')
  return body
}
