import { type Flow, isFlow } from './flow.ts'
import { badAnswer, type Fetch, requestJson } from './http.ts'

/** The way to one flow: its address and the browser secret, which travels in a header and never in an address. */
export interface Line {
  readonly url: string
  readonly secret: string
  readonly fetch: Fetch
  readonly random: () => number
  readonly now: () => number
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

export function authorized(line: Line, init: RequestInit = {}): RequestInit {
  return { ...init, credentials: 'omit', headers: { ...init.headers, authorization: `Bearer ${line.secret}` } }
}

export async function getFlow(line: Line, signal: AbortSignal, query = '', timeoutMs?: number): Promise<Flow> {
  const { body } = await requestJson(line.fetch, line.url + query, authorized(line), signal, timeoutMs)
  if (!isFlow(body)) throw badAnswer(200)
  return body
}

/** The six digits that only the phone shows. */
export async function postCode(line: Line, code: string, signal: AbortSignal): Promise<Flow | undefined> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) }
  const { body } = await requestJson(line.fetch, `${line.url}/code`, authorized(line, init), signal)
  return isFlow(body) ? body : undefined
}

export async function deleteFlow(line: Line, signal: AbortSignal): Promise<void> {
  await requestJson(line.fetch, line.url, authorized(line, { method: 'DELETE' }), signal)
}

/** Pauses that `wake` ends early: when the network or the reader is back there is no reason to wait. */
export function createPauses(): { pause: Line['pause']; wake(): void } {
  const sleepers = new Set<() => void>()
  return {
    pause(ms, signal) {
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer)
          sleepers.delete(end)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const timer = setTimeout(end, ms)
        sleepers.add(end)
        signal.addEventListener('abort', end)
        if (signal.aborted) end()
      })
    },
    wake() {
      for (const end of [...sleepers]) end()
    },
  }
}
