import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'

const BLOCK = 16

/** AES-256-CBC under one key and one fixed IV. Lengths must be multiples of 16. */
export interface Cipher {
  encrypt(plain: Buffer): Buffer
  decrypt(ciphertext: Buffer): Buffer
}

/**
 * Making a cipher object costs more than using it on a push, so two are made per key and used for ever. Each goes on chaining
 * from the last ciphertext block of the message before; since CBC mixes that block in by XOR, XORing it out again and the IV in
 * gives exactly what a new object would have given. Everything here is synchronous: no message can come between.
 */
export function createCipher(keyBytes: Buffer): Cipher {
  const key = createSecretKey(keyBytes)
  // The protocol has no other IV than the first half of the key.
  const iv = Buffer.from(keyBytes.subarray(0, BLOCK))
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  const encryptMask = Buffer.alloc(BLOCK)
  const decryptMask = Buffer.alloc(BLOCK)
  return {
    encrypt(plain) {
      requireBlocks(plain)
      const input = Buffer.from(plain)
      applyMask(input, encryptMask)
      const ciphertext = cipher.update(input)
      nextMask(encryptMask, iv, ciphertext)
      return ciphertext
    },
    decrypt(ciphertext) {
      requireBlocks(ciphertext)
      const plain = decipher.update(ciphertext)
      applyMask(plain, decryptMask)
      nextMask(decryptMask, iv, ciphertext)
      return plain
    },
  }
}

/** Half a block would stay inside the cipher and shift every message after it. */
function requireBlocks(bytes: Buffer): void {
  if (bytes.length === 0 || bytes.length % BLOCK !== 0) throw new RangeError('not a multiple of 16 bytes')
}

function applyMask(bytes: Buffer, mask: Buffer): void {
  for (let i = 0; i < BLOCK; i++) bytes[i] = (bytes[i] ?? 0) ^ (mask[i] ?? 0)
}

function nextMask(mask: Buffer, iv: Buffer, ciphertext: Buffer): void {
  const last = ciphertext.length - BLOCK
  for (let i = 0; i < BLOCK; i++) mask[i] = (iv[i] ?? 0) ^ (ciphertext[last + i] ?? 0)
}
