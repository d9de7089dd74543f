/** What a value of each type may be. @see https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html */
type Rule = (value: string, declared: readonly string[]) => boolean

const CLOCK = String.raw`([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?`
const CALENDAR = String.raw`\d{4}(年(0?[1-9]|1[0-2])月(0?[1-9]|[12]\d|3[01])日|(?<separator>[-/.])(0?[1-9]|1[0-2])\k<separator>(0?[1-9]|[12]\d|3[01]))`
const TIME = new RegExp(`^(${CALENDAR}\\s?)?${CLOCK}$`)
const DATE = new RegExp(`^${CALENDAR}(\\s?${CLOCK})?$`)
const HAN = /\p{Script=Han}/u

/** Characters as people count them. */
export function lengthOf(value: string): number {
  return [...value].length
}

function upTo(limit: number): Rule {
  return (value) => lengthOf(value) <= limit
}

/** One moment, or two joined by `~`. */
function period(pattern: RegExp): Rule {
  return (value) => {
    const parts = value.split('~').map((part) => part.trim())
    return parts.length <= 2 && parts.every((part) => pattern.test(part))
  }
}

const RULES: Record<string, Rule> = {
  thing: upTo(20),
  short_thing: upTo(5),
  character_string: (value) => lengthOf(value) <= 32 && /^[\x20-\x7e\p{P}\p{S}]+$/u.test(value),
  number: (value) => value.length <= 32 && /^-?\d+(\.\d+)?$/.test(value),
  letter: (value) => /^[A-Za-z]{1,32}$/.test(value),
  symbol: (value) => /^[\p{P}\p{S}]{1,5}$/u.test(value),
  time: period(TIME),
  date: period(DATE),
  amount: (value) => /^\p{Sc}?\d+(\.\d+)?元?$/u.test(value) && value.replace(/\D/g, '').length <= 10,
  phone_number: (value) => /^[\d\p{P}\p{S} ]{1,17}$/u.test(value),
  car_number: (value) => lengthOf(value) <= 8 && /^[\p{Script=Han}A-Z\d][A-Z\d·]*[\p{Script=Han}A-Z\d]$/iu.test(value),
  name: (value) => lengthOf(value) <= (HAN.test(value) ? 10 : 20) && /^[\p{L}\p{P}\p{S} ]+$/u.test(value),
  phrase: (value) => /^\p{Script=Han}{1,5}$/u.test(value),
  enum: (value, declared) => declared.includes(value),
  enum_string: (value, declared) => declared.includes(value),
  const: (value, declared) => lengthOf(value) <= 20 && declared.includes(value),
}

/** Old industry templates name their fields `first`, `keyword1`, `remark`: those have no type. */
export function isTyped(type: string): boolean {
  return Object.hasOwn(RULES, type)
}

/** Whether a value fits its field's type; none may hold a line break or another control character. */
export function fits(type: string, value: string, declared: readonly string[] = []): boolean {
  const rule = Object.hasOwn(RULES, type) ? RULES[type] : undefined
  return rule === undefined || (!/\p{Cc}|[\u2028\u2029]/u.test(value) && rule(value, declared))
}
