/**
 * The simulator's control API as the phone uses it. Everything that depends on the wire's shape is in this file.
 *
 * @typedef {{appid: string, name: string, kind: string, verified: boolean, original_id: string}} Account
 * @typedef {{at: number, from: string, subject: string, text: string}} Message
 * @typedef {{id: string, name: string, language: string, phone: string, email: string, openids: Record<string, string>, follows: string[], refuses: string[]}} Person
 * @typedef {{content: string, account: string, name: string, at: number, expiresAt: number, image: string}} Code
 * @typedef {{title?: string, description?: string, url?: string, image?: string}} Card
 * @typedef {{text: string, url?: string}} Part
 * @typedef {{id: string, text: string}} MenuItem
 * @typedef {{title: string, fields: {label: string, key: string, value: string}[], url?: string}} MessageCard
 * @typedef {{id: string, at: number, from: 'account' | 'person', type: string, text: string, parts: Part[], cards: Card[], message?: MessageCard, menu: MenuItem[]}} Entry
 * @typedef {{account: string, templates: {template_id: string, title: string, example: string, type: number}[]}} Popup
 * @typedef {{template_id: string, title: string, type: number, left: number, standing: boolean, off: boolean}} Subscription
 * @typedef {{outcome: 'follow_prompt' | 'entered' | 'expired' | 'invalid', account?: string}} Scan
 * @typedef {{page: string, url: string, title: string, status: number}} Page
 */

/** The simulator answered, and the answer is no. */
export class Refused extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail)
    this.status = status
  }
}

export function createApi() {
  let skew = 0

  /** @param {string} path @param {unknown} [body] @param {string} [method] */
  async function call(path, body, method = 'POST') {
    const response = await fetch(`/_sim${path}`, {
      cache: 'no-store',
      ...(body === undefined
        ? {}
        : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const date = Date.parse(response.headers.get('date') ?? '')
    if (date) skew = Math.abs(date - Date.now()) < 2000 ? 0 : date - Date.now()
    const answer = await response.json().catch(() => ({}))
    if (!response.ok) throw new Refused(response.status, answer?.message ?? response.statusText)
    return answer
  }

  const person = (/** @type {string} */ id) => `/people/${encodeURIComponent(id)}`

  return {
    /** The simulator's time: its `Date` header follows its clock. */
    clock: () => Date.now() + skew,
    /** Calls `changed` with the kind of each change; `linked` tells whether the stream is alive.
     * @param {(kind: string) => void} changed
     * @param {(alive: boolean) => void} linked */
    listen(changed, linked) {
      const source = new EventSource('/_sim/events')
      source.onopen = () => linked(true)
      source.onerror = () => {
        linked(false)
        // A server that is gone for good answers the reconnect with an error, which ends the source.
        if (source.readyState === EventSource.CLOSED) setTimeout(() => this.listen(changed, linked), 3000)
      }
      source.addEventListener('change', (event) => changed(JSON.parse(event.data).kind))
    },
    /** @returns {Promise<Person[]>} */
    people: () => call('/people'),
    /** @param {string} name @returns {Promise<Person>} */
    addPerson: (name) => call('/people', { name }),
    /** The language this person's phone is set to: what the web pages are told. @param {string} id @param {string} language */
    setLanguage: (id, language) => call(person(id), { language }, 'PATCH'),
    /** @returns {Promise<Account[]>} */
    accounts: () => call('/accounts'),
    /** @returns {Promise<Code[]>} */
    codes: () => call('/codes').then((codes) => codes.map(code)),
    /** @param {string} id @param {string} appid @returns {Promise<Entry[]>} */
    chat: (id, appid) =>
      call(`${person(id)}/chat?account=${encodeURIComponent(appid)}`).then((entries) => entries.map(entry)),
    /** Text messages and mails, the newest first. @param {Person} one @returns {Promise<Message[]>} */
    messages: async (one) => {
      const [texts, mails] = await Promise.all([
        call(`${person(one.id)}/sms`),
        call(`/mail?to=${encodeURIComponent(one.email)}`),
      ])
      return [...texts, ...mails].map(message).sort((a, b) => b.at - a.at)
    },
    /** @param {string} id @param {string} content @returns {Promise<Scan>} */
    scan: (id, content) => call(`${person(id)}/scan?wait=false`, { content }),
    /** @param {string} id @param {string} appid @param {string} [content] what was scanned, when the follow comes from a scan */
    follow: (id, appid, content) =>
      call(`${person(id)}/follow?wait=false`, { account: appid, ...(content ? { content } : {}) }),
    /** @param {string} id @param {string} appid */
    unfollow: (id, appid) => call(`${person(id)}/unfollow?wait=false`, { account: appid }),
    /** @param {string} id @param {string} appid @param {string} text @param {string} [menuId] of a menu's item that was chosen */
    say: (id, appid, text, menuId) =>
      call(`${person(id)}/say?wait=false`, { account: appid, text, ...(menuId ? { menu_id: menuId } : {}) }),
    /** What a page asks this person to allow. @param {string} id @returns {Promise<Popup | null>} */
    popup: (id) => call(`${person(id)}/popup`),
    /** @param {string} id @param {string} appid @returns {Promise<Subscription[]>} */
    subscriptions: (id, appid) => call(`${person(id)}/subscriptions?account=${encodeURIComponent(appid)}`),
    /** @param {string} id @param {string} appid @param {string[]} templates @param {boolean} accept @param {'popup' | 'settings'} from */
    subscribe: (id, appid, templates, accept, from) =>
      call(`${person(id)}/subscription?wait=false`, { account: appid, template_ids: templates, accept, from }),
    /** @param {string} id @param {string} appid @param {boolean} refuse */
    refuse: (id, appid, refuse) => call(`${person(id)}/refuse`, { account: appid, refuse }),
    /** Opens an address in this person's WeChat browser. @param {string} id @param {string} url @returns {Promise<Page>} */
    open: (id, url) => call(`${person(id)}/open`, { url }),
    /** @param {string} id */
    close: (id) => call(`${person(id)}/close`, {}),
    /** The page this person's phone shows now. @param {string} id @returns {Promise<Page | null>} */
    page: (id) => call(`${person(id)}/page`),
    /** That page as a document for a frame. @param {string} id @param {string} page */
    frameUrl: (id, page) => `/_sim${person(id)}/frame?page=${encodeURIComponent(page)}`,
  }
}

/** @param {any} wire @returns {Code} */
function code(wire) {
  return {
    content: wire.content,
    account: wire.account,
    name: wire.account_name || wire.account,
    at: Date.parse(wire.created_at),
    expiresAt: wire.expires_at ? Date.parse(wire.expires_at) : Infinity,
    image: `/cgi-bin/showqrcode?ticket=${encodeURIComponent(wire.ticket)}`,
  }
}

/** @param {any} wire @returns {Message} */
function message(wire) {
  return { at: Date.parse(wire.at), from: wire.from ?? '', subject: wire.subject ?? '', text: wire.text }
}

/** @param {any} wire @returns {Entry} */
function entry(wire) {
  const text = wire.text ?? ''
  return {
    id: String(wire.id),
    at: Date.parse(wire.at),
    from: wire.from,
    type: wire.type,
    text,
    parts: wire.parts ?? [{ text }],
    cards: Array.isArray(wire.card) ? wire.card : [],
    ...(wire.card?.fields ? { message: wire.card } : {}),
    menu: wire.menu ?? [],
  }
}
