import { type Flow, isFlow, webAddress, withoutCode } from './flow.ts'
import { loadForm } from './form.ts'
import { type Language, languageOf } from './messages.ts'
import { atFirst, createScan, type Progress, type Scan, type ScanEventDetails, type ScanSettings } from './scan.ts'
import { flowUrl } from './site.ts'
import { css } from './styles.ts'
import { createView, type View } from './view.ts'

/** On a server there is no HTMLElement; importing the module there must not fail. */
const Base = typeof HTMLElement === 'undefined' ? (class {} as typeof HTMLElement) : HTMLElement

/** Each automatic renewal is a code of the account's quota, shown to somebody who may have left. */
const maxRenewals = 3

const given = ['flow', 'secret', 'hufu', 'locale'] as const

/** Every event of the element, as addEventListener hands it on. */
export type HufuScanEventMap = { [K in keyof ScanEventDetails]: CustomEvent<ScanEventDetails[K]> }

/** `<hufu-scan start-url finish-url>`: scan with WeChat to log in or to link. */
export class HufuScan extends Base {
  static readonly observedAttributes = ['start-url', 'finish-url', 'src', 'lang']

  #given: Partial<Record<(typeof given)[number], unknown>> = {}
  #view: View | undefined
  #scan: Scan | undefined
  #progress: Progress = atFirst
  #renewals = 0
  #starting: ReturnType<typeof setTimeout> | undefined
  #connection = new AbortController()

  /** The flow as last heard of, without its completion code. Set it (with `secret` and `hufu`) to use the element without a start-url. */
  get flow(): Flow | undefined {
    const flow = this.#progress.flow ?? this.#given.flow
    return isFlow(flow) ? withoutCode(flow) : undefined
  }
  set flow(flow: Flow | undefined) {
    this.#give('flow', flow)
  }

  /** The browser secret of a flow the page made itself. Can be set, not read. */
  set secret(secret: string | undefined) {
    this.#give('secret', secret)
  }

  /** The base address of Hufu, for a flow the page made itself. */
  set hufu(hufu: string | undefined) {
    this.#give('hufu', hufu)
  }

  /** `zh-CN` or `en`; by default what `lang` says on the element or around it, else the browser. */
  get locale(): Language {
    const { locale } = this.#given
    return languageOf(`${locale || this.closest<HTMLElement>('[lang]')?.lang || navigator.language}`)
  }
  set locale(locale: string | undefined) {
    this.#given.locale = locale
    this.#render()
  }

  connectedCallback(): void {
    // Properties set before the element was defined sit on the instance and hide the accessors.
    for (const name of given) {
      const value = this[name]
      if (Object.hasOwn(this, name) && delete this[name]) this[name] = value as never
    }
    this.#view ??= this.#build()
    this.#connection = new AbortController()
    const { signal } = this.#connection
    const wake = () => {
      this.#render()
      if (!document.hidden) this.#scan?.wake()
    }
    for (const type of ['visibilitychange', 'online', 'offline']) addEventListener(type, wake, { signal })
    this.#render()
    this.#restart()
  }

  disconnectedCallback(): void {
    this.#connection.abort()
    this.#stop()
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name === 'lang') this.#render()
    else if (before !== after) this.#restart()
  }

  /** Gives up the flow, if one is under way, and shows a new code. */
  renew(): void {
    void this.#scan?.giveUp()
  }

  #build(): View {
    const root = this.attachShadow({ mode: 'open' })
    try {
      // A sheet made by script is no inline style: pages with a strict Content-Security-Policy show it too.
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(css)
      root.adoptedStyleSheets = [sheet]
    } catch {
      // Safari before 16.4.
      root.appendChild(document.createElement('style')).textContent = css
    }
    const view = createView({
      renew: () => this.renew(),
      code: (code) => void this.#scan?.enterCode(code),
      // The form is a file beside this one, fetched by the few who need it.
      unknown: async () => (await loadForm()).form(root, this.flow, this.locale, (body) => this.#scan?.answer(body)),
      late: () => this.#scan?.wake(),
    })
    root.append(view.card)
    return view
  }

  #give(name: 'flow' | 'secret' | 'hufu', value: unknown): void {
    this.#given[name] = value
    this.#restart()
  }

  /** Pages and frameworks set several attributes and properties in a row; one start for all of them. */
  #restart(): void {
    clearTimeout(this.#starting)
    this.#starting = setTimeout(() => this.isConnected && this.#start())
  }

  /** Undefined as long as the page has not said enough. */
  #settings(): ScanSettings | undefined {
    const startUrl = this.getAttribute('start-url')
    const finishUrl = this.getAttribute('finish-url')
    if (startUrl) return { from: startUrl, finishUrl }
    const { secret, hufu, flow: made } = this.#given
    const flow = isFlow(made) ? made : undefined
    const src = this.getAttribute('src') || (flow && flowUrl(`${hufu || ''}`, flow.id))
    const url = webAddress(src, document.baseURI)
    return url && typeof secret === 'string' ? { from: { url, secret, flow }, finishUrl } : undefined
  }

  #stop(): void {
    this.#scan?.stop()
    this.#view?.stop()
  }

  #start(renew = false): void {
    this.#stop()
    const settings = this.#settings()
    if (!settings) return
    const world = { fetch: (url: string, init: RequestInit) => fetch(url, init), random: Math.random }
    this.#scan = createScan(settings, renew, world, {
      change: (progress) => {
        this.#progress = progress
        this.#render()
      },
      tell: (name, detail) => this.#tell(name, detail),
      renew: (automatic) => this.#renewed(automatic),
    })
    void this.#scan.begin()
  }

  #renewed(automatic: boolean): void {
    if (automatic && (this.#renewals >= maxRenewals || document.hidden)) return
    this.#renewals = automatic ? this.#renewals + 1 : 0
    if (this.getAttribute('start-url')) this.#start(true)
    // A page that gave the flow itself has to give the next one.
    else this.#tell('hufu-renew', { automatic })
  }

  #tell<K extends keyof ScanEventDetails>(name: K, detail: ScanEventDetails[K]): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }))
  }

  #render(): void {
    this.#view?.render(this.#progress, this.locale)
  }
}

/** Registers the element; a page that has it already keeps what it has. */
export function defineHufuScan(): void {
  if (typeof customElements === 'undefined' || customElements.get('hufu-scan')) return
  customElements.define('hufu-scan', HufuScan)
}

declare global {
  interface HTMLElementTagNameMap {
    'hufu-scan': HufuScan
  }
}
