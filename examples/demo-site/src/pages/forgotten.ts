import { type Html, html } from '../html.ts'
import type { Session } from '../sessions.ts'
import { words } from '../words.ts'
import { csrfField, fill, page, type Visit } from './layout.ts'
import { scan } from './login.ts'

export function forgottenPage(visit: Visit): Html {
  const t = words[visit.language].reach
  return page(
    visit,
    { title: t.forgotten, widget: true },
    html`<div class="narrow"><h1>${t.forgotten}</h1>
<p class="soft">${t.forgottenText}</p>
${scan(visit, 'forgotten')}
<p><a href="/login">← ${t.toLogin}</a></p></div>`,
  )
}

export function newPasswordPage(visit: Visit, session: Session, email: string): Html {
  const t = words[visit.language]
  return page(
    visit,
    { title: t.reach.newPassword },
    html`<div class="narrow"><h1>${t.reach.newPassword}</h1>
<p class="soft">${fill(t.reach.newPasswordFor, { email })}</p>
<form class="fields" method="post" action="/forgotten/password">
${csrfField(session)}
<input type="hidden" name="username" value="${email}" autocomplete="username">
<label>${t.newPassword}<input type="password" name="password" minlength="10" maxlength="200" autocomplete="new-password" required></label>
<button class="button">${t.setPassword}</button>
</form></div>`,
  )
}
