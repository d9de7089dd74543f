import type { ApprovalKind } from '../approvals.ts'
import { type Html, html } from '../html.ts'
import type { Session } from '../sessions.ts'
import { demoUser } from '../users.ts'
import { words } from '../words.ts'
import { csrfField, page, type Visit } from './layout.ts'

export function loginPage(
  visit: Visit,
  session: Session,
  refused?: { problem: 'wrongPassword' | 'tooManyTries'; email: string },
): Html {
  const t = words[visit.language]
  return page(
    visit,
    { title: t.loginTitle, widget: true },
    html`<h1>${t.loginTitle}</h1>
<div class="ways">
<section aria-labelledby="wechat">
<h2 id="wechat">${t.withWechat}</h2>
<p class="soft">${t.withWechatText}</p>
${scan(visit, 'login')}
<p class="soft small">${t.haveAccount}</p>
</section>
<section aria-labelledby="password"${refused && html` class="first"`}>
<h2 id="password">${t.withPassword}</h2>
<p class="soft">${t.withPasswordText}</p>
${refused && html`<p class="error" role="alert">${t[refused.problem]}</p>`}
<form class="fields" method="post" action="/login">
${csrfField(session)}
<label>${t.email}<input type="email" name="email" value="${refused?.email ?? demoUser.email}" autocomplete="username" required></label>
<label>${t.password}<input type="password" name="password" value="${refused ? '' : demoUser.password}" autocomplete="current-password" required></label>
<p class="soft small"><code>${demoUser.email}</code> · <code>${demoUser.password}</code></p>
<button class="button">${t.logIn}</button>
</form>
<p><a href="/forgotten">${t.reach.forgotten}</a></p>
</section>
</div>`,
  )
}

/** All there is to do for scanning: two addresses of our own. The text inside shows when Hufu cannot be reached. */
export function scan({ language, theme }: Visit, kind: 'login' | 'link' | 'forgotten' | ApprovalKind): Html {
  return html`<hufu-scan start-url="/wechat/${kind}/start" finish-url="/wechat/${kind}/finish"${theme !== 'auto' && html` theme="${theme}"`}>
<p class="error fallback">${words[language].unavailable}</p>
</hufu-scan>`
}
