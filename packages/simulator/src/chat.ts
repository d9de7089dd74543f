import type { Account } from './accounts.ts'
import type { Clock } from './clock.ts'
import { base62 } from './ids.ts'
import type { Person } from './people.ts'
import { createRing, type Ring } from './ring.ts'
import type { Stream } from './stream.ts'

export type EntryType = 'text' | 'image' | 'news' | 'template' | 'subscribe' | 'failure' | 'notice'
type Link = { text: string; url: string }
type Part = { text: string; url?: string }
/** An item of a customer-service menu: choosing it says it, with its id. */
export type MenuItem = { id: string; text: string }
/** What a template message or a subscription notice looks like; without `url` nothing is to be opened. */
export type MessageCard = {
  title: string
  fields: { label: string; key: string; value: string }[]
  url?: string
  miniprogram?: { appid: string; pagepath: string }
}
export type Article = { title: string; description: string; url: string; image: string }

export type Entry = {
  id: string
  at: string
  account: string
  from: 'account' | 'person'
  type: EntryType
  text?: string
  links: Link[]
  parts?: Part[]
  card?: Article[] | MessageCard
  menu?: MenuItem[]
}

export type NewEntry = {
  from: Entry['from']
  type: EntryType
  text?: string
  card?: Article[]
  message?: MessageCard
  menu?: MenuItem[]
}

/** What WeChat shows when an account's server does not answer, or answers nonsense. */
export const FAILURE_NOTICE = '该公众号提供的服务出现故障，请稍后再试'

/** The line of a message card that opens its page. */
const DETAILS = '查看详情'

export type Chat = {
  add(account: Account, person: Person, entry: NewEntry): Entry
  list(person: Person, appid?: string): Entry[]
  clear(): void
}

const KEPT_PER_CHAT = 300
const ANCHOR = /<a\b([^>]*)>([\s\S]*?)<\/a>/gi
const BARE_URL = /https?:\/\/[^\s<>"'，。；！？、）】」]+/g

function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes)
  return (found?.[1] ?? found?.[2] ?? found?.[3])?.replaceAll('&amp;', '&').trim()
}

function bareParts(text: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const match of text.matchAll(BARE_URL)) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index) })
    parts.push({ text: match[0], url: match[0] })
    at = match.index + match[0].length
  }
  if (at < text.length) parts.push({ text: text.slice(at) })
  return parts
}

/** Cuts a text message at its `<a href>` and its bare addresses, as the client shows them. */
function textParts(text: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const match of text.matchAll(ANCHOR)) {
    parts.push(...bareParts(text.slice(at, match.index)))
    const url = attribute(match[1] ?? '', 'href')
    parts.push(url ? { text: match[2] ?? '', url } : { text: match[2] ?? '' })
    at = match.index + match[0].length
  }
  parts.push(...bareParts(text.slice(at)))
  return parts
}

export function createChat(deps: { clock: Clock; stream: Stream }): Chat {
  const chats = new Map<string, Map<string, Ring<Entry>>>()

  function ring(person: Person, appid: string): Ring<Entry> {
    const ofPerson = chats.get(person.id) ?? new Map<string, Ring<Entry>>()
    chats.set(person.id, ofPerson)
    const entries = ofPerson.get(appid) ?? createRing<Entry>(KEPT_PER_CHAT)
    ofPerson.set(appid, entries)
    return entries
  }

  return {
    add(account, person, { from, type, text, card, message, menu }) {
      const parts = text === undefined ? undefined : textParts(text)
      const cardLinks = (card ?? []).filter(({ url }) => url !== '').map(({ title, url }) => ({ text: title, url }))
      const textLinks = (parts ?? []).flatMap((part) => (part.url ? [{ text: part.text, url: part.url }] : []))
      const entry: Entry = {
        id: `c_${base62(12)}`,
        at: new Date(deps.clock.now()).toISOString(),
        account: account.appid,
        from,
        type,
        links: [...textLinks, ...cardLinks, ...(message?.url ? [{ text: DETAILS, url: message.url }] : [])],
        ...(parts && { text: parts.map((part) => part.text).join(''), parts }),
        ...(card && { card }),
        ...(message && { card: message }),
        ...(menu && { menu }),
      }
      ring(person, account.appid).push(entry)
      deps.stream.publish({ kind: 'chat', person: person.id, account: account.appid })
      return entry
    },
    list(person, appid) {
      const ofPerson = chats.get(person.id)
      if (ofPerson === undefined) return []
      if (appid !== undefined) return [...(ofPerson.get(appid)?.list() ?? [])]
      return [...ofPerson.values()].flatMap((entries) => entries.list()).sort((a, b) => a.at.localeCompare(b.at))
    },
    clear: () => chats.clear(),
  }
}
