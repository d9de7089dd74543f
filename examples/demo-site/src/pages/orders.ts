import { type Html, html } from '../html.ts'
import type { Fate } from '../notices.ts'
import type { Order } from '../orders.ts'
import { teas } from '../teas.ts'
import { words } from '../words.ts'
import { fateText } from './fate.ts'
import { csrfField, page, type Visit } from './layout.ts'
import { type Pickup, pickupPart } from './pickup.ts'

export function ordersPage(visit: Visit, orders: Order[]): Html {
  const t = words[visit.language].reach
  return page(
    visit,
    { title: t.orders },
    html`<h1>${t.orders}</h1>
${orders.length === 0 && html`<p class="soft">${t.noOrders}</p>`}
<ul class="orders">
${orders.map(
  (order) =>
    html`<li><a href="/orders/${order.id}">${teas[order.tea]?.name[visit.language]}</a> <span class="state ${order.shippedAt ? 'on' : 'off'}">${t[stateOf(order)]}</span></li>`,
)}
</ul>
<p><a href="/new-tea">${t.newTea}</a></p>`,
  )
}

/** For whoever has its address; what was told of it, and what can be done, is its buyer's. */
export function orderPage(visit: Visit, order: Order, fate: Fate | undefined, pickup: Pickup | undefined): Html {
  const t = words[visit.language].reach
  const tea = teas[order.tea]
  const isOwn = visit.user?.id === order.userId
  return page(
    visit,
    { title: t.order, refresh: [fate, pickup?.own?.fate].some((one) => one?.isOpen) },
    html`<div class="narrow"><h1>${t.order} <span class="state ${order.shippedAt ? 'on' : 'off'}" data-state="${stateOf(order)}">${t[stateOf(order)]}</span></h1>
<p><strong>${tea?.name[visit.language]}</strong><br>${tea?.place[visit.language]}</p>
<p class="soft small">${t.orderNumber} <code>${order.id}</code></p>
${isOwn && visit.session && !order.shippedAt && html`<p class="soft">${t.shipText}</p><form method="post" action="/orders/${order.id}/ship">${csrfField(visit.session)}<button class="button">${t.ship}</button></form>`}
${fate && fateText(visit, fate)}
${pickup && pickupPart(visit, order, pickup)}
<p>${isOwn ? html`<a href="/orders">← ${t.orders}</a>` : html`<a href="/">← ${words[visit.language].home}</a>`}</p></div>`,
  )
}

function stateOf({ shippedAt, arrivedAt }: Order): 'ordered' | 'shipped' | 'arrived' {
  if (arrivedAt) return 'arrived'
  return shippedAt ? 'shipped' : 'ordered'
}
