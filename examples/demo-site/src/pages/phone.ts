import { type Html, html } from '../html.ts'
import type { Session } from '../sessions.ts'
import { words } from '../words.ts'
import { csrfField, fill, page, type Visit } from './layout.ts'

/** What was wrong with what was typed, or with asking for a code. */
export interface CodeProblem {
  kind: 'wrong' | 'over' | 'wait'
  left?: number
}

/** The card in the settings. */
export function phoneCard(visit: Visit, session: Session, isLinked: boolean, phone: string | undefined): Html {
  const t = words[visit.language].reach
  return html`<section aria-labelledby="phone">
<h2 id="phone">${t.phone}</h2>
<p class="soft">${phone ? fill(t.phoneIs, { phone: `•••${phone.slice(-4)}` }) : t.phoneText}</p>
${isLinked ? askForm(visit, session) : html`<p class="soft">${t.linkFirst}</p>`}
</section>`
}

function askForm({ language }: Visit, session: Session, phone = ''): Html {
  const t = words[language].reach
  return html`<form class="fields" method="post" action="/settings/phone">
${csrfField(session)}
<label>${t.newPhone}<input type="tel" name="phone" value="${phone}" pattern="[+]?[0-9 \\-]{7,20}" autocomplete="tel" required></label>
<button class="button">${t.sendCode}</button>
</form>`
}

export function phonePage(
  visit: Visit,
  session: Session,
  challenge: { phone: string; hasFailed: boolean } | undefined,
  problem?: CodeProblem,
): Html {
  const t = words[visit.language].reach
  const said = problem ? fill(t.codeProblems[problem.kind], { left: String(problem.left ?? 0) }) : undefined
  return page(
    visit,
    { title: t.changePhone },
    html`<div class="narrow"><h1>${t.changePhone}</h1>
${said && html`<p class="error" role="alert">${said}</p>`}
${challenge?.hasFailed && html`<p class="error" role="alert">${t.codeFailed}</p>`}
${
  challenge &&
  html`<p class="soft">${t.codeSent}</p>
<form class="fields" method="post" action="/settings/phone/code">
${csrfField(session)}
<label>${t.code}<input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="16" required autofocus></label>
<button class="button">${t.changePhone}</button>
</form>
<h2>${t.another}</h2>`
}
${askForm(visit, session, challenge?.phone)}
<p><a href="/settings">← ${words[visit.language].back}</a></p></div>`,
  )
}
