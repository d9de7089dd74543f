import type { FastifyRequest } from 'fastify'
import { Refusal } from '../refusals.ts'

const LOOPBACK_PEER = /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/** Framed pages post forms from an opaque origin; the page's random number is their proof. */
const FRAMED = /^\/_sim\/people\/[^/]+\/(visit|visit-form|fetch|frame)\?/

/**
 * The control API is for this machine only, and not for the web pages that happen to be open on it: no foreign host name
 * (DNS rebinding), no foreign origin, no body that a form could send.
 */
export function guardControl(request: FastifyRequest): void {
  if (!LOOPBACK_PEER.test(request.raw.socket.remoteAddress ?? ''))
    throw new Refusal(403, 'not_local', 'the control API answers this machine only')
  const host = request.headers.host ?? ''
  if (!LOOPBACK_HOST.test(host))
    throw new Refusal(403, 'bad_host', 'the control API answers under localhost, 127.0.0.1 and [::1]')
  if (FRAMED.test(request.url)) return
  const { origin } = request.headers
  if (origin !== undefined && origin !== `http://${host}`)
    throw new Refusal(403, 'foreign_origin', 'the control API answers no foreign web page')
  const changes = request.method === 'POST' || request.method === 'PATCH'
  if (changes && !/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new Refusal(400, 'not_json', 'the content type must be application/json')
}
