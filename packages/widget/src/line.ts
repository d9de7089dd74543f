import { type Flow, isFlow } from './flow.ts'
import { type Fetch, ProblemError, requestJson } from './http.ts'

/** The way to one flow: its address and the browser secret, which travels in a header and never in an address. */
export interface Line {
  readonly url: string
  readonly secret: string
  readonly fetch: Fetch
  readonly random: () => number
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Sets what every request to Hufu has. */
export function authorized({ secret }: Line, headers: Record<string, string> = {}): RequestInit {
  return { credentials: 'omit', headers: { ...headers, authorization: `Bearer ${secret}` } }
}

export async function getFlow(line: Line, signal: AbortSignal, query = '', timeoutMs?: number): Promise<Flow> {
  const body = (await requestJson(line.fetch, line.url + query, authorized(line), signal, timeoutMs)).body
  if (!isFlow(body)) throw new ProblemError('bad_answer')
  return body
}

/** `code`: the six digits that only the phone shows. `registration`: what somebody unknown says of themselves. */
export async function post(line: Line, path: 'code' | 'registration', body: object, signal: AbortSignal) {
  const init = authorized(line, { 'content-type': 'application/json' })
  const sent = { ...init, method: 'POST', body: JSON.stringify(body) }
  return (await requestJson(line.fetch, `${line.url}/${path}`, sent, signal)).body
}

export function deleteFlow(line: Line, signal: AbortSignal): Promise<unknown> {
  return requestJson(line.fetch, line.url, { ...authorized(line), method: 'DELETE' }, signal)
}

/** Pauses that `wake` ends early: when the network or the reader is back there is no reason to wait. */
export function createPauses() {
  const sleepers = new Set<() => void>()
  return {
    pause: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer)
          sleepers.delete(end)
          resolve()
        }
        const timer = setTimeout(end, ms)
        sleepers.add(end)
        signal.addEventListener('abort', end)
      }),
    wake() {
      for (const end of sleepers) end()
    },
  }
}
