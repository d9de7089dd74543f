import { isJson } from '../api/calls.ts'
import { ApiError } from '../api/errors.ts'
import { fits } from './rules.ts'
import type { Template } from './templates.ts'

/** A few of the words that turn a notice into an advertisement, and a few that no notice may carry. */
const MARKETING = /优惠|促销|抢购|秒杀|红包|打折|折扣|领券|特价|清仓|大促|免费领|中奖|砍价|拼团/
const SENSITIVE = /赌博|博彩|色情|毒品|枪支|代开发票|高利贷/

type Strictness = {
  /** What an empty value is answered with. */
  empty: 40250 | 47003
  words: 40249 | 45168
}

export const TEMPLATE_MESSAGE: Strictness = { empty: 40250, words: 40249 }
export const SUBSCRIPTION_NOTICE: Strictness = { empty: 47003, words: 45168 }

function invalid(key: string): ApiError {
  return new ApiError(47003, `argument invalid! data.${key}.value invalid`)
}

function empty(key: string, errcode: number): ApiError {
  return new ApiError(errcode, `argument invalid! data.${key}.value is empty`)
}

/** The texts in `data`, whatever the template says of them: what a test account's own templates get by with. */
export function readFree(data: unknown): Record<string, string> {
  if (!isJson(data)) throw new ApiError(47001)
  const entries = Object.entries(data).map(([key, one]) => {
    if (!isJson(one) || typeof one.value !== 'string') throw new ApiError(47001)
    return [key, one.value]
  })
  return Object.fromEntries(entries)
}

/** The same, each value checked against its field: 47003 names the first that does not fit. */
export function readChecked(template: Template, data: unknown, { empty: none, words }: Strictness) {
  const values = readFree(data)
  for (const { key, type } of template.fields) {
    const value = values[key]
    if (value === undefined) throw empty(key, 47003)
    if (value.trim() === '') throw empty(key, none)
    if (!fits(type, value, template.enums[key])) throw invalid(key)
    if ((words === 40249 ? MARKETING : SENSITIVE).test(value)) throw new ApiError(words)
  }
  return values
}
