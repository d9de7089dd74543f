import { randomUUID } from 'node:crypto'
import { type Html, html } from '../html.ts'
import type { Fate } from '../notices.ts'
import type { Order } from '../orders.ts'
import { words } from '../words.ts'
import { fateText } from './fate.ts'
import { csrfField, fill, type Visit } from './layout.ts'

/** What the order's page says of the message that can be asked for. */
export interface Pickup {
  isInWechat: boolean
  /** With what WeChat's page has just led back here. It changes nothing: what counts is what Hufu knows. */
  result: unknown
  /** What the buyer reads, and nobody else: how many messages they have allowed, and what became of the last. */
  own: { allowed: number | undefined; fate: Fate | undefined } | undefined
}

export function pickupPart(visit: Visit, { id }: Order, { isInWechat, result, own }: Pickup): Html {
  const t = words[visit.language].reach
  const { session } = visit
  const isAnswered = result === 'allowed' || result === 'declined'
  return html`<h2>${t.pickup}</h2>
${result !== 'allowed' && html`<p>${t.pickupText}</p>`}
${isAnswered && html`<p class="fate" role="status" data-result="${result}">${t.pickupResults[result]}</p>`}
${isInWechat && session && result !== 'allowed' && html`<form method="post" action="/orders/${id}/ask">${csrfField(session)}<button class="button">${t.askPickup}</button></form>`}
${!isInWechat && html`<p class="soft small">${t.subscribeHint}</p>`}
${
  own &&
  session &&
  html`${own.allowed !== undefined && html`<p class="soft" data-allowed="${own.allowed}">${fill(t.pickupAllowed, { count: String(own.allowed) })}</p>`}
<h2>${t.clerk}</h2>
<form method="post" action="/orders/${id}/arrive">${csrfField(session)}<input type="hidden" name="once" value="${randomUUID()}"><button class="button">${t.arrive}</button></form>
${own.fate && fateText(visit, own.fate)}`
}`
}
