import { type Html, html } from '../html.ts'
import { memberPrice, teas } from '../teas.ts'
import { words } from '../words.ts'
import { fill, page, type Visit } from './layout.ts'

export function homePage(visit: Visit): Html {
  const { language, user } = visit
  const t = words[language]
  const hero = user
    ? html`<h1>${fill(t.greeting, { name: user.name })}</h1><p>${t.greetingText}</p>`
    : html`<h1>${t.heroTitle}</h1><p>${t.heroText}</p><a class="button large" href="/login">${t.heroAction}</a>`
  return page(
    visit,
    { title: t.home },
    html`<section class="hero">${hero}</section>
<ul class="teas">
${teas.map(
  (tea) => html`<li class="tea ${tea.leaf}">
<span class="tin" aria-hidden="true" lang="zh-CN">${tea.seal}</span>
<div><h2>${tea.name[language]}</h2><p class="place">${tea.place[language]}</p><p>${tea.note[language]}</p></div>
<p class="price">${priceOf(tea.price, user !== undefined, t)}<small>${t.price}</small></p>
</li>`,
)}
</ul>`,
  )
}

function priceOf(price: number, isMember: boolean, t: { memberPrice: string }): Html {
  if (!isMember) return html`<strong>¥${price}</strong>`
  return html`<s>¥${price}</s> <strong>¥${memberPrice(price)}</strong><span class="tag">${t.memberPrice}</span>`
}
