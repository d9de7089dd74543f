import { type Html, html } from '../html.ts'
import type { Session } from '../sessions.ts'
import { demoUser, type User } from '../users.ts'
import { type Words, words } from '../words.ts'
import { csrfField, fill, page, type Visit } from './layout.ts'

/** Somebody came from the chat whose WeChat nobody here is linked with. */
export function beginPage(
  visit: Visit,
  session: Session,
  link: string,
  refused?: { problem: 'wrongPassword' | 'tooManyTries'; email: string },
): Html {
  const t = words[visit.language]
  const hidden = html`${csrfField(session)}<input type="hidden" name="link" value="${link}">`
  return page(
    visit,
    { title: t.beginTitle },
    html`<h1>${t.beginTitle}</h1>
<p class="soft">${t.beginText}</p>
${visit.user ? claimForm(t, visit.user, hidden) : choices(t, hidden, refused)}`,
  )
}

function claimForm(t: Words, user: User, hidden: Html): Html {
  return html`<p>${fill(t.beginAs, { name: user.name })}</p>
<form method="post" action="/wechat/begin/claim">${hidden}<button class="button">${t.link}</button></form>`
}

function choices(t: Words, hidden: Html, refused?: { problem: 'wrongPassword' | 'tooManyTries'; email: string }): Html {
  return html`<div class="ways">
<section aria-labelledby="have">
<h2 id="have">${t.beginHave}</h2>
<p class="soft">${t.beginHaveText}</p>
${refused && html`<p class="error" role="alert">${t[refused.problem]}</p>`}
<form class="fields" method="post" action="/wechat/begin/password">
${hidden}
<label>${t.email}<input type="email" name="email" value="${refused?.email ?? demoUser.email}" autocomplete="username" required></label>
<label>${t.password}<input type="password" name="password" value="${refused ? '' : demoUser.password}" autocomplete="current-password" required></label>
<button class="button">${t.beginLogIn}</button>
</form>
</section>
<section aria-labelledby="new">
<h2 id="new">${t.beginNew}</h2>
<p class="soft">${t.beginNewText}</p>
<form method="post" action="/wechat/begin/new">${hidden}<button class="button">${t.beginOpen}</button></form>
</section>
</div>`
}
