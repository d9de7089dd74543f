import { type Html, html } from '../html.ts'
import type { Fate } from '../notices.ts'
import { words } from '../words.ts'
import type { Visit } from './layout.ts'

/** What became of a notice. */
export function fateText({ language }: Visit, { state, reason }: Fate): Html {
  const { states, reasons } = words[language].reach
  const why = reason === undefined ? undefined : (reasons as Record<string, string>)[reason]
  const what = (states as Record<string, string>)[state] ?? state
  return html`<p class="fate" role="status" data-fate="${state}">${what}${why && html`${language === 'en' && ' '}${why}`}</p>`
}
