import { createCountdown } from './countdown.ts'
import { type Flow, isFlow, webAddress, withoutCode } from './flow.ts'
import type { Problem } from './http.ts'
import { fill, type Language, languageOf, type Messages, messages } from './messages.ts'
import { qrShape } from './qr.ts'
import { createScan, type Progress, type Scan, type ScanSettings } from './scan.ts'
import { isTimed, screenOf } from './screen.ts'
import { flowUrl } from './site.ts'
import { css } from './styles.ts'
import { type Content, createView, type View } from './view.ts'
import { wordsFor } from './words.ts'

/** On a server there is no HTMLElement; importing the module there must not fail. */
const Base = typeof HTMLElement === 'undefined' ? (class {} as typeof HTMLElement) : HTMLElement

const properties = ['flow', 'secret', 'hufu', 'locale'] as const
type Given = Partial<Record<(typeof properties)[number], unknown>>

export interface HufuScanEventMap {
  'hufu-state': CustomEvent<{ flow: Flow }>
  'hufu-done': CustomEvent<{ redirect: string | undefined }>
  'hufu-confirmed': CustomEvent<{ completion_code: string; flow: Flow }>
  'hufu-renew': CustomEvent<{ automatic: boolean }>
  'hufu-error': CustomEvent<{ problem: Problem }>
}

/** `<hufu-scan start-url finish-url>`: scan with WeChat to log in or to link. */
export class HufuScan extends Base {
  static readonly observedAttributes = ['start-url', 'finish-url', 'src', 'lang']

  #given: Given = {}
  #view: View | undefined
  #scan: Scan | undefined
  #progress: Progress | undefined
  #countdown = createCountdown(Date.now, {
    tick: (left) => this.#view?.tick(left),
    over: () => void this.#scan?.wake(),
  })
  #restarting = false
  #listening: AbortController | undefined

  /** The flow as last heard of, without its completion code. Set it (with `secret` and `hufu`) to use the element without a start-url. */
  get flow(): Flow | undefined {
    const flow = this.#progress?.flow ?? this.#given.flow
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
  get hufu(): string | undefined {
    return typeof this.#given.hufu === 'string' ? this.#given.hufu : undefined
  }
  set hufu(hufu: string | undefined) {
    this.#give('hufu', hufu)
  }

  /** `zh-CN` or `en`; by default what `lang` says on the element or around it, else the browser. */
  get locale(): Language {
    return this.#language()
  }
  set locale(locale: string | undefined) {
    this.#given.locale = locale
    this.#render()
  }

  connectedCallback(): void {
    // Properties set before the element was defined sit on the instance and hide the accessors.
    for (const name of properties) {
      if (!Object.hasOwn(this, name)) continue
      const value: unknown = Reflect.get(this, name)
      Reflect.deleteProperty(this, name)
      Reflect.set(this, name, value)
    }
    const root = this.shadowRoot ?? this.#build()
    this.#listening = new AbortController()
    const { signal } = this.#listening
    const wake = () => {
      this.#render()
      if (document.visibilityState === 'visible') void this.#scan?.wake()
    }
    document.addEventListener('visibilitychange', wake, { signal })
    addEventListener('pageshow', (event) => event.persisted && wake(), { signal })
    addEventListener('online', wake, { signal })
    addEventListener('offline', () => this.#render(), { signal })
    if (root) this.#start()
  }

  disconnectedCallback(): void {
    this.#listening?.abort()
    this.#stop()
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return
    if (name === 'lang') this.#render()
    else this.#restart()
  }

  /** Gives up the flow, if one is under way, and shows a new code. */
  renew(): void {
    void this.#scan?.renew()
  }

  #build(): ShadowRoot {
    const root = this.attachShadow({ mode: 'open' })
    // A sheet made by script is no inline style: pages with a strict Content-Security-Policy show it too.
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [sheet]
    this.#view = createView(root, {
      action: () => this.#act(),
      another: () => this.renew(),
      code: (code) => void this.#scan?.enterCode(code),
    })
    root.append(this.#view.card)
    return root
  }

  #give(name: 'flow' | 'secret' | 'hufu', value: unknown): void {
    this.#given[name] = value
    if (!this.getAttribute('start-url')) this.#restart()
  }

  /** Pages set several properties in a row; one start for all of them. */
  #restart(): void {
    if (this.#restarting || !this.#scan) return
    this.#restarting = true
    queueMicrotask(() => {
      this.#restarting = false
      if (this.isConnected) this.#start()
    })
  }

  #settings(): ScanSettings | undefined {
    const startUrl = this.getAttribute('start-url') || undefined
    const finishUrl = this.getAttribute('finish-url') || undefined
    if (startUrl) return { startUrl, finishUrl }
    const { secret, hufu } = this.#given
    const flow = isFlow(this.#given.flow) ? this.#given.flow : undefined
    const src = this.getAttribute('src')
    const made = flow && flowUrl(typeof hufu === 'string' ? hufu : location.origin, flow.id)
    const url = webAddress(src || made, document.baseURI)
    if (!url || typeof secret !== 'string') return undefined
    return { finishUrl, given: { url: url.replace(/[?#].*$|\/+$/, ''), secret, flow } }
  }

  #stop(): void {
    this.#scan?.stop()
    this.#countdown.stop()
  }

  #start(): void {
    this.#stop()
    const settings = this.#settings()
    const world = {
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      random: Math.random,
      now: () => performance.now(),
      visible: () => document.visibilityState === 'visible',
    }
    this.#scan = createScan(settings ?? {}, world, {
      change: (progress) => this.#change(progress),
      state: (flow) => this.#tell('hufu-state', { flow }),
      confirmed: (flow) =>
        this.#tell('hufu-confirmed', { completion_code: flow.completion_code, flow: withoutCode(flow) }),
      done: (redirect) => this.#done(redirect),
      problem: (problem) => this.#tell('hufu-error', { problem }),
      renew: (automatic) => this.#tell('hufu-renew', { automatic }),
    })
    // Frameworks may set attributes and properties after connecting: until then the card shows that it prepares.
    if (settings) this.#scan.begin()
    else this.#change({ stage: 'starting', link: { state: 'up' }, entry: { state: 'ready' }, renewals: 0 })
  }

  #tell(name: keyof HufuScanEventMap, detail: unknown, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }))
  }

  #act(): void {
    if (this.#progress?.stage === 'elsewhere') location.reload()
    else this.renew()
  }

  #done(redirect: string | undefined): void {
    const go = this.#tell('hufu-done', { redirect }, true)
    if (!go || !redirect) return
    const here = location.href.split('#')[0]
    location.assign(redirect)
    // An address that differs in its fragment only would leave the old page standing.
    if (redirect.includes('#') && redirect.split('#')[0] === here) location.reload()
  }

  #change(progress: Progress): void {
    const before = this.#progress
    this.#progress = progress
    this.#render()
    if (before?.stage === 'starting' && progress.stage === 'open' && progress.renewals > 0)
      this.#view?.announce(this.#messages().time.renewed)
  }

  #language(): Language {
    const { locale } = this.#given
    if (typeof locale === 'string' && locale) return languageOf(locale)
    for (let node: Element | undefined = this; node; ) {
      const tagged: Element | null = node.closest('[lang]:not([lang=""])')
      if (tagged) return languageOf(tagged.getAttribute('lang') ?? '')
      const root: Node = node.getRootNode()
      node = root instanceof ShadowRoot ? root.host : undefined
    }
    return languageOf(navigator.language)
  }

  #messages(): Messages {
    return messages[this.#language()]
  }

  #render(): void {
    const progress = this.#progress
    if (!progress || !this.#view) return
    const content = this.#content(progress)
    this.#view.render(content)
    if (progress.flow && isTimed(content.screen)) {
      this.#countdown.run(progress.flow, progress.clockOffset)
      return
    }
    this.#countdown.stop()
    this.#view.tick(undefined)
  }

  #content(progress: Progress): Content {
    const { flow, link, entry } = progress
    const language = this.#language()
    const words = messages[language]
    const inWechat = /MicroMessenger/i.test(navigator.userAgent)
    const screen = screenOf(progress, inWechat)
    const address = webAddress(flow?.wechat_url)
    const mayOpen = inWechat && (screen === 'wechat' || screen === 'scanned')
    return {
      screen,
      language,
      messages: words,
      text: wordsFor(screen, flow, words),
      entry,
      notice: noticeOf(progress, words, link),
      qr: flow && qrShape(flow.qr.svg),
      number: flow?.number,
      open: mayOpen ? address : undefined,
      link: inWechat ? undefined : address,
    }
  }
}

function noticeOf({ stage, flow }: Progress, { notice }: Messages, link: Progress['link']): string {
  const listening = stage === 'starting' || (stage === 'open' && flow && !['expired', 'failed'].includes(flow.state))
  if (!listening) return ''
  if (!navigator.onLine) return notice.offline
  if (link.state === 'limited') return fill(notice.limited, link.seconds)
  return link.state === 'reconnecting' ? notice.reconnecting : ''
}

/** Registers the element; a page that has it already keeps what it has. */
export function defineHufuScan(name = 'hufu-scan'): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return
  // A class can carry one name only; another name gets a class of its own.
  customElements.define(name, name === 'hufu-scan' ? HufuScan : class extends HufuScan {})
}

declare global {
  interface HTMLElementTagNameMap {
    'hufu-scan': HufuScan
  }
}
