/** A visitor's browser, as far as the site's tests need one: cookies, pages, forms, and the calls of the widget. */
export class Visitor {
  readonly #site: string
  readonly #cookies = new Map<string, string>()
  /** The page shown last. */
  page = ''

  constructor(site: string) {
    this.#site = site
  }

  get session(): string | undefined {
    return this.#cookies.get('demo_session')
  }
  set session(token: string) {
    this.#cookies.set('demo_session', token)
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ')
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0', ...init.headers, cookie }
    const response = await fetch(this.#site + path, { ...init, headers, redirect: 'manual' })
    for (const header of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      this.#cookies.set(name, value)
    }
    return response
  }

  /** Opens a page and follows redirects. @returns the status of the last answer */
  async open(path: string): Promise<number> {
    const response = await this.#send(path, { headers: { 'accept-language': 'en' } })
    const location = response.headers.get('location')
    if (location) return this.open(location)
    this.page = await response.text()
    return response.status
  }

  /** Sends a form of the page shown, then opens what it leads to. */
  async submit(action: string, fields: Record<string, string> = {}): Promise<number> {
    const csrf = new RegExp(`action="${action}"[^]*?name="csrf" value="([^"]*)"`).exec(this.page)?.[1] ?? ''
    const body = new URLSearchParams({ csrf, ...fields })
    const response = await this.#send(action, { method: 'POST', body, headers: { 'accept-language': 'en' } })
    const location = response.headers.get('location')
    if (location) return this.open(location)
    this.page = await response.text()
    return response.status
  }

  /** A call of the widget to the site. */
  async post(
    path: string,
    body: object = {},
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await this.#send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} }
  }

  /** The settings page's stream of changes. */
  async listen(path: string, signal: AbortSignal): Promise<AsyncIterable<string>> {
    const { body } = await this.#send(path, { signal })
    if (!body) throw new Error('no stream')
    return body.pipeThrough(new TextDecoderStream())
  }
}

/** What a page of the site says. */
export const nameOn = (page: string) => /class="name">([^<]*)</.exec(page)?.[1]
export const linkOn = (page: string) => /data-state="([^"]*)"/.exec(page)?.[1]
export const noticeOn = (page: string) => /class="notice"[^>]*>([^<]*)</.exec(page)?.[1]
