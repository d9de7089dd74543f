import { createCipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createCipher } from '../src/cipher.ts'

const key = randomBytes(32)

/** A new object for each message: the plain way of doing it. */
function encryptAnew(plain: Uint8Array): Buffer {
  return createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false).update(plain)
}

const message = fc
  .nat(40)
  .chain((blocks) => fc.uint8Array({ minLength: 16 * blocks + 16, maxLength: 16 * blocks + 16 }))

it('a cipher used for ever gives what a new one would, in any order of messages and directions', () => {
  const cipher = createCipher(key)
  fc.assert(
    fc.property(message, fc.boolean(), (bytes, encrypt) => {
      const plain = Buffer.from(bytes)
      const expected = encryptAnew(plain)
      if (encrypt) expect(cipher.encrypt(plain)).toEqual(expected)
      else expect(cipher.decrypt(expected)).toEqual(plain)
      expect(plain).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 1000 },
  )
})

it('half a block is refused and leaves no trace in the next message', () => {
  const cipher = createCipher(key)
  const plain = randomBytes(64)
  for (const length of [0, 1, 15, 17]) {
    expect(() => cipher.decrypt(randomBytes(length))).toThrow(RangeError)
    expect(() => cipher.encrypt(randomBytes(length))).toThrow(RangeError)
    expect(cipher.decrypt(cipher.encrypt(plain))).toEqual(plain)
  }
})
