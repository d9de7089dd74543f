import { errorOf, HufuError } from './errors.ts'

export interface HufuOptions {
  /** Where Hufu is, such as `https://hufu.example.com`. */
  baseUrl: string
  /** The app's API key (`hk_…`). It belongs on servers only. */
  apiKey: string
  /** Another `fetch`, for a proxy or for tests. */
  fetch?: typeof fetch
}

export interface CallOptions {
  signal?: AbortSignal | undefined
}

interface Call extends CallOptions {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  query?: Record<string, string | number | undefined>
  body?: object
  headers?: Record<string, string>
  /** Seconds that Hufu may hold the answer. */
  wait?: number
}

/** One request to Hufu. The caller names the type of the answer, which comes from the OpenAPI document. */
export type Request = <Answer>(call: Call) => Promise<Answer>

const answerWithinMs = 15_000

export function createRequest(options: HufuOptions): Request {
  const base = baseOf(options.baseUrl)
  // Checked here, because the fetch of a malformed header would repeat the key in its message.
  if (!/^hk_[\w-]{1,250}$/.test(options.apiKey)) throw new TypeError('apiKey is not an API key of Hufu (hk_…).')
  const authorization = `Bearer ${options.apiKey}`
  const send = options.fetch ?? fetch

  async function exchange(call: Call, signal: AbortSignal): Promise<Response> {
    try {
      return await send(urlOf(base, call), {
        method: call.method,
        headers: {
          accept: 'application/json',
          authorization,
          ...(call.body && { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(call.body && { body: JSON.stringify(call.body) }),
        // A redirect would carry the key to wherever it points.
        redirect: 'error',
        signal,
      })
    } catch {
      throw noAnswer(call, signal)
    }
  }

  return async (call) => {
    const deadline = AbortSignal.timeout(answerWithinMs + (call.wait ?? 0) * 1000)
    const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline
    const response = await exchange(call, signal)
    if (!response.ok) throw await errorOf(response)
    try {
      return response.status === 204 ? undefined : await response.json()
    } catch {
      throw call.signal?.aborted || deadline.aborted
        ? noAnswer(call, signal)
        : new HufuError('bad_answer', response.status)
    }
  }
}

/** The caller's own abort is thrown as it is; a lost connection and a late answer are HufuErrors. */
function noAnswer(call: Call, signal: AbortSignal): unknown {
  if (call.signal?.aborted) return call.signal.reason
  return new HufuError(signal.aborted ? 'timeout' : 'network', 0, {
    detail: `Hufu did not answer ${call.method} ${new URL(call.path, 'http://hufu').pathname.split('/').slice(0, 3).join('/')}.`,
  })
}

function baseOf(baseUrl: string): string {
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new TypeError('baseUrl must be the http(s) address of Hufu, such as https://hufu.example.com.')
  }
  return baseUrl.replace(/\/+$/, '')
}

function urlOf(base: string, { path, query = {} }: Call): string {
  const url = new URL(`${base}${path}`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  return url.href
}
