import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { DomainError } from '../errors.ts'

export const largestBody = 128 * 1024
const longestReadMs = 3_000

/** The raw bytes, untouched until their signature is checked: at most 128 KiB, within three seconds, whatever the headers promise. */
export function readBody(
  _request: FastifyRequest,
  payload: IncomingMessage,
  done: (error: Error | null, body?: Buffer) => void,
): void {
  if (Number(payload.headers['content-length'] ?? 0) > largestBody) {
    done(new DomainError('payload_too_large'))
    return
  }
  const chunks: Buffer[] = []
  let size = 0
  const timer = setTimeout(() => end(new DomainError('request_timeout')), longestReadMs)
  function end(error: Error | null): void {
    clearTimeout(timer)
    payload.off('data', onData).off('end', onEnd).off('error', onError)
    if (error) payload.pause()
    done(error, error ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
  }
  function onData(chunk: Buffer): void {
    size += chunk.length
    if (size > largestBody) end(new DomainError('payload_too_large'))
    else chunks.push(chunk)
  }
  function onEnd(): void {
    end(null)
  }
  function onError(): void {
    end(new DomainError('invalid_request'))
  }
  payload.on('data', onData).on('end', onEnd).on('error', onError)
}
