import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** A black and white picture, one bit a pixel, each cell of the matrix `scale` pixels wide. @see RFC 2083 */
export function bitmapPng(cells: readonly (readonly boolean[])[], scale: number): Buffer {
  const size = cells.length * scale
  const rowBytes = 1 + Math.ceil(size / 8)
  const pixels = Buffer.alloc(rowBytes * size)
  for (let y = 0; y < size; y++) {
    const row = cells[Math.floor(y / scale)] ?? []
    for (let x = 0; x < size; x++) {
      const white = row[Math.floor(x / scale)] !== true
      const at = y * rowBytes + 1 + (x >> 3)
      if (white) pixels[at] = (pixels[at] ?? 0) | (0x80 >> (x & 7))
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header[8] = 1
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** About 430 pixels wide, as WeChat's own. */
export function qrPng(content: string): Buffer {
  const code = encode(content, { ecc: 'M', border: 4 })
  return bitmapPng(code.data, Math.max(1, Math.round(430 / code.size)))
}
