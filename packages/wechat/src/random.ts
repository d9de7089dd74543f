import { randomFillSync } from 'node:crypto'

// One call into the system's generator costs as much as decrypting a push, so bytes are drawn in blocks and each is used once.
const block = Buffer.allocUnsafeSlow(8192)
let used = block.length

/** Fresh random bytes (at most 8192), to be read at once: the memory is filled anew later. */
export function takeRandomBytes(size: number): Buffer {
  if (used + size > block.length) {
    randomFillSync(block)
    used = 0
  }
  used += size
  return block.subarray(used - size, used)
}
