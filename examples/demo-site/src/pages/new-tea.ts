import { randomUUID } from 'node:crypto'
import { type Html, html } from '../html.ts'
import type { Fate } from '../notices.ts'
import { words } from '../words.ts'
import { fateText } from './fate.ts'
import { csrfField, page, type Visit } from './layout.ts'

export function newTeaPage(visit: Visit, template: string | undefined, fate: Fate | undefined): Html {
  const t = words[visit.language].reach
  const { user, session } = visit
  return page(
    visit,
    { title: t.newTea, refresh: fate?.isOpen ?? false },
    html`<div class="narrow"><h1>${t.newTea}</h1>
<p>${t.newTeaText}</p>
${template && subscribe(template, t.subscribe)}
<p class="soft small">${t.subscribeHint}</p>
${
  user &&
  session &&
  html`<h2>${t.clerk}</h2>
<form method="post" action="/new-tea">${csrfField(session)}<input type="hidden" name="once" value="${randomUUID()}"><button class="button">${t.announce}</button></form>
${fate && fateText(visit, fate)}`
}</div>`,
  )
}

/**
 * WeChat's own element: it shows only in WeChat, and on a real account after `wx.config` with `openTagList: ['wx-open-subscribe']`
 * (docs/guides/notices.md). The simulated phone takes it as it stands.
 */
function subscribe(template: string, label: string): Html {
  return html`<wx-open-subscribe template="${template}"><template><button class="button">${label}</button></template></wx-open-subscribe>`
}
