import { type Flow, isFlow, isRecord, webAddress } from './flow.ts'
import { type Fetch, ProblemError, requestJson } from './http.ts'

/** What the site's start-url answers: the flow, and what is needed to talk to Hufu about it. */
export interface Started {
  readonly flow: Flow
  readonly secret: string
  readonly url: string
  /** What to add to this browser's clock to get the site's, if the site tells. */
  readonly clockOffset: number
}

export function flowUrl(hufu: string, id: string): string {
  return `${hufu.replace(/\/+$/, '')}/v1/flows/${encodeURIComponent(id)}`
}

function postSite(fetch: Fetch, url: string, body: unknown, signal: AbortSignal) {
  const headers = { 'content-type': 'application/json' }
  const init: RequestInit = { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify(body) }
  return requestJson(fetch, url, init, signal, 30_000)
}

/** Asks the site for its live flow, or with `renew` for a new one. */
export async function postStart(fetch: Fetch, startUrl: string, renew: boolean, signal: AbortSignal): Promise<Started> {
  const { body, headers } = await postSite(fetch, startUrl, renew ? { renew } : {}, signal)
  const { secret, hufu, ...flow } = isRecord(body) ? body : {}
  const base = webAddress(hufu, location.href)
  if (!isFlow(flow) || !base || typeof secret !== 'string') throw new ProblemError('bad_answer')
  // The header cuts its second off: counted as over, no time is told that is not left.
  const clockOffset = Date.parse(headers.get('date') ?? '') + 1000 - Date.now() || 0
  return { flow, secret, url: flowUrl(base, flow.id), clockOffset }
}

/** Lets the site redeem; the answer is where it wants the person to go, if anywhere. */
export async function postFinish(
  fetch: Fetch,
  finishUrl: string,
  completionCode: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { body } = await postSite(fetch, finishUrl, { completion_code: completionCode }, signal)
  const redirect = isRecord(body) && body.redirect
  if (!redirect) return undefined
  const address = webAddress(redirect, document.baseURI)
  if (!address) throw new ProblemError('redirect_refused')
  return address
}

export function visit(address: string): void {
  const [page] = location.href.split('#')
  location.assign(address)
  // An address that differs in its fragment only would leave the old page standing.
  if (address.startsWith(`${page}#`)) location.reload()
}
