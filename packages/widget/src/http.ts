import { isRecord } from './flow.ts'

/** An RFC 9457 problem, or one of our own: `network` (no answer, status 0), `bad_answer`, `redirect_refused`. */
export interface Problem {
  readonly code: string
  readonly status: number
  readonly title?: string
  readonly detail?: string
  readonly request_id?: string
  readonly tries_left?: number
}

export class ProblemError extends Error {
  readonly problem: Problem
  /** Whether the same request may succeed later without anybody doing anything. */
  readonly passes: boolean
  /** The server has too much to do, with us or at all. */
  readonly throttled: boolean
  /** Milliseconds the server asks us to stay away. */
  readonly away: number

  constructor(code: string, status = 0, retryAfter = 0, more = {}) {
    super(code)
    this.problem = { code, ...more, status }
    this.throttled = status === 429 || status === 503
    this.passes = status < 400 || status >= 500 || status === 408 || status === 429
    // Capped, so that a wrong clock cannot silence the page for a day.
    this.away = this.throttled ? Math.min(retryAfter * 1000 || 5000, 300_000) : 0
  }
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** An abort signal that also fires by itself; `done` releases it. (AbortSignal.any is younger than our users' browsers.) */
export function deadline(outer: AbortSignal, ms: number) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let timer = setTimeout(abort, ms)
  outer.addEventListener('abort', abort)
  if (outer.aborted) abort()
  return {
    signal: controller.signal,
    restart(again: number) {
      clearTimeout(timer)
      timer = setTimeout(abort, again)
    },
    done() {
      clearTimeout(timer)
      outer.removeEventListener('abort', abort)
      // Ends a body that nobody read to its end.
      abort()
    },
  }
}

/** Sends and reads one JSON answer. Throws ProblemError for every refusal and every failure to understand each other. */
export async function requestJson(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  outer: AbortSignal,
  timeoutMs = 15_000,
) {
  const limit = deadline(outer, timeoutMs)
  try {
    const response = await fetch(url, { cache: 'no-store', ...init, signal: limit.signal })
    const text = await response.text()
    if (!response.ok) throw problemOf(response, text)
    const body = parseJson(text)
    if (text && body === undefined) throw new ProblemError('bad_answer', response.status)
    return { body, headers: response.headers }
  } catch (error) {
    throw error instanceof ProblemError ? error : new ProblemError('network')
  } finally {
    limit.done()
  }
}

/** Undefined for what is no JSON: proxies answer HTML, and a stream may be cut. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function problemOf({ status, headers }: Response, text: string): ProblemError {
  const body = parseJson(text)
  // An HTTP date (RFC 9110 §10.2.3 allows one, Hufu never sends one) is no number and gets the usual pause.
  const seconds = Number(headers.get('retry-after'))
  return new ProblemError(`http_${status}`, status, seconds, isRecord(body) ? body : {})
}

/** How long to wait before trying again: what was asked for, or twice as long each time, never all pages at once. */
export function backoff({ away }: ProblemError, failures: number, random: () => number, firstMs = 1000): number {
  return Math.max(away, Math.min(firstMs * 2 ** (failures - 1), 15_000) * (0.5 + random() / 2))
}
