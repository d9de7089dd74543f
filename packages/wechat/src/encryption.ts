import { isUtf8 } from 'node:buffer'
import { type Cipher, createCipher } from './cipher.ts'
import { CallbackError, ConfigError } from './errors.ts'
import { takeRandomBytes } from './random.ts'

/** An EncodingAESKey ready for use: decode it once and keep it. */
export interface AesKey {
  readonly cipher: Cipher
}

const RANDOM_LENGTH = 16
const HEAD_LENGTH = RANDOM_LENGTH + 4
/** The padding is PKCS#7 in shape but for blocks of 32: a library's own check fails on half of all messages. */
const BLOCK = 32

/** @throws ConfigError unless it is 43 letters and digits */
export function decodeAesKey(encodingAesKey: string): AesKey {
  if (!/^[A-Za-z0-9]{43}$/.test(encodingAesKey))
    throw new ConfigError('encodingAesKey', 'must be 43 letters and digits')
  // The 43rd character carries two spare bits that are often not zero: a strict base64 decoder would refuse genuine keys.
  return { cipher: createCipher(Buffer.from(`${encodingAesKey}=`, 'base64')) }
}

/**
 * Encrypts a reply: 16 random bytes, 4 bytes of length, the message, the appid, padding to a multiple of 32.
 * @param random16 only for reproducing known ciphertexts
 * @returns base64, the text of `Encrypt`
 * @see https://developers.weixin.qq.com/doc/oplatform/developers/dev/push/encryption.md
 */
export function encryptMessage(key: AesKey, appid: string, message: string, random16?: Uint8Array): string {
  const messageLength = Buffer.byteLength(message)
  const appidLength = Buffer.byteLength(appid)
  const length = HEAD_LENGTH + messageLength + appidLength
  const padding = BLOCK - (length % BLOCK)
  const plain = Buffer.allocUnsafe(length + padding)
  plain.set(random16 ?? takeRandomBytes(RANDOM_LENGTH))
  plain.writeUInt32BE(messageLength, RANDOM_LENGTH)
  plain.write(message, HEAD_LENGTH)
  plain.write(appid, HEAD_LENGTH + messageLength)
  plain.fill(padding, length)
  return key.cipher.encrypt(plain).toString('base64')
}

/**
 * Decrypts the text of `Encrypt` and checks everything that can be checked: padding bytes, length, appid, UTF-8. Verify the
 * signature first; the errors say `signatureValid: true` for that reason.
 * @throws CallbackError
 */
export function decryptMessage(key: AesKey, appid: string, encrypt: string): string {
  const plain = decryptBlocks(key, encrypt)
  const end = plain.length - paddingLength(plain)
  const messageEnd = HEAD_LENGTH + (end < HEAD_LENGTH ? Infinity : plain.readUInt32BE(RANDOM_LENGTH))
  if (messageEnd > end) throw new CallbackError('message_length', true)
  if (plain.toString('utf8', messageEnd, end) !== appid) throw new CallbackError('appid', true)
  const message = plain.subarray(HEAD_LENGTH, messageEnd)
  if (!isUtf8(message)) throw new CallbackError('xml', true, message.toString())
  return message.toString()
}

function decryptBlocks(key: AesKey, encrypt: string): Buffer {
  const ciphertext = decodeBase64(encrypt)
  if (ciphertext === undefined) throw new CallbackError('base64', true)
  if (ciphertext.length === 0 || ciphertext.length % 16 !== 0) throw new CallbackError('ciphertext_length', true)
  if (ciphertext.length % BLOCK !== 0) throw new CallbackError('padding', true)
  return key.cipher.decrypt(ciphertext)
}

/** Node's decoder skips what it does not know and takes the URL alphabet too, so what was skipped shows in the length. */
function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined
  const bytes = Buffer.from(text, 'base64')
  const unused = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return bytes.length === (text.length / 4) * 3 - unused ? bytes : undefined
}

function paddingLength(plain: Buffer): number {
  const padding = plain[plain.length - 1] ?? 0
  if (padding < 1 || padding > BLOCK) throw new CallbackError('padding', true)
  for (let i = plain.length - padding; i < plain.length; i++) {
    if (plain[i] !== padding) throw new CallbackError('padding', true)
  }
  return padding
}
