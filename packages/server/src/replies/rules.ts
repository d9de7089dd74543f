import type { Account, Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { ReplyRuleKind, ReplyRuleRow } from '../store/tables.ts'
import { normalWords, type ReplyRuleInput, validateRule, validateWelcome } from './input.ts'
import { deleteRule, insertRule, listRules, updateRule } from './queries.ts'

/** What an account answers by itself to what its followers write and tap. */
export interface ReplyRule {
  id: string
  kind: ReplyRuleKind
  keywords: string[]
  text: string
  priority: number
}

export interface ReplyRules {
  /** In the order in which they are tried. */
  list(appid: string): ReplyRule[]
  add(appid: string, input: ReplyRuleInput): Promise<ReplyRule>
  change(appid: string, id: string, input: ReplyRuleInput): Promise<ReplyRule>
  remove(appid: string, id: string): Promise<void>
  /** The text for new followers; null brings the built-in one back. */
  setWelcome(appid: string, text: string | null): Promise<Account>
  /** The first rule that fits, from memory: what somebody writes costs no query. */
  match(appid: string, heard: { words: string } | { key: string }): ReplyRule | undefined
  reload(): Promise<void>
  close(): void
}

interface Ready extends ReplyRule {
  fits(heard: { words: string } | { key: string }): boolean
}

const mostRules = 500
const staleAfterMs = 5_000
/** Longer than anything WeChat lets a person write at once. */
const longestWords = 4_096

export async function createReplyRules(deps: {
  store: Store
  clock: Clock
  accounts: Accounts
  apps: Apps
  log: { error(details: object, message: string): void }
}): Promise<ReplyRules> {
  const { store, clock, accounts, apps } = deps
  let byAccount = new Map<string, Ready[]>()

  async function reload(): Promise<void> {
    const rows = await listRules(store.db)
    const grouped = Map.groupBy(rows, (row) => row.appid)
    byAccount = new Map([...grouped].map(([appid, some]) => [appid, some.map(readied)]))
  }

  await reload()
  const timer = setInterval(() => {
    reload().catch((error) => deps.log.error({ err: error }, 'reply rules could not be read again'))
  }, staleAfterMs).unref()

  function columnsOf(input: ReplyRuleInput): Pick<ReplyRuleRow, 'kind' | 'keywords' | 'text' | 'priority'> {
    validateRule(input, (id) => apps.find(id) !== undefined)
    const { kind, keywords, text, priority = 0 } = input
    return { kind, keywords: JSON.stringify(keywords), text, priority }
  }

  function get(appid: string, id: string): ReplyRule {
    const rule = byAccount.get(appid)?.find((one) => one.id === id)
    if (!rule) throw new DomainError('not_found', `Account ${appid} has no reply rule ${id}.`)
    return rule
  }

  return {
    list: (appid) => byAccount.get(appid) ?? [],
    reload,
    close: () => clearInterval(timer),
    async add(appid, input) {
      accounts.get(appid)
      const row = { id: newId('rr'), appid, ...columnsOf(input), created_at: clock.now() }
      if (!(await store.write((tx) => insertRule(tx, row, mostRules)))) {
        throw new DomainError('invalid_value', `An account has at most ${mostRules} rules.`)
      }
      await reload()
      return get(appid, row.id)
    },
    async change(appid, id, input) {
      const columns = columnsOf(input)
      if (!(await store.write((tx) => updateRule(tx, { appid, id }, columns)))) throw new DomainError('not_found')
      await reload()
      return get(appid, id)
    },
    async remove(appid, id) {
      if (!(await store.write((tx) => deleteRule(tx, { appid, id })))) throw new DomainError('not_found')
      await reload()
    },
    async setWelcome(appid, text) {
      if (text !== null) validateWelcome(text, (id) => apps.find(id) !== undefined)
      return accounts.change(appid, { welcome: text })
    },
    match(appid, heard) {
      const rules = byAccount.get(appid)
      if (!rules) return undefined
      const said = 'words' in heard ? { words: normalWords(heard.words.slice(0, longestWords)) } : heard
      return rules.find((rule) => rule.fits(said))
    },
  }
}

function readied(row: ReplyRuleRow): Ready {
  const { id, kind, text, priority } = row
  const keywords: string[] = JSON.parse(row.keywords)
  return { id, kind, keywords, text, priority, fits: fitting(kind, keywords) }
}

function fitting(kind: ReplyRuleKind, keywords: string[]): Ready['fits'] {
  if (kind === 'click') {
    const keys = new Set(keywords)
    return (heard) => 'key' in heard && keys.has(heard.key)
  }
  if (kind === 'any') return (heard) => 'words' in heard && heard.words !== ''
  const words = keywords.map(normalWords)
  const exact = new Set(words)
  if (kind === 'exact') return (heard) => 'words' in heard && exact.has(heard.words)
  return (heard) => 'words' in heard && words.some((word) => heard.words.includes(word))
}
