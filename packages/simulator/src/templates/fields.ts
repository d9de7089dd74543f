import { isTyped } from './rules.ts'

/** A line of a template: `label：{{key.DATA}}`. */
export type Field = { label: string; key: string; type: string }

const PLACEHOLDER = /\{\{\s*([A-Za-z_]+\d*)\.DATA\s*\}\}/g

/** The fields of a template's text, in its order. */
export function readFields(content: string): Field[] {
  return content.split('\n').flatMap((line) => {
    let at = 0
    return [...line.matchAll(PLACEHOLDER)].map((match) => {
      const key = match[1] ?? ''
      const label = line
        .slice(at, match.index)
        .trim()
        .replace(/[:：]$/, '')
      at = match.index + match[0].length
      return { label, key, type: key.replace(/\d+$/, '') }
    })
  })
}

/** Since May 2023 no phone shows these two (《关于规范公众号模板消息的再次公告》). */
const NOT_SHOWN = new Set(['first', 'remark'])
const UNTYPED_SHOWN = 20

type Shown = { label: string; key: string; value: string }

/** What the phone shows: an untyped value is cut, not refused. A test account's own templates are shown as they are. */
export function shownFields(fields: Field[], values: Record<string, string>, free: boolean): Shown[] {
  const shown = free ? fields : fields.filter(({ key }) => !NOT_SHOWN.has(key))
  return shown.map(({ label, key, type }) => {
    const value = values[key] ?? ''
    const characters = [...value]
    const isCut = !free && !isTyped(type) && characters.length > UNTYPED_SHOWN
    return { label, key, value: isCut ? `${characters.slice(0, UNTYPED_SHOWN).join('')}…` : value }
  })
}
