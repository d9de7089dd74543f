import { checkFieldValue, type FieldProblem, type TemplateField } from '@hufu/wechat'
import { hasControlCharacters } from '../text.ts'

/** A template as it can be filled in. */
export interface Fillable {
  fields: readonly TemplateField[]
  /** Lines such as `时间:{{time1.DATA}}`. */
  content: string
  checksWords: boolean
}

export interface Flaw {
  /** `data.thing1` */
  path: string
  message: string
}

/** Each more than a notice that the person has caused: WeChat refuses (40249), and may shut the account's templates for it. */
const advertising =
  /特价|特惠|优惠|促销|打折|折扣|\d\s*折(?!叠)|满减|秒杀|抢购|限时[优特抢秒免折]|大促|清仓|红包|返现|返利|抽奖|中奖|免费领|赢取|赚钱|拼团|砍价|加微信|promotion|discount|coupon|lottery|lucky draw|free gift|limited[- ]time offer/i
/** As much of an ordinary notice: a parcel is to be fetched, a receipt was sent with it. Which it is, WeChat decides by the whole. */
const perhapsAdvertising = /领取|赠送|推广|邀请好友|限时|limited[- ]time/i
/** What a phone shows of a field without a type before it folds the rest. */
const unfolded = 20

/** Fields that no template has are not listed one by one, however many somebody sends. */
const mostFlaws = 20

/** All that is wrong with these values, before anything is sent. Empty: WeChat's rules for the fields are kept. */
export function lint(template: Fillable, data: Readonly<Record<string, string>>): Flaw[] {
  const flaws: Flaw[] = []
  const add = (key: string, message: string) => flaws.push({ path: `data.${key}`, message })
  const known = new Map(template.fields.map((field) => [field.key, field]))
  for (const key in data) {
    if (flaws.length >= mostFlaws) return flaws
    if (!known.has(key)) add(key, `The template has no such field. It has: ${shownFields(template).join(', ')}.`)
  }
  for (const field of template.fields) {
    const value = data[field.key]
    if (value === undefined) {
      if (field.type !== 'removed') add(field.key, `Missing: every field of the template is needed (${named(field)}).`)
      continue
    }
    const problem: FieldProblem | undefined =
      checkFieldValue(field, value) ?? (hasControlCharacters(value) ? { code: 'line_break' } : undefined)
    const word = template.checksWords ? advertising.exec(value)?.[0] : undefined
    if (problem) add(field.key, explain(field, problem))
    else if (word) add(field.key, `“${word}” reads like advertising, which WeChat refuses in notices.`)
  }
  return flaws
}

/** What may be sent, and WeChat may refuse, or show in part. */
export function warn(template: Fillable, data: Readonly<Record<string, string>>): Flaw[] {
  return template.fields.flatMap(({ key, type }) => {
    const value = data[key] ?? ''
    const path = `data.${key}`
    const word = template.checksWords ? perhapsAdvertising.exec(value)?.[0] : undefined
    return [
      ...(word ? [{ path, message: `WeChat may take “${word}” for advertising.` }] : []),
      ...(type === 'free' && value.length > unfolded
        ? [{ path, message: `WeChat may fold what is over ${unfolded} characters.` }]
        : []),
    ]
  })
}

/** With something for the fields that nobody sees: WeChat wants every field of the template, and none of them empty. */
export function complete(template: Fillable, data: Readonly<Record<string, string>>): Record<string, string> {
  const unseen = template.fields.filter(({ type }) => type === 'removed').map(({ key }) => [key, '-'])
  return { ...Object.fromEntries(unseen), ...data }
}

/** What the phone shows, line by line. Values that would be refused are shown all the same. */
export function preview(template: Fillable, data: Readonly<Record<string, string>>): string[] {
  const removed = new Set(template.fields.filter(({ type }) => type === 'removed').map(({ key }) => key))
  const lines = template.content.split(/\r?\n/).map((line) =>
    line.replaceAll(/\{\{\s*([A-Za-z][A-Za-z0-9_]*)\.DATA\s*\}\}/g, (_, key: string) => {
      if (removed.has(key)) return ''
      return (Object.hasOwn(data, key) && data[key]) || ''
    }),
  )
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

function shownFields({ fields }: Fillable): string[] {
  return fields.filter(({ type }) => type !== 'removed').map(({ key }) => key)
}

function named({ key, label }: TemplateField): string {
  return label === '' ? key : `${key}, ${label}`
}

function explain(field: TemplateField, { code, limit }: FieldProblem): string {
  switch (code) {
    case 'empty':
      return 'Empty, or nothing that can be seen: WeChat refuses a notice with an empty field.'
    case 'too_long':
      return `Too long: a field of type ${field.type} has at most ${limit} characters${field.type === 'name' ? ' (10 where there is Chinese in it)' : ''}.`
    case 'line_break':
      return 'No line breaks and no control characters: a value is one line of text.'
    case 'removed':
      return 'WeChat shows first and remark to nobody since 2023. Leave it out.'
    case 'not_listed':
      return `One of: ${(field.values ?? []).join(', ')}.`
    case 'characters':
    case 'format':
      return `Not what a field of type ${field.type} may say: ${expected[field.type] ?? 'see GET /v1/templates'}.`
  }
}

const expected: Partial<Record<TemplateField['type'], string>> = {
  character_string: 'letters, digits and symbols, no Chinese and no spaces',
  number: 'digits, with a sign before and a decimal point at most',
  letter: 'letters A to Z',
  symbol: 'symbols',
  phone_number: 'digits, symbols and spaces',
  car_number: 'letters and digits, with · between and a Chinese character first or last',
  name: 'a name without digits',
  phrase: 'Chinese characters only',
  time: 'a time such as 15:01 or 2026年11月21日 15:01, a period with ~',
  date: 'a date such as 2026年11月21日 or 2026-11-21, with a time if you like, a period with ~',
  amount: 'an amount such as ￥100.50 or 100.50元',
}
