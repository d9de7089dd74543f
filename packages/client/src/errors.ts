/** One way to a user, and why it is not open. */
export interface WayRefused {
  /** `template`, `subscription`, `one_time` or `customer_service` */
  readonly way: string
  readonly reason: string
  /** appid */
  readonly account?: string
  /** What can be done, for a developer. */
  readonly advice?: string
}

/** A refusal of Hufu, or no answer from it. Neither the API key nor anything that was sent is ever part of it. */
export class HufuError extends Error {
  override name = 'HufuError'
  /** Stable name of the refusal, such as `wechat_already_bound`; `network` or `timeout` without an answer; `http_502` and the like for an answer that is not Hufu's. */
  readonly code: string
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** One sentence for a developer: what to do. Not meant for visitors. */
  readonly detail: string | undefined
  /** Tell it to the operator of Hufu: it is in the log there. */
  readonly requestId: string | undefined
  /** Seconds to stay away, where Hufu asks for it. */
  readonly retryAfter: number | undefined
  /** Of a wrong code: how often it may still be tried; 0: ask for another one. */
  readonly triesLeft: number | undefined
  /** Which members of the request were wrong. */
  readonly errors: readonly { readonly path: string; readonly message: string }[]
  /** With `user_unreachable`: why each of the ways is closed. */
  readonly ways: readonly WayRefused[]

  constructor(code: string, status: number, facts: HufuErrorFacts = {}) {
    super([`Hufu: ${code}`, status > 0 && `(${status})`, facts.detail ?? facts.title].filter(Boolean).join(' '))
    this.code = code
    this.status = status
    this.detail = facts.detail
    this.requestId = facts.requestId
    this.retryAfter = facts.retryAfter
    this.triesLeft = facts.triesLeft
    this.errors = facts.errors ?? []
    this.ways = facts.ways ?? []
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get passes(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

interface HufuErrorFacts {
  title?: string
  detail?: string | undefined
  requestId?: string | undefined
  retryAfter?: number | undefined
  triesLeft?: number | undefined
  errors?: { path: string; message: string }[]
  ways?: WayRefused[]
}

/**
 * Reads a problem document.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export async function errorOf(response: Response): Promise<HufuError> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
  const isProblem = /^application\/problem\+json\b/.test(response.headers.get('content-type') ?? '')
  const problem: unknown = await response.json().catch(() => undefined)
  if (!isProblem || !isRecord(problem) || typeof problem.code !== 'string') {
    return new HufuError(`http_${response.status}`, response.status, { retryAfter })
  }
  return new HufuError(problem.code, response.status, {
    ...(typeof problem.title === 'string' && { title: problem.title }),
    ...(typeof problem.detail === 'string' && { detail: problem.detail }),
    ...(typeof problem.request_id === 'string' && { requestId: problem.request_id }),
    ...(typeof problem.tries_left === 'number' && { triesLeft: problem.tries_left }),
    ...(Array.isArray(problem.errors) && { errors: problem.errors.filter(isFault) }),
    ...(Array.isArray(problem.ways) && { ways: problem.ways.filter(isWay) }),
    retryAfter,
  })
}

function isWay(value: unknown): value is WayRefused {
  return isRecord(value) && typeof value.way === 'string' && typeof value.reason === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isFault(value: unknown): value is { path: string; message: string } {
  return isRecord(value) && typeof value.path === 'string' && typeof value.message === 'string'
}
