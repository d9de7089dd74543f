import { readFileSync } from 'node:fs'
import type { ReplyRuleInput } from '../replies/input.ts'
import { print, readOptions, table, UsageError, withInstallation } from './usage.ts'

const usage = `hufu reply add APPID --keyword WORD --text TEXT [options]

  --keyword     what was written is this word, capitals or not; may be repeated
  --contains    what was written has this word in it; may be repeated
  --click       a menu button with this key was tapped; may be repeated
  --any         whatever else was written
  --text        the answer; --text-file FILE reads it from a file
  --priority    a whole number, default 0; the highest is tried first

  In a text, {link} becomes a one-time link for the person who is answered: to the account's website, or, as {link:ap_…}, to the one named.
  <a href="{link}">Link your account</a> shows words instead of the address. Where there is no link to give, the words stay.

hufu reply list APPID
hufu reply remove APPID ID
hufu reply welcome APPID --text TEXT    what new followers are told; --default brings the built-in greeting back`

const options = {
  keyword: { type: 'string', multiple: true },
  contains: { type: 'string', multiple: true },
  click: { type: 'string', multiple: true },
  any: { type: 'boolean' },
  text: { type: 'string' },
  'text-file': { type: 'string' },
  priority: { type: 'string' },
  default: { type: 'boolean' },
} as const

type Values = ReturnType<typeof readOptions<typeof options>>['values']

export async function replyCommand([verb, ...args]: string[]): Promise<void> {
  const { values, positionals } = readOptions(args, options, usage)
  const [appid, id] = positionals
  if (!appid) throw new UsageError(usage)
  switch (verb) {
    case 'add':
      return add(appid, values)
    case 'list':
      return list(appid)
    case 'remove':
      return remove(appid, id)
    case 'welcome':
      return welcome(appid, values)
    default:
      throw new UsageError(usage)
  }
}

function textOf(values: Values): string | undefined {
  const file = values['text-file']
  return file === undefined ? values.text : readFileSync(file, 'utf8').trimEnd()
}

/** One kind of rule, by the one option that names it. */
function conditionOf({ keyword, contains, click, any }: Values): Pick<ReplyRuleInput, 'kind' | 'keywords'> {
  const given = [
    keyword && { kind: 'exact' as const, keywords: keyword },
    contains && { kind: 'contains' as const, keywords: contains },
    click && { kind: 'click' as const, keywords: click },
    any && { kind: 'any' as const, keywords: [] },
  ].filter((condition) => condition !== undefined && condition !== false)
  const [only] = given
  if (!only || given.length > 1) {
    throw new UsageError(`One of --keyword, --contains, --click and --any is expected.\n\n${usage}`)
  }
  return only
}

async function add(appid: string, values: Values): Promise<void> {
  const text = textOf(values)
  const { priority } = values
  if (!text) throw new UsageError(usage)
  if (priority !== undefined && !/^-?\d{1,4}$/.test(priority)) throw new UsageError('--priority takes a whole number.')
  const condition = conditionOf(values)
  await withInstallation(async ({ rules }) => {
    const rule = await rules.add(appid, { ...condition, text, ...(priority && { priority: Number(priority) }) })
    print(`Reply ${rule.id} is added. A running server gives it within five seconds.`)
  })
}

async function list(appid: string): Promise<void> {
  await withInstallation(async ({ rules, accounts }) => {
    print(`welcome  ${short(accounts.get(appid).welcome ?? '(built in)')}\n`)
    const rows = rules
      .list(appid)
      .map((rule) => [rule.id, rule.kind, String(rule.priority), rule.keywords.join(' | '), short(rule.text)])
    print(
      rows.length === 0
        ? 'No reply rule yet. hufu reply add --help'
        : table([['ID', 'KIND', 'PRIORITY', 'KEYWORDS', 'TEXT'], ...rows]),
    )
  })
}

async function remove(appid: string, id: string | undefined): Promise<void> {
  if (!id) throw new UsageError(usage)
  await withInstallation(async ({ rules }) => {
    await rules.remove(appid, id)
    print(`Reply ${id} is removed.`)
  })
}

async function welcome(appid: string, values: Values): Promise<void> {
  const text = values.default === true ? null : textOf(values)
  if (text === undefined || text === '') throw new UsageError(usage)
  await withInstallation(async ({ rules }) => {
    await rules.setWelcome(appid, text)
    print('The welcome is changed. A running server gives it within five seconds.')
  })
}

const widest = 60

function short(text: string): string {
  const line = text.replaceAll('\n', ' ')
  return line.length > widest ? `${line.slice(0, widest - 1)}…` : line
}
