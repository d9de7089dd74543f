export interface Answer {
  status: number
  /** Seconds, where the answer says when to come again. */
  retryAfter?: number | undefined
  // biome-ignore lint/suspicious/noExplicitAny: other people's JSON, looked at field by field
  body: any
}

const answerMs = 20_000

/** One request; whoever hears nothing for too long gives up. */
export async function call(
  method: string,
  url: string,
  options: { body?: object; bearer?: string; signal?: AbortSignal } = {},
): Promise<Answer> {
  const { body, bearer, signal } = options
  const ending = new AbortController()
  const end = () => ending.abort()
  const timer = setTimeout(end, answerMs)
  if (signal?.aborted) end()
  signal?.addEventListener('abort', end, { once: true })
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(bearer && { authorization: `Bearer ${bearer}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: ending.signal,
    })
    const text = await response.text()
    return {
      status: response.status,
      retryAfter: retryAfterOf(response.headers.get('retry-after')),
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {},
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

export function retryAfterOf(header: string | null | undefined): number | undefined {
  const seconds = Number(header ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : undefined
}
