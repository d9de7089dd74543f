import type { ApprovalKind } from '../approvals.ts'
import { type Html, html } from '../html.ts'
import type { Session } from '../sessions.ts'
import { words } from '../words.ts'
import { csrfField, page, type Visit } from './layout.ts'
import { scan } from './login.ts'

/** Both take a yes of the WeChat that is linked. */
export function emailForm({ language }: Visit, session: Session): Html {
  const t = words[language].reach
  return html`<p class="soft">${t.emailText}</p>
<form class="fields" method="post" action="/settings/email">
${csrfField(session)}
<label>${t.newEmail}<input type="email" name="email" maxlength="40" autocomplete="email" required></label>
<button class="button">${t.changeEmail}</button>
</form>`
}

export function deleteCard({ language }: Visit, session: Session, isLinked: boolean): Html {
  const t = words[language].reach
  return html`<section aria-labelledby="delete">
<h2 id="delete">${t.deleteAccount}</h2>
<p class="soft">${t.deleteText}</p>
${isLinked ? html`<form method="post" action="/settings/delete">${csrfField(session)}<button class="button danger">${t.deleteAccount}</button></form>` : html`<p class="soft">${t.linkFirst}</p>`}
</section>`
}

export function approvalPage(visit: Visit, kind: ApprovalKind): Html {
  const t = words[visit.language]
  const title = kind === 'email' ? t.reach.changeEmail : t.reach.deleteAccount
  return page(
    visit,
    { title, widget: true },
    html`<div class="narrow"><h1>${title}</h1>
<p class="soft">${t.reach.approve[kind]}</p>
${scan(visit, kind)}
<p><a href="/settings">← ${t.back}</a></p></div>`,
  )
}
