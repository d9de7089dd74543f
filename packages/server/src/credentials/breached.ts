import { hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

/** Passwords that are known from other sites' leaks. */
export interface BreachedList {
  has(password: string): Promise<boolean>
  close(): Promise<void>
}

const longestLine = 64

/**
 * A file of SHA-1 hashes in hex, one a line, in order, whatever follows after a colon: the form of haveibeenpwned.com's download. Tens of
 * gigabytes are searched by halving, where they lie.
 */
export async function openBreachedList(path: string): Promise<BreachedList> {
  const file = await open(path)
  const { size } = await file.stat()
  return {
    async has(password) {
      const wanted = hash('sha1', password, 'hex').toUpperCase()
      let from = 0
      let to = size
      while (from < to) {
        const middle = Math.floor((from + to) / 2)
        const line = await lineAfter(file, middle, size)
        if (!line) {
          to = middle
          continue
        }
        const found = line.text.slice(0, 40).toUpperCase()
        if (found === wanted) return true
        if (found < wanted) from = line.end
        else to = middle
      }
      return false
    },
    close: () => file.close(),
  }
}

/** The first line that begins at `at` or after it. */
async function lineAfter(
  file: FileHandle,
  at: number,
  size: number,
): Promise<{ text: string; end: number } | undefined> {
  const start = Math.max(0, at - 1)
  const { bytesRead, buffer } = await file.read(Buffer.alloc(3 * longestLine), 0, 3 * longestLine, start)
  const text = buffer.toString('latin1', 0, bytesRead)
  const first = at === 0 ? 0 : text.indexOf('\n') + 1
  if (at > 0 && first === 0) return undefined
  const newline = text.indexOf('\n', first)
  const end = newline < 0 ? text.length : newline + 1
  if (first >= text.length || start + first >= size) return undefined
  return { text: text.slice(first, end).trim(), end: start + end }
}
