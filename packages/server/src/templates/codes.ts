import { checkFieldValue, type TemplateData, type TemplateField } from '@hufu/wechat'
import { DomainError } from '../errors.ts'
import type { Db, Store, Tx } from '../store/store.ts'
import { type Fillable, lint } from './linting.ts'
import { findCodeTemplate, setCodeTemplate, type TemplateRow } from './queries.ts'

/** What may stand in the fields of a template for codes. */
export type CodeValues = Record<(typeof placeholders)[number], string>

export interface CodeTemplates {
  /** The account's codes go by it from now on. `fields`: what stands in each, such as `{code}`. @throws invalid_value */
  setCode(appid: string, template: string, fields: Readonly<Record<string, string>>): Promise<void>
  /** They go as texts from now on, while WeChat lets one be sent. */
  unsetCode(appid: string): Promise<void>
  /** @returns undefined where the account has no template for codes, or WeChat would refuse it with these values */
  fillCode(db: Db | Tx, appid: string, values: CodeValues): Promise<FilledCode | undefined>
}

export interface FilledCode {
  templateId: string
  data: TemplateData
}

type CodeTemplate = Fillable & { appid: string; templateId: string; kind: TemplateRow['kind'] }

const placeholders = ['code', 'purpose', 'site', 'minutes', 'time', 'place'] as const
const anyPlaceholder = /\{([^{}]*)\}/g
/** What is cut where a field is too short for all of it, never the code. */
const cuttable = ['place', 'purpose', 'site'] as const

/** A field that takes both takes what the sites will send. */
const samples: CodeValues[] = [
  { code: '012345', purpose: '更换手机号', site: '示例商店', minutes: '5', time: timeOf(0), place: 'Edge Windows' },
  { code: '987654', purpose: 'Change phone 2', site: 'Shop 24', minutes: '5', time: timeOf(0), place: '微信' },
]

/** As fields of type time and date take it: the wall clock of Beijing. */
export function timeOf(at: number): string {
  const [day = '', clock = ''] = new Date(at + 8 * 3_600_000).toISOString().split('T')
  const [year, month, date] = day.split('-')
  return `${year}年${month}月${date}日 ${clock.slice(0, 5)}`
}

export function createCodeTemplates(deps: {
  store: Store
  get(appid: string, template: string): Promise<CodeTemplate>
  templateOf(row: TemplateRow): CodeTemplate & { codeFields: Readonly<Record<string, string>> | undefined }
}): CodeTemplates {
  const { store } = deps
  return {
    async setCode(appid, template, fields) {
      const found = await deps.get(appid, template)
      const errors = flawsOf(found, fields)
      const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('\n')
      if (errors.length > 0) throw new DomainError('invalid_value', { detail, errors })
      const chosen = { templateId: found.templateId, fields: JSON.stringify(fields) }
      await store.write((tx) => setCodeTemplate(tx, appid, chosen))
    },
    unsetCode: (appid) => store.write((tx) => setCodeTemplate(tx, appid, undefined)),
    async fillCode(db, appid, values) {
      const row = await findCodeTemplate(db, appid)
      const template = row && deps.templateOf(row)
      if (!template?.codeFields) return undefined
      const data = fill(template, template.codeFields, values)
      // What it is about is the site's to say: its words are not looked at.
      return lint({ ...template, checksWords: false }, data).length === 0
        ? { templateId: template.templateId, data }
        : undefined
    },
  }
}

function flawsOf(template: CodeTemplate, fields: Readonly<Record<string, string>>) {
  if (template.kind !== 'template') {
    return [{ path: 'template', message: 'A subscription notice needs a permission each time; take a template.' }]
  }
  const patterns = Object.entries(fields)
  const unknown = patterns.flatMap(([key, pattern]) =>
    [...pattern.matchAll(anyPlaceholder)].flatMap(([whole, name]) =>
      placeholders.some((known) => known === name)
        ? []
        : [{ path: key, message: `${whole} is not known. There are {${placeholders.join('}, {')}}.` }],
    ),
  )
  if (unknown.length > 0) return unknown
  if (!patterns.some(([, pattern]) => pattern.includes('{code}'))) {
    return [{ path: 'fields', message: 'One of them needs {code}.' }]
  }
  const flaws = samples.flatMap((values) => lint(template, fill(template, fields, values)))
  return flaws.filter(
    ({ path, message }, at) => flaws.findIndex((f) => f.path === path && f.message === message) === at,
  )
}

function fill(template: Fillable, patterns: Readonly<Record<string, string>>, values: CodeValues): TemplateData {
  const fields = new Map(template.fields.map((field) => [field.key, field]))
  return Object.fromEntries(
    Object.entries(patterns).map(([key, pattern]) => [key, fit(fields.get(key), pattern, values)]),
  )
}

/** The longest of what may be cut gives way first, character by character. */
function fit(field: TemplateField | undefined, pattern: string, values: CodeValues): string {
  const kept = Object.fromEntries(cuttable.map((name) => [name, [...values[name]].length]))
  const shown = (name: string) => {
    const characters = [...(Object.hasOwn(values, name) ? values[name as keyof CodeValues] : '')]
    const count = kept[name] ?? characters.length
    return count < characters.length ? `${characters.slice(0, Math.max(0, count - 1)).join('')}…` : characters.join('')
  }
  for (;;) {
    const text = pattern.replaceAll(anyPlaceholder, (_, name: string) => shown(name))
    if (!field || checkFieldValue(field, text)?.code !== 'too_long') return text
    const [longest] = cuttable
      .filter((name) => pattern.includes(`{${name}}`) && (kept[name] ?? 0) > 1)
      .sort((a, b) => (kept[b] ?? 0) - (kept[a] ?? 0))
    if (longest === undefined) return text
    kept[longest] = (kept[longest] ?? 0) - 1
  }
}
