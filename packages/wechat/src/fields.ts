/**
 * What a field of a template may hold, by the letters of its key: `thing1` is a `thing`. `free` has no rule that the platform tells: fields of
 * test accounts and of templates from before 2023, of which it folds what is over 20 characters. `removed` is no longer shown to anybody.
 * @see https://developers.weixin.qq.com/doc/service/guide/product/template_message/Template_Message_Operation_Specifications.html
 */
export type FieldType = keyof typeof RULES | 'enum' | 'free' | 'removed'

export interface TemplateField {
  /** As the platform wants it: `thing1`, `keyword2`. */
  readonly key: string
  readonly type: FieldType
  /** What stands before the value on the phone; empty where nothing does. */
  readonly label: string
  /** Of an `enum`: what it may say. */
  readonly values?: readonly string[]
}

/**
 * Why a value would be refused. `line_break` also for control characters, `characters` for such as the
 * type does not know, `format` for a time, date or amount that does not read as one.
 */
export interface FieldProblem {
  readonly code: 'empty' | 'too_long' | 'line_break' | 'characters' | 'format' | 'not_listed' | 'removed'
  /** Most characters, where there is such a number. */
  readonly limit?: number
}

interface Rule {
  readonly limit: number
  readonly pattern?: RegExp
  readonly code?: 'characters' | 'format'
}

const DAY = String.raw`\d{4}(?:年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2})`
const HOUR = String.raw`(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?`
const TIME = String.raw`(?:${DAY}\s?)?${HOUR}`
const DATE = String.raw`${DAY}(?:\s?${HOUR})?`
const span = (one: string) => new RegExp(`^${one}(?:\\s?~\\s?${one})?$`)

/** Characters are counted as the longer of two readings: what takes two units of UTF-16, such as most emoji, counts twice. */
const RULES = {
  thing: { limit: 20 },
  const: { limit: 20 },
  // Its limit is in no document; five is what products keep to.
  short_thing: { limit: 5 },
  character_string: { limit: 32, pattern: /^[\x21-\x7e]+$/, code: 'characters' },
  number: { limit: 33, pattern: /^-?\d+(?:\.\d+)?$/, code: 'format' },
  letter: { limit: 32, pattern: /^[A-Za-z]+$/, code: 'characters' },
  symbol: { limit: 5, pattern: /^[\p{P}\p{S}]+$/u, code: 'characters' },
  phone_number: { limit: 17, pattern: /^[\d\p{P}\p{S} ]+$/u, code: 'characters' },
  car_number: {
    limit: 8,
    pattern: /^\p{Script=Han}?[A-Za-z0-9]+(?:·[A-Za-z0-9]+)*\p{Script=Han}?$/u,
    code: 'characters',
  },
  name: { limit: 20, pattern: /^[\p{L}\p{M}\p{P}\p{S}\p{Zs}]+$/u, code: 'characters' },
  phrase: { limit: 5, pattern: /^\p{Script=Han}+$/u, code: 'characters' },
  time: { limit: 64, pattern: span(TIME), code: 'format' },
  date: { limit: 64, pattern: span(DATE), code: 'format' },
  // Ten digits in all, counted with those after the point.
  amount: { limit: 13, pattern: /^\p{Sc}?(?=(?:\.?\d){1,10}元?$)\d+(?:\.\d+)?元?$/u, code: 'format' },
} as const satisfies Readonly<Record<string, Rule>>

const MAX_HAN_NAME = 10
/** Ours, where the platform names none: more than a card is read for. */
const MAX_FREE = 100
/** What is to be read: neither white space, nor a format character, nor what a font leaves out. */
const VISIBLE = /[^\p{White_Space}\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u
const PLACEHOLDER = /\{\{\s*([A-Za-z][A-Za-z0-9_]*)\.DATA\s*\}\}/g

/** The fields of a template, in the order in which its text has them. A key that stands there twice is one field. */
export function parseTemplateFields(
  content: string,
  values: Readonly<Record<string, readonly string[]>> = {},
): readonly TemplateField[] {
  const fields = new Map<string, TemplateField>()
  for (const line of content.split(/\r?\n/)) {
    let from = 0
    for (const match of line.matchAll(PLACEHOLDER)) {
      const key = match[1] ?? ''
      const label = line
        .slice(from, match.index)
        .replace(/[:：]\s*$/, '')
        .trim()
      from = match.index + match[0].length
      if (fields.has(key)) continue
      const listed = values[key]
      fields.set(key, { key, type: fieldTypeOf(key), label, ...(listed && { values: listed }) })
    }
  }
  return [...fields.values()]
}

/** `thing1` → `thing`, `enum_string2` → `enum`, `first` → `removed`, anything else → `free`. */
export function fieldTypeOf(key: string): FieldType {
  if (key === 'first' || key === 'remark') return 'removed'
  const stem = /^([a-z_]+?)\d+$/.exec(key)?.[1]
  if (stem === undefined) return 'free'
  if (stem === 'enum' || stem === 'enum_string') return 'enum'
  return Object.hasOwn(RULES, stem) ? (stem as FieldType) : 'free'
}

/** Most characters that a field may have, where there is such a number. */
export function fieldLimitOf(type: FieldType): number | undefined {
  return type === 'free' ? MAX_FREE : ruleOf(type)?.limit
}

/**
 * What the platform would refuse, or nobody would see. @returns undefined for a value that may be sent
 * @see https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendsubscribemessage.html
 */
export function checkFieldValue(field: TemplateField, value: string): FieldProblem | undefined {
  if (field.type === 'removed') return { code: 'removed' }
  if (/\p{Cc}|[\u2028\u2029]/u.test(value) || !value.isWellFormed()) return { code: 'line_break' }
  if (!VISIBLE.test(value)) return { code: 'empty' }
  if (field.type === 'enum') {
    return field.values === undefined || field.values.includes(value) ? undefined : { code: 'not_listed' }
  }
  const rule = ruleOf(field.type)
  // Mixed counts as Chinese.
  const limit = field.type === 'name' && /\p{Script=Han}/u.test(value) ? MAX_HAN_NAME : (rule?.limit ?? MAX_FREE)
  if (value.length > limit) return { code: 'too_long', limit }
  if (rule?.pattern?.test(value) === false) return { code: rule.code ?? 'characters', limit }
  return undefined
}

function ruleOf(type: FieldType): Rule | undefined {
  return type === 'enum' || type === 'free' || type === 'removed' ? undefined : RULES[type]
}
