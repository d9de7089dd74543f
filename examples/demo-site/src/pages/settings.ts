import { type Html, html } from '../html.ts'
import type { Session } from '../sessions.ts'
import type { User } from '../users.ts'
import { type Words, words } from '../words.ts'
import { deleteCard, emailForm } from './approvals.ts'
import { csrfField, fill, page, type Visit } from './layout.ts'
import { scan } from './login.ts'
import { phoneCard } from './phone.ts'

export function settingsPage(visit: Visit, session: Session, user: User, phone: string | undefined): Html {
  const t = words[visit.language]
  const isLinked = user.hufuUserId !== undefined
  return page(
    visit,
    { title: t.settingsTitle, live: true },
    html`<h1>${t.settingsTitle}</h1>
<div class="cards">
<section aria-labelledby="wechat">
<h2 id="wechat">${t.wechat} <span class="state ${user.hufuUserId ? 'on' : 'off'}" data-state="${user.hufuUserId ? 'linked' : 'not-linked'}">${user.hufuUserId ? t.linked : t.notLinked}</span></h2>
${wechat(t, session, user)}
</section>
<section aria-labelledby="profile">
<h2 id="profile">${t.profile}</h2>
<form class="fields" method="post" action="/settings/name">
${csrfField(session)}
<label>${t.displayName}<input name="name" value="${user.name}" maxlength="40" required autocomplete="nickname"></label>
<button class="button">${t.save}</button>
</form>
</section>
<section aria-labelledby="password">
<h2 id="password">${t.passwordTitle}</h2>
${user.email ? html`<p>${fill(t.hasPassword, { email: user.email })}</p>${isLinked && emailForm(visit, session)}` : passwordForm(t, session)}
</section>
${phoneCard(visit, session, isLinked, phone)}
${deleteCard(visit, session, isLinked)}
</div>`,
  )
}

function wechat(t: Words, session: Session, user: User): Html {
  if (!user.hufuUserId) {
    return html`<p class="soft">${t.notLinkedText}</p><a class="button" href="/settings/link">${t.link}</a>`
  }
  if (!user.passwordHash) return html`<p class="soft">${t.linkedText}</p><p class="soft">${t.unlinkFirst}</p>`
  return html`<p class="soft">${t.linkedText}</p>
<form method="post" action="/settings/unlink">${csrfField(session)}<button class="button danger">${t.unlink}</button></form>`
}

function passwordForm(t: Words, session: Session): Html {
  return html`<p class="soft">${t.passwordText}</p>
<form class="fields" method="post" action="/settings/password">
${csrfField(session)}
<label>${t.email}<input type="email" name="email" maxlength="254" autocomplete="username" required></label>
<label>${t.newPassword}<input type="password" name="password" minlength="10" maxlength="200" autocomplete="new-password" required></label>
<button class="button">${t.setPassword}</button>
</form>`
}

export function linkPage(visit: Visit, user: User): Html {
  const t = words[visit.language]
  return page(
    visit,
    { title: t.linkTitle, widget: true },
    html`<div class="narrow"><h1>${t.linkTitle}</h1>
<p class="soft">${fill(t.linkText, { name: user.name })}</p>
${scan(visit, 'link')}
<p><a href="/settings">← ${t.back}</a></p></div>`,
  )
}
