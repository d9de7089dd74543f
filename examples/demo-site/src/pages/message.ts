import { type Html, html } from '../html.ts'
import { words } from '../words.ts'
import { page, type Visit } from './layout.ts'

export function messagePage(visit: Visit, kind: 'notFound' | 'failed' | 'forbidden' | 'linkOver'): Html {
  const t = words[visit.language]
  return page(
    visit,
    { title: t[kind] },
    html`<div class="narrow"><h1>${t[kind]}</h1><p><a class="button" href="/">${t.home}</a></p></div>`,
  )
}
