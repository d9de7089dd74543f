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
  /** Milliseconds the server asks us to stay away. */
  readonly retryAfter: number | undefined

  constructor(problem: Problem, retryAfter?: number) {
    super(problem.title ?? problem.code)
    this.problem = problem
    this.retryAfter = retryAfter
  }

  /** Whether the same request may succeed later without anybody doing anything. */
  get passes(): boolean {
    const { status } = this.problem
    return status < 400 || status === 408 || status === 425 || status === 429 || status >= 500
  }

  get limited(): boolean {
    return this.problem.status === 429 || this.problem.status === 503
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
    abort,
    restart() {
      clearTimeout(timer)
      timer = setTimeout(abort, ms)
    },
    done() {
      clearTimeout(timer)
      outer.removeEventListener('abort', abort)
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
): Promise<{ body: unknown; headers: Headers }> {
  const limit = deadline(outer, timeoutMs)
  try {
    const response = await fetch(url, { cache: 'no-store', ...init, signal: limit.signal })
    const text = await response.text()
    if (!response.ok) throw problemOf(response, text)
    return { body: text === '' ? undefined : parse(text, response.status), headers: response.headers }
  } catch (error) {
    throw error instanceof ProblemError ? error : new ProblemError({ code: 'network', status: 0 })
  } finally {
    limit.done()
  }
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badAnswer(status)
  }
}

export function badAnswer(status: number): ProblemError {
  return new ProblemError({ code: 'bad_answer', status })
}

export function problemOf(response: Response, text: string): ProblemError {
  let problem: Problem = { code: `http_${response.status}`, status: response.status }
  try {
    const body: unknown = JSON.parse(text)
    if (isRecord(body)) problem = { ...problem, ...body, status: response.status }
  } catch {
    // Proxies answer HTML; the status says enough.
  }
  return new ProblemError(problem, retryAfter(response.headers.get('retry-after')))
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), capped so that a wrong clock cannot silence the page for a day. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 300_000)
}
