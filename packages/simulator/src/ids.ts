import { createHash, randomBytes, randomInt } from 'node:crypto'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export function base62(length: number): string {
  let text = ''
  for (const byte of randomBytes(length)) text += BASE62[byte % 62]
  return text
}

export function hex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length)
}

export function digits(length: number): string {
  let text = String(randomInt(1, 10))
  while (text.length < length) text += String(randomInt(10))
  return text
}

export function base64url(length: number): string {
  return randomBytes(Math.ceil((length * 3) / 4))
    .toString('base64url')
    .slice(0, length)
}

/** A mobile number of mainland China. */
export function derivedPhone(subject: string): string {
  const number = createHash('sha256').update(`phone|${subject}`).digest().readUIntBE(0, 6) % 1e8
  return `+86199${String(number).padStart(8, '0')}`
}

/** Twenty-eight characters that begin with `o`; the first six are the same for all that share a namespace, as on WeChat. */
export function derivedOpenid(namespace: string, subject: string): string {
  const prefix = createHash('sha256').update(`namespace|${namespace}`).digest('base64url').slice(0, 5)
  const rest = createHash('sha256').update(`subject|${namespace}|${subject}`).digest('base64url').slice(0, 22)
  return `o${prefix}${rest}`
}
