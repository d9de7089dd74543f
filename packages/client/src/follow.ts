import { HufuError } from './errors.ts'
import type { Request } from './http.ts'
import type { Event, EventPage } from './types.ts'

export interface FollowOptions {
  /** The id of the last event you handled; without it the feed begins 30 days ago. */
  after?: string | undefined
  /** Ends the iteration. */
  signal?: AbortSignal | undefined
}

const holdSeconds = 25
const firstPauseMs = 500
const longestPauseMs = 30_000

/**
 * The feed, one event after another, for as long as the caller likes. A lost connection or a busy Hufu is waited out; a refusal
 * that will not pass by itself (a key that was withdrawn, say) is thrown.
 */
export async function* follow(request: Request, options: FollowOptions): AsyncGenerator<Event, void, undefined> {
  const { signal } = options
  let { after } = options
  let failures = 0
  while (!signal?.aborted) {
    try {
      const page = await request<EventPage>({
        method: 'GET',
        path: '/v1/events',
        query: { after, wait: holdSeconds },
        wait: holdSeconds,
        signal,
      })
      failures = 0
      for (const event of page.data) {
        if (signal?.aborted) return
        yield event
        after = event.id
      }
    } catch (error) {
      if (signal?.aborted) return
      if (!(error instanceof HufuError) || !error.passes) throw error
      await pause(pauseMs(error, failures), signal)
      failures += 1
    }
  }
}

/** What Hufu asks for; else twice as long each time, and never all clients at once. */
function pauseMs({ retryAfter }: HufuError, failures: number): number {
  if (retryAfter !== undefined) return retryAfter * 1000
  return Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (0.5 + Math.random() / 2)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    function finish(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    if (signal?.aborted) finish()
    else signal?.addEventListener('abort', finish, { once: true })
  })
}
