import type { HttpClient } from '../http.ts'
import { base62 } from '../ids.ts'
import type { Person } from '../people.ts'
import { Refusal } from '../refusals.ts'
import type { Stream } from '../stream.ts'
import { type CookieJar, createCookieJar } from './cookies.ts'
import { type ButtonWish, buildSubmission, type Form, findButton, formEntries } from './forms.ts'
import { fetchPart, header, NavigationError, type NavigationRequest, navigate } from './navigation.ts'
import { createPage, errorPage, type Page, refreshTarget } from './pages.ts'
import { type GrantWish, PHONE_HEADER, type Phone, phoneHeader, readPhoneHeader } from './phone.ts'

export type SubmitWish = {
  form?: number
  button?: ButtonWish
  fields?: Record<string, string>
}

/** The in-WeChat browser of one person. */
export type Browser = {
  readonly page: Page | undefined
  readonly jar: CookieJar
  /** From a chat, a QR code or the address line: no page leads there. */
  open(url: URL): Promise<Page>
  /** A link of the open page. */
  follow(url: URL): Promise<Page>
  submit(wish: SubmitWish): Promise<Page>
  /** A form that was filled in inside the phone's frame. */
  submitEntries(form: number, entries: [string, string][]): Promise<Page>
  fetch(url: URL): Promise<{ status: number; type: string; body: Buffer }>
  back(): Page | undefined
  close(): void
  /** How consent dialogs are answered from now on. */
  wish(grant: GrantWish): void
  /** Throws unless the page is the open one. */
  requirePage(id: string | undefined): Page
}

export type Browsers = {
  of(person: Person): Browser
  /** What this person's WeChat says of itself to the platform's own pages, and to nobody else. For a real browser that stands for it. */
  header(person: Person, fragment: string): Record<string, string>
  /** Whose phone sends this header. */
  identify(headerValue: string | undefined): Phone | undefined
  clear(): void
}

type Deps = { http: HttpClient; stream: Stream; ownUrl: () => string }

/** Few: in a benchmark thousands of people have pages open. */
const HISTORY = 5
const MAX_REFRESHES = 5

export function createBrowsers(deps: Deps): Browsers {
  const browsers = new Map<string, Browser>()
  const bySecret = new Map<string, Person>()
  const secrets = new Map<string, string>()

  function secretOf(person: Person): string {
    const known = secrets.get(person.id)
    if (known) return known
    const secret = base62(32)
    secrets.set(person.id, secret)
    bySecret.set(secret, person)
    return secret
  }

  return {
    of(person) {
      const known = browsers.get(person.id)
      if (known) return known
      const browser = createBrowser(deps, person, secretOf(person))
      browsers.set(person.id, browser)
      return browser
    },
    header: (person, fragment) => ({ [PHONE_HEADER]: phoneHeader(secretOf(person), undefined, fragment) }),
    identify(value) {
      if (value === undefined) return undefined
      const { secret, grant, fragment } = readPhoneHeader(value)
      const person = bySecret.get(secret)
      return person && { person, grant, fragment }
    },
    clear() {
      browsers.clear()
      secrets.clear()
      bySecret.clear()
    },
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

function isOwn(url: URL, ownUrl: string): boolean {
  if (ownUrl === '') return false
  const own = new URL(ownUrl)
  if (url.origin === own.origin) return true
  return url.port === own.port && LOOPBACK.test(url.hostname) && LOOPBACK.test(own.hostname)
}

function createBrowser({ http, stream, ownUrl }: Deps, person: Person, secret: string): Browser {
  const jar = createCookieJar()
  const history: Page[] = []
  let grant: GrantWish
  const navigation = {
    http,
    jar,
    language: () => person.language,
    platformHeaders: (url: URL): Record<string, string> =>
      isOwn(url, ownUrl()) ? { [PHONE_HEADER]: phoneHeader(secret, grant, url.hash) } : {},
  }

  async function load(request: NavigationRequest): Promise<Page> {
    try {
      return createPage(await navigate(navigation, request))
    } catch (error) {
      if (error instanceof NavigationError) return errorPage(request.url, error.message)
      throw error
    }
  }

  async function go(request: NavigationRequest): Promise<Page> {
    let page = await load(request)
    for (let n = 0; n < MAX_REFRESHES; n++) {
      const target = refreshTarget(page)
      if (target === undefined) break
      page = await load({ method: 'GET', url: target, initiator: page })
    }
    history.push(page)
    if (history.length > HISTORY) history.shift()
    stream.publish({ kind: 'page', person: person.id })
    return page
  }

  function current(): Page {
    const page = history.at(-1)
    if (page === undefined) throw new Refusal(409, 'no_page', `${person.name} has no page open`)
    return page
  }

  function formOf(page: Page, index = 0): Form {
    const form = page.forms[index]
    if (form === undefined) throw new Refusal(409, 'no_such_form', `the page has no form ${index}`)
    return form
  }

  return {
    get page() {
      return history.at(-1)
    },
    jar,
    open: (url) => go({ method: 'GET', url }),
    follow: (url) => go({ method: 'GET', url, initiator: current() }),
    submit(wish) {
      const form = formOf(current(), wish.form)
      const button = findButton(form, wish.button)
      const entries = formEntries(form, button, wish.fields ?? {})
      return go({ ...buildSubmission(form, button, entries), initiator: current() })
    },
    submitEntries(index, entries) {
      const form = formOf(current(), index)
      const button = form.controls.find(
        ({ kind, name, value }) => kind === 'button' && entries.some(([n, v]) => n === name && v === value),
      )
      return go({ ...buildSubmission(form, button, entries), initiator: current() })
    },
    async fetch(url) {
      const answer = await fetchPart(navigation, url, current())
      return { status: answer.status, type: header(answer, 'content-type') ?? '', body: answer.body }
    },
    back() {
      if (history.length > 1) history.pop()
      stream.publish({ kind: 'page', person: person.id })
      return history.at(-1)
    },
    close() {
      history.length = 0
      grant = undefined
      stream.publish({ kind: 'page', person: person.id })
    },
    wish(next) {
      grant = next
    },
    requirePage(id) {
      const page = current()
      if (id !== page.id) throw new Refusal(409, 'page_gone', 'this page is no longer open')
      return page
    },
  }
}
