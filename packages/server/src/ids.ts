import { randomBytes } from 'node:crypto'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base32, lower case, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    held += 8
    while (held >= 5) {
      held -= 5
      text += alphabet[(bits >> held) & 31]
    }
    bits &= (1 << held) - 1
  }
  return held > 0 ? text + alphabet[(bits << (5 - held)) & 31] : text
}

export type IdPrefix =
  | 'fl'
  | 'us'
  | 'ap'
  | 'ak'
  | 'id'
  | 'pe'
  | 'jb'
  | 'ln'
  | 'rr'
  | 'im'
  | 'ms'
  | 'cf'
  | 'se'
  | 'si'
  | 'pf'
  | 'vc'
  | 'mb'
  | 'sb'

/** A new id: prefix and 128 random bits. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${base32(randomBytes(16))}`
}

/** A new id that says of itself, to whoever knows, that it is of the other kind: the last letter stands for three bits, and has room for five. */
export function newMarkedId(prefix: IdPrefix): string {
  const id = newId(prefix)
  return id.slice(0, -1) + alphabet[alphabet.indexOf(id.slice(-1)) | 1]
}

export function isMarked(id: string): boolean {
  return (alphabet.indexOf(id.slice(-1)) & 1) === 1
}

/** The same bits under another prefix: what belongs together is found by its name. */
export function renamed(prefix: IdPrefix, id: string): string {
  return `${prefix}_${id.slice(id.indexOf('_') + 1)}`
}

/** The value inside a QR code: 160 random bits, 32 characters of WeChat's safe set. */
export function newScene(): string {
  return base32(randomBytes(20))
}
