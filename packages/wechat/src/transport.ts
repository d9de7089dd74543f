import { NetworkError, type NetworkErrorKind, WechatError } from './errors.ts'
import type { HostList } from './hosts.ts'
import { type JsonObject, parseJsonObject } from './json.ts'
import { retryClassOf } from './retry-class.ts'

export interface TransportOptions {
  readonly fetch: typeof fetch
  readonly hosts: HostList
  readonly timeoutMs: number
  onDate?(serverMs: number, localMs: number): void
  onCall?(call: { readonly path: string; readonly errcode: number; readonly ms: number }): void
  now(): number
}

export interface Request {
  /** Without a query: this is what errors and callbacks show. */
  readonly path: string
  readonly query: URLSearchParams
  /** JSON text; without it the request is a GET. */
  readonly body?: string | undefined
  readonly idempotent: boolean
  /** What must not be read in an error, whatever the platform says back. */
  readonly secrets: readonly string[]
}

/** Bytes; the largest genuine answer, a page of 10 000 openids, is a third of it. */
const MAX_ANSWER = 1024 * 1024
const MAX_ERRMSG = 300
/** Hosts one call may try. */
const MAX_ATTEMPTS = 3

interface Answer {
  readonly status: number
  readonly text: string | undefined
}

/**
 * Sends one request and reads its answer.
 * @throws WechatError | NetworkError
 */
export async function send(options: TransportOptions, request: Request): Promise<JsonObject> {
  const startedAt = performance.now()
  const answer = await attemptHosts(options, request)
  const json = readAnswer(answer, request)
  const errcode = json.errcode ?? 0
  if (typeof errcode !== 'number') throw new NetworkError('garbage', request.path, answer.status)
  options.onCall?.({ path: request.path, errcode, ms: performance.now() - startedAt })
  if (errcode !== 0) throw refusal(errcode, json, request, answer.status)
  return json
}

/** A call that may have been carried out is never repeated elsewhere; the next one begins at another host. */
async function attemptHosts(options: TransportOptions, request: Request): Promise<Answer> {
  const order = options.hosts.order()
  const origins = request.idempotent ? order.slice(0, MAX_ATTEMPTS) : order.slice(0, 1)
  let kind: NetworkErrorKind = 'connect'
  for (const origin of origins) {
    try {
      return await attempt(options, request, origin)
    } catch (error) {
      // Nothing of what fetch threw is kept: it may hold the URL, and with it the token.
      kind = kindOf(error)
      options.hosts.failed(origin)
    }
  }
  throw new NetworkError(kind, request.path)
}

async function attempt(options: TransportOptions, request: Request, origin: string): Promise<Answer> {
  const { path, query, body } = request
  const response = await options.fetch(`${origin}${path}${query.size === 0 ? '' : `?${query}`}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? undefined : { body, headers: { 'content-type': 'application/json; charset=utf-8' } }),
    // A redirect would carry the token to wherever it points.
    redirect: 'manual',
    signal: AbortSignal.timeout(options.timeoutMs),
  })
  const date = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(date)) options.onDate?.(date, options.now())
  return { status: response.status, text: await readText(response) }
}

/** Undefined when the body is too long or is not UTF-8. */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.length
    // Leaving the loop cancels the stream and closes the connection.
    if (length > MAX_ANSWER) return undefined
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function readAnswer({ status, text }: Answer, { path }: Request): JsonObject {
  if (status < 200 || status > 299) throw new NetworkError('http', path, status)
  const json = text === undefined ? undefined : parseJsonObject(text)
  if (json === undefined) throw new NetworkError('garbage', path, status)
  return json
}

function refusal(errcode: number, json: JsonObject, { path, secrets }: Request, status: number): WechatError {
  const errmsg = maskSecrets(typeof json.errmsg === 'string' ? json.errmsg : '', secrets).slice(0, MAX_ERRMSG)
  const rid = /\brid: ?([0-9a-f-]{8,64})/.exec(errmsg)?.[1]
  return new WechatError({ errcode, errmsg, ...(rid && { rid }), retry: retryClassOf(errcode, path), path, status })
}

function maskSecrets(text: string, secrets: readonly string[]): string {
  let masked = text
  for (const secret of secrets) {
    if (secret === '') continue
    masked = masked.replaceAll(secret, '[secret]').replaceAll(encodeURIComponent(secret), '[secret]')
  }
  return masked
}

const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
])
const TIMED_OUT = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])

function kindOf(error: unknown): NetworkErrorKind {
  if (!(error instanceof Error)) return 'reset'
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout'
  const cause: unknown = error.cause
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  // A certificate that is not trusted is found before anything is sent.
  if (NOT_CONNECTED.has(code) || /CERT|^ERR_TLS|^ERR_SSL/.test(code)) return 'connect'
  return TIMED_OUT.has(code) ? 'timeout' : 'reset'
}
