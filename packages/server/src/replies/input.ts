import { MAX_REPLY_TEXT } from '@hufu/wechat'
import { DomainError } from '../errors.ts'
import type { ReplyRuleKind } from '../store/tables.ts'
import { hasControlCharacters } from '../text.ts'
import { linkedApps, longestLink } from './placeholders.ts'

export interface ReplyRuleInput {
  kind: ReplyRuleKind
  /** `click`: keys of menu buttons, letter by letter. */
  keywords: string[]
  /** `{link}` or `{link:ap_…}` becomes a one-time link for whoever is answered. */
  text: string
  /** The highest is tried first; default 0. */
  priority?: number
}

const mostKeywords = 20
const longestKeyword = 128

/** Letters and digits as they are meant: full-width as half-width, capital as small. */
export function normalWords(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}

/** Refuses what could not be sent, everything at once. */
export function validateRule(input: ReplyRuleInput, isApp: (id: string) => boolean): void {
  const { kind, keywords, priority = 0 } = input
  const isKeyword = (keyword: string) =>
    normalWords(keyword) !== '' && Buffer.byteLength(keyword) <= longestKeyword && !hasControlCharacters(keyword)
  refuse([
    [
      'keywords',
      kind === 'any' ? keywords.length === 0 : keywords.length > 0 && keywords.length <= mostKeywords,
      `A rule has 1 to ${mostKeywords} keywords; one of kind any has none.`,
    ],
    ['keywords', keywords.every(isKeyword), `A keyword has 1 to ${longestKeyword} bytes of printable characters.`],
    [
      'priority',
      Number.isInteger(priority) && Math.abs(priority) <= 1_000,
      'A priority is a whole number, at most 1000.',
    ],
    ...textRules(input.text, isApp),
  ])
}

export function validateWelcome(text: string, isApp: (id: string) => boolean): void {
  refuse(textRules(text, isApp))
}

type Rule = [path: string, holds: boolean, message: string]

function textRules(text: string, isApp: (id: string) => boolean): Rule[] {
  const links = linkedApps(text)
  const longest = Buffer.byteLength(text) + links.length * longestLink
  const unknown = links.find((app) => app !== undefined && !isApp(app))
  return [
    [
      'text',
      text.trim() !== '' && !hasControlCharacters(text.replaceAll('\n', '')),
      'A text has printable characters and line breaks, and at least one of them.',
    ],
    ['text', longest <= MAX_REPLY_TEXT, `A text has at most ${MAX_REPLY_TEXT} bytes; a link counts as ${longestLink}.`],
    ['text', unknown === undefined, `There is no app ${unknown}.`],
  ]
}

function refuse(rules: Rule[]): void {
  const errors = rules.filter(([, holds]) => !holds).map(([path, , message]) => ({ path, message }))
  if (errors.length > 0)
    throw new DomainError('invalid_value', { detail: errors.map((error) => error.message).join(' '), errors })
}
