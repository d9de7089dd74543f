import { hash, timingSafeEqual } from 'node:crypto'

/**
 * The platform's signature: the parts (all ASCII) sorted as strings, joined with nothing, SHA-1 in lower-case hex.
 * `[token, timestamp, nonce]` for a GET check and a plaintext push, with the text of `Encrypt` as fourth part for an encrypted one.
 * @see https://developers.weixin.qq.com/doc/oplatform/developers/dev/push/encryption.md
 */
export function signCallback(parts: readonly string[]): string {
  return hash('sha1', sortedConcat(parts), 'hex')
}

/** Whether `signature` (40 lower-case hex digits, else false) belongs to the parts; compared in constant time. */
export function verifyCallbackSignature(signature: string, parts: readonly string[]): boolean {
  if (!SIGNATURE.test(signature)) return false
  return timingSafeEqual(Buffer.from(signature, 'latin1'), Buffer.from(signCallback(parts), 'latin1'))
}

const SIGNATURE = /^[0-9a-f]{40}$/

function sortedConcat(parts: readonly string[]): string {
  return parts.toSorted().join('')
}
