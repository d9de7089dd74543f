import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'
import type { Arrival, Locale } from '../../pages/facts.ts'
import { type Messages, messages, type NoticeKey } from '../../pages/messages.ts'
import type { NoticePage, Page } from '../../pages/page.ts'
import { people } from '../../pages/people.ts'
import type { DonePage } from '../../pages/people-page.ts'

export type { Locale } from '../../pages/facts.ts'
export type { NoticePage, Page, RegisterPage, ResetPage } from '../../pages/page.ts'
export type { AskPage, DonePage, MeDone, MePage } from '../../pages/people-page.ts'

export interface View {
  /** A whole HTML document. Safe for any text in the page, whoever wrote it. */
  render(page: Page, locale: Locale): string
}

type Names = Record<string, string | number | undefined>

/** Templates and the stylesheet live in `pages/` of this package; a bundle, which moves this file, names the directory. */
const besideThePackage = fileURLToPath(new URL('../../pages/', import.meta.url))

export function createView(directory: string = besideThePackage): View {
  const eta = new Eta({ views: directory, autoEscape: true, cache: true })
  return {
    render(dirty, locale) {
      const page = withoutTricks(dirty)
      const m = messages[locale]
      const shared = {
        page,
        m,
        p: people[locale],
        locale,
        say,
        name,
        plain,
        shorten,
        initial,
        safeUrl,
        time: timeOfDay,
        date: dateAndTime,
        day: dateOnly,
      }
      switch (page.name) {
        case 'confirm':
        case 'code':
        case 'register':
        case 'reset':
        case 'sides':
        case 'home':
        case 'login':
        case 'me':
        case 'ask':
        case 'password':
        case 'follow':
          return eta.render(`./${page.name}`, shared)
        case 'done':
          return eta.render('./done', { ...shared, ...doneFigures[page.done] })
        default:
          return eta.render('./notice', { ...shared, ...describe(page, m) })
      }
    },
  }
}

interface Figure {
  figure: 'joined' | 'apart' | 'clock' | 'shield' | 'person' | 'phone' | 'question' | 'again'
  tone: 'good' | 'calm' | 'warn'
}

const figures: Record<NoticeKey, Figure> = {
  confirmed_login: { figure: 'joined', tone: 'good' },
  confirmed_bind: { figure: 'joined', tone: 'good' },
  confirmed_verify: { figure: 'joined', tone: 'good' },
  confirmed_verify_inside: { figure: 'joined', tone: 'good' },
  unregistered: { figure: 'joined', tone: 'good' },
  registered: { figure: 'joined', tone: 'good' },
  password_changed: { figure: 'shield', tone: 'good' },
  confirmed_login_by_link: { figure: 'joined', tone: 'good' },
  confirmed_bind_by_link: { figure: 'joined', tone: 'good' },
  confirmed_login_inside: { figure: 'joined', tone: 'good' },
  confirmed_bind_inside: { figure: 'joined', tone: 'good' },
  declined: { figure: 'apart', tone: 'calm' },
  declined_by_link: { figure: 'apart', tone: 'calm' },
  flow_over_expired: { figure: 'clock', tone: 'calm' },
  flow_over_cancelled: { figure: 'apart', tone: 'calm' },
  flow_over_completed: { figure: 'joined', tone: 'good' },
  flow_over_declined: { figure: 'apart', tone: 'calm' },
  flow_over_too_many_tries: { figure: 'shield', tone: 'warn' },
  flow_over_other: { figure: 'clock', tone: 'calm' },
  unregistered_inside: { figure: 'joined', tone: 'good' },
  registered_inside: { figure: 'joined', tone: 'good' },
  flow_over_expired_inside: { figure: 'clock', tone: 'calm' },
  flow_over_cancelled_inside: { figure: 'apart', tone: 'calm' },
  flow_over_declined_inside: { figure: 'apart', tone: 'calm' },
  flow_over_too_many_tries_inside: { figure: 'shield', tone: 'warn' },
  flow_over_other_inside: { figure: 'clock', tone: 'calm' },
  conflict_wechat_already_bound_inside: { figure: 'person', tone: 'warn' },
  conflict_user_already_bound_inside: { figure: 'person', tone: 'warn' },
  conflict_wechat_already_bound: { figure: 'person', tone: 'warn' },
  conflict_user_already_bound: { figure: 'person', tone: 'warn' },
  wrong_wechat_user: { figure: 'person', tone: 'warn' },
  taken: { figure: 'person', tone: 'warn' },
  not_theirs: { figure: 'person', tone: 'warn' },
  snapshot_user: { figure: 'phone', tone: 'calm' },
  oauth_declined: { figure: 'shield', tone: 'calm' },
  oauth_restart: { figure: 'again', tone: 'calm' },
  oauth_unavailable: { figure: 'again', tone: 'warn' },
  state_invalid: { figure: 'question', tone: 'calm' },
  link_over: { figure: 'clock', tone: 'calm' },
  not_found: { figure: 'question', tone: 'calm' },
  try_again: { figure: 'again', tone: 'warn' },
  form_expired: { figure: 'clock', tone: 'calm' },
}

const doneFigures: Record<DonePage['done'], Figure> = {
  unknown_person: { figure: 'question', tone: 'calm' },
  erased: { figure: 'apart', tone: 'good' },
  signed_out: { figure: 'apart', tone: 'calm' },
  disowned: { figure: 'shield', tone: 'good' },
  was_me: { figure: 'person', tone: 'calm' },
  left: { figure: 'apart', tone: 'good' },
  unlinked: { figure: 'apart', tone: 'good' },
  last_way_in: { figure: 'person', tone: 'warn' },
  show_again: { figure: 'phone', tone: 'calm' },
  no_account: { figure: 'question', tone: 'calm' },
  unfit_account: { figure: 'question', tone: 'calm' },
  no_email: { figure: 'question', tone: 'calm' },
}

/** What the one template of all notices shows: the text, the figure and the way on, if there is one. */
function describe(page: NoticePage, m: Messages) {
  const key = noticeKey(page)
  return { notice: m.notices[key], ...figures[key], action: wayOn(page, m) }
}

function wayOn(page: NoticePage, m: Messages) {
  if ('retryUrl' in page) return { label: m.retry[page.name], href: page.retryUrl }
  if (page.name === 'unregistered') return { label: m.register.here, href: page.registerUrl }
  if (page.name === 'conflict' && page.sidesUrl !== undefined) return { label: m.seeSides, href: page.sidesUrl }
  if ((page.name === 'confirmed' || page.name === 'registered') && page.returnTo !== undefined)
    return { label: m.returnTo, href: page.returnTo }
  return undefined
}

/** Who came from a page in WeChat itself has scanned nothing, and has no computer beside them. */
function hasNoScan(by: Arrival | undefined): boolean {
  return by === 'link' || by === 'inside'
}

function noticeKey(page: NoticePage): NoticeKey {
  switch (page.name) {
    case 'confirmed':
      if (page.by === 'inside') return `confirmed_${page.action}_inside`
      // Nobody approves by a link of the chat.
      return page.by === 'link' && page.action !== 'verify'
        ? `confirmed_${page.action}_by_link`
        : `confirmed_${page.action}`
    case 'declined':
      return hasNoScan(page.by) ? 'declined_by_link' : 'declined'
    case 'flow_over':
      if (!hasNoScan(page.by) || page.reason === 'completed') return `flow_over_${page.reason}`
      return `flow_over_${page.reason}_inside`
    case 'conflict':
      return hasNoScan(page.by) ? `conflict_${page.reason}_inside` : `conflict_${page.reason}`
    case 'registered':
    case 'unregistered':
      return hasNoScan(page.by) ? `${page.name}_inside` : page.name
    default:
      return page.name
  }
}

/**
 * Takes out what could make a text read differently from what it is: C0 and C1 controls, bidirectional controls, invisible
 * spaces and separators, lone surrogates, towers of combining marks. White space of every kind becomes one space.
 */
function withoutTricks<T>(value: T): T
function withoutTricks(value: unknown): unknown {
  if (typeof value === 'string') {
    return value
      .toWellFormed()
      .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/gu, ' ')
      .replace(/[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu, '')
      .replace(/(\p{M}{4})\p{M}+/gu, '$1')
  }
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((inner) => withoutTricks(inner))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutTricks(inner)]))
}

/** A long name must not push the warning and Decline off the screen. Domains are never cut: their end is what counts. */
const longestName = 48

function shorten(name: string): string {
  const letters = Array.from(new Intl.Segmenter().segment(name.trim()), (part) => part.segment)
  return letters.length <= longestName ? letters.join('') : `${letters.slice(0, longestName - 1).join('')}…`
}

/** The letter on the site's half of the tally. */
function initial(name: string): string {
  const first = new Intl.Segmenter().segment(name.trim())[Symbol.iterator]().next()
  return first.done ? '' : first.value.segment.toUpperCase()
}

/** A message as text, with its names in place. */
function plain(message: string, names: Names = {}): string {
  return fill(message, names, shorten)
}

/** A message as HTML: everything escaped, each name isolated so that its direction cannot reorder the sentence. */
function say(message: string, names: Names = {}): string {
  return fill(escapeHtml(message), names, (name) => `<bdi>${escapeHtml(shorten(name))}</bdi>`)
}

/** Somebody else's word as HTML, on its own. */
function name(text: string): string {
  return say('{text}', { text })
}

function fill(message: string, names: Names, show: (name: string) => string): string {
  return message.replace(/\{(\w+)\}/g, (_, key: string) => {
    const name = names[key]
    if (name === undefined) throw new Error(`the message names {${key}}, which this page does not have`)
    return show(String(name))
  })
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** The caller has checked where this leads; here only what a browser would run instead of follow is refused. */
function safeUrl(url: string): string | undefined {
  return /^(https?:\/\/|\/(?![/\\]))/i.test(url) ? url : undefined
}

/** People compare this with the clock on their wall; WeChat's Official Accounts live in China's one time zone. */
function timeOfDay(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'Asia/Shanghai',
  }).format(at)
}

/** Where the day says enough. */
function dateOnly(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'Asia/Shanghai' }).format(at)
}

/** For what may have been long ago. */
function dateAndTime(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
    timeZone: 'Asia/Shanghai',
  }).format(at)
}
