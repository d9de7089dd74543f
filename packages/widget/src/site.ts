import { type Flow, isFlow, isRecord, webAddress } from './flow.ts'
import { badAnswer, type Fetch, ProblemError, requestJson } from './http.ts'

/** What the site's start-url answers: the flow, and what is needed to talk to Hufu about it. */
export interface Started {
  readonly flow: Flow
  readonly secret: string
  readonly url: string
  /** What to add to this browser's clock to get the site's; undefined when the site does not tell. */
  readonly clockOffset: number | undefined
}

export function flowUrl(hufu: string, id: string): string {
  return `${hufu.replace(/\/+$/, '')}/v1/flows/${encodeURIComponent(id)}`
}

function postSite(fetch: Fetch, url: string, body: unknown, signal: AbortSignal, timeoutMs?: number) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const init: RequestInit = { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify(body) }
  return requestJson(fetch, url, init, signal, timeoutMs)
}

/** Asks the site for its live flow, or with `renew` for a new one. */
export async function postStart(fetch: Fetch, startUrl: string, renew: boolean, signal: AbortSignal): Promise<Started> {
  const { body, headers } = await postSite(fetch, startUrl, renew ? { renew } : {}, signal)
  const hufu = isRecord(body) ? webAddress(body.hufu, location.href) : undefined
  if (!isFlow(body) || !isRecord(body) || !hufu || typeof body.secret !== 'string') throw badAnswer(200)
  const { secret, hufu: _, ...flow } = body
  const date = Date.parse(headers.get('date') ?? '')
  const clockOffset = Number.isNaN(date) ? undefined : date - Date.now()
  return { flow, secret, url: flowUrl(hufu, flow.id), clockOffset }
}

/** Lets the site redeem; the answer is where it wants the person to go, if anywhere. */
export async function postFinish(
  fetch: Fetch,
  finishUrl: string,
  completionCode: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { body } = await postSite(fetch, finishUrl, { completion_code: completionCode }, signal, 30_000)
  const redirect = isRecord(body) ? body.redirect : undefined
  if (redirect === undefined || redirect === null) return undefined
  const address = webAddress(redirect, document.baseURI)
  if (!address) throw new ProblemError({ code: 'redirect_refused', status: 200 })
  return address
}
