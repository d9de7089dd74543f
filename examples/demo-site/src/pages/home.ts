import { type Html, html } from '../html.ts'
import { memberPrice, teas } from '../teas.ts'
import { words } from '../words.ts'
import { csrfField, fill, page, type Visit } from './layout.ts'

export function homePage(visit: Visit): Html {
  const { language, user, session } = visit
  const t = words[language]
  const hero = user
    ? html`<h1>${fill(t.greeting, { name: user.name })}</h1><p>${t.greetingText}</p><a class="button large" href="/orders">${t.reach.orders}</a>`
    : html`<h1>${t.heroTitle}</h1><p>${t.heroText}</p><a class="button large" href="/login">${t.heroAction}</a>`
  return page(
    visit,
    { title: t.home },
    html`<section class="hero">${hero}</section>
<ul class="teas">
${teas.map(
  (tea, index) => html`<li class="tea ${tea.leaf}">
<span class="tin" aria-hidden="true" lang="zh-CN">${tea.seal}</span>
<div><h2>${tea.name[language]}</h2><p class="place">${tea.place[language]}</p><p>${tea.note[language]}</p></div>
<p class="price">${priceOf(tea.price, user !== undefined, t)}<small>${t.price}</small></p>
${user && session && html`<form method="post" action="/orders">${csrfField(session)}<button class="button" name="tea" value="${index}" aria-label="${t.reach.orderIt}: ${tea.name[language]}">${t.reach.orderIt}</button></form>`}
</li>`,
)}
</ul>`,
  )
}

function priceOf(price: number, isMember: boolean, t: { memberPrice: string }): Html {
  if (!isMember) return html`<strong>¥${price}</strong>`
  return html`<s>¥${price}</s> <strong>¥${memberPrice(price)}</strong><span class="tag">${t.memberPrice}</span>`
}
