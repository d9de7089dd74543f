import { type Html, html, type Part } from '../html.ts'
import type { Session } from '../sessions.ts'
import type { User } from '../users.ts'
import { isNotice, type Language, words } from '../words.ts'

export type Theme = 'auto' | 'light' | 'dark'

/** Who looks at the page, and how. */
export interface Visit {
  path: string
  language: Language
  theme: Theme
  hufuUrl: string
  user: User | undefined
  session: Session | undefined
  /** What the last action left to say; said once. */
  takeNotice(): string | undefined
}

/** `widget` pages load Hufu's element, `live` ones hear when the link changes, `refresh` ones are asked for again soon. */
interface PageOptions {
  title: string
  widget?: boolean
  live?: boolean
  refresh?: boolean
}

export function page(visit: Visit, { title, widget, live, refresh }: PageOptions, content: Part): Html {
  const t = words[visit.language]
  const notice = visit.takeNotice()
  return html`<!doctype html>
<html lang="${visit.language}"${visit.theme !== 'auto' && html` data-theme="${visit.theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh && html`<meta http-equiv="refresh" content="2">`}
<title>${title} · ${t.shop}</title>
<link rel="icon" href="/assets/tea.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/shop.css">
${widget && html`<script src="${visit.hufuUrl}/widget/hufu-scan.js" defer></script>`}
${live && html`<script src="/assets/live.js" defer></script>`}
</head>
<body>
<a class="skip" href="#content">${t.skip}</a>
${header(visit)}
<main id="content" tabindex="-1">
${isNotice(notice) && html`<p class="notice" role="status">${t.notices[notice]}</p>`}
${content}
</main>
<footer><p>${t.footer}</p></footer>
</body>
</html>`
}

function header({ path, language, user, session }: Visit): Html {
  const t = words[language]
  const other =
    language === 'en' ? ({ code: 'zh-CN', name: '中文' } as const) : ({ code: 'en', name: 'English' } as const)
  return html`<header>
<a class="brand" href="/"><img src="/assets/tea.svg" alt="" width="36" height="36"><span>${t.shop}<small>${t.tagline}</small></span></a>
<nav>
<a class="quiet" href="${path}?lang=${other.code}" lang="${other.code}" hreflang="${other.code}">${other.name}</a>
${user ? html`<a class="person" href="/settings" title="${t.settings}"><span class="initial" aria-hidden="true">${[...user.name][0]}</span><span class="name">${user.name}</span></a>` : html`<a class="button" href="/login">${t.logIn}</a>`}
${user && session && html`<form method="post" action="/logout">${csrfField(session)}<button class="quiet">${t.logOut}</button></form>`}
</nav>
</header>`
}

export function csrfField(session: Session): Html {
  return html`<input type="hidden" name="csrf" value="${session.csrf}">`
}

export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '')
}
