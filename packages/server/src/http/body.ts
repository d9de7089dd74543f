import type { IncomingMessage } from 'node:http'

export type BodyRefusal = 'too_large' | 'too_slow' | 'broken'

/** The connection is to be closed within three seconds, the answer included. */
const longestReadMs = 2_800

/** The raw bytes, untouched until their signature is checked: at most `largest` of them, in time, whatever the headers promise. */
export function readBody(request: IncomingMessage, largest: number, done: (body: Buffer | BodyRefusal) => void): void {
  if (Number(request.headers['content-length'] ?? 0) > largest) {
    done('too_large')
    return
  }
  const chunks: Buffer[] = []
  let size = 0
  const timer = setTimeout(() => end('too_slow'), longestReadMs)
  function end(result: Buffer | BodyRefusal): void {
    clearTimeout(timer)
    request.off('data', onData).off('end', onEnd).off('error', onError)
    if (typeof result === 'string') request.pause().on('error', () => {})
    done(result)
  }
  function onData(chunk: Buffer): void {
    size += chunk.length
    if (size > largest) end('too_large')
    else chunks.push(chunk)
  }
  function onEnd(): void {
    const [only] = chunks
    end(chunks.length === 1 && only ? only : Buffer.concat(chunks))
  }
  function onError(): void {
    end('broken')
  }
  request.on('data', onData).on('end', onEnd).on('error', onError)
}
