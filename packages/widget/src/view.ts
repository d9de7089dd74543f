import { createCodeForm } from './code-form.ts'
import { clockText, type TimeLeft } from './countdown.ts'
import { h, type Icon, icon, ring, setText, show } from './dom.ts'
import { createHelp } from './help.ts'
import { fill, type Language, type Messages, type Text } from './messages.ts'
import { drawQr, type QrShape } from './qr.ts'
import type { Entry } from './scan.ts'
import { isTimed, isUnderWay, type Screen } from './screen.ts'

/** All that is on the card at one moment. */
export interface Content {
  readonly screen: Screen
  readonly language: Language
  readonly messages: Messages
  readonly text: Text
  readonly entry: Entry
  readonly notice: string
  readonly qr?: QrShape | undefined
  readonly number?: string | undefined
  /** Where WeChat's own browser goes on instead of scanning. */
  readonly open?: string | undefined
  /** The same address, for people who cannot scan. */
  readonly link?: string | undefined
}

type Mood = 'qr' | 'phone' | 'good' | 'bad' | 'quiet' | 'busy' | 'plain'

const looks: Record<Screen, readonly [Mood, Icon?]> = {
  loading: ['busy'],
  waiting: ['qr'],
  wechat: ['phone', 'phone'],
  scanned: ['phone', 'phone'],
  number: ['plain'],
  code: ['plain'],
  register: ['quiet', 'alert'],
  finishing: ['busy'],
  done: ['good', 'check'],
  elsewhere: ['good', 'check'],
  declined: ['quiet', 'cross'],
  expired: ['quiet', 'renew'],
  cancelled: ['quiet', 'cross'],
  failed: ['bad', 'alert'],
  unfinished: ['bad', 'alert'],
  trouble: ['bad', 'alert'],
}

export type View = ReturnType<typeof createView>

/** Builds the card once and from then on only changes it: focus stays, and live regions speak of what is new. */
export function createView(root: ShadowRoot, on: { action(): void; another(): void; code(code: string): void }) {
  const title = h('p', { class: 'title', part: 'title' })
  const sentence = h('p', { class: 'text', part: 'text' })
  const spelled = h('p', { class: 'away' })
  const status = h(
    'div',
    { class: 'status', part: 'status', role: 'status', 'aria-atomic': 'true' },
    title,
    sentence,
    spelled,
  )
  const { element: ringElement, left } = ring()
  const qr = h('div', { class: 'qr', part: 'qr', role: 'img' })
  const badge = h('div', { class: 'badge', part: 'badge', 'aria-hidden': 'true' })
  const number = h('div', { class: 'number', part: 'number', 'aria-hidden': 'true' })
  const spinner = h('div', { class: 'spinner', 'aria-hidden': 'true' })
  const code = createCodeForm(on.code)
  const stage = h('div', { class: 'stage', part: 'stage' }, ringElement, qr, badge, number, spinner, code.element)
  const open = h('a', { class: 'button solid', part: 'button open' })
  const action = h('button', { class: 'button', part: 'button action', type: 'button' })
  const another = h('button', { class: 'plain', part: 'another', type: 'button' })
  const notice = h('p', { class: 'notice', part: 'notice', role: 'status' })
  const time = h('p', { class: 'time', part: 'time', role: 'timer' })
  const rarely = h('p', { class: 'away', 'aria-live': 'polite' })
  const help = createHelp()
  const card = h('section', { class: 'card', part: 'card', role: 'group', tabindex: '-1' })
  card.append(status, stage, open, action, notice, time, another, help.element, rarely)

  let content: Content | undefined
  let drawn = ''
  action.addEventListener('click', on.action)
  another.addEventListener('click', on.another)
  // For mice only: the button below says and does the same for everybody.
  stage.addEventListener('click', () => {
    if (content?.screen === 'expired') on.action()
  })

  function drawStage({ screen, qr: shape, number: digits }: Content): void {
    const [mood, symbol] = looks[screen]
    stage.dataset.mood = mood
    if (shape && shape.path !== drawn) {
      drawn = shape.path
      qr.replaceChildren(drawQr(shape))
    }
    show(qr, screen === 'waiting' || screen === 'expired')
    show(badge, symbol !== undefined)
    if (symbol && badge.dataset.icon !== screen) badge.replaceChildren(icon(symbol))
    badge.dataset.icon = screen
    show(number, screen === 'number')
    setText(number, digits ?? '')
    show(spinner, mood === 'busy')
    ringElement.toggleAttribute('hidden', !isTimed(screen))
  }

  /** What had the focus is gone: keep the reader's place on the card instead of dropping it to the page. */
  function keepFocus(had: Element | null): void {
    if (had && (had as HTMLElement).offsetParent === null) card.focus({ preventScroll: true })
  }

  function render(next: Content): void {
    const { screen, messages, text, language } = next
    const { label } = messages
    const entered = content?.screen !== screen
    const had = root.activeElement
    content = next
    card.lang = language
    card.dataset.screen = screen
    card.setAttribute('aria-label', label.card)
    card.setAttribute('aria-busy', String(looks[screen][0] === 'busy'))
    setText(title, text[0])
    setText(sentence, text[1])
    setText(spelled, screen === 'number' && next.number ? label.number + [...next.number].join(' ') : '')
    qr.setAttribute('aria-label', label.qr)
    drawStage(next)
    code.render(screen === 'code', next, entered)
    setText(open, label.open)
    show(open, next.open !== undefined)
    if (next.open) open.setAttribute('href', next.open)
    setText(action, text[2] ?? '')
    show(action, text[2] !== undefined)
    setText(another, label.another)
    show(another, isUnderWay(screen))
    setText(notice, next.notice)
    show(notice, next.notice !== '')
    help.render(screen === 'waiting' ? next.link : undefined, label)
    keepFocus(had)
  }

  return {
    card,
    render,
    tick(remaining: TimeLeft | undefined): void {
      if (!content) return
      const { time: words } = content.messages
      setText(time, remaining ? fill(words.left, clockText(remaining.seconds)) : '')
      left.style.strokeDashoffset = String(100 - 100 * (remaining?.fraction ?? 0))
      left.classList.toggle('soon', remaining !== undefined && remaining.seconds <= 15)
      if (remaining?.seconds === 30) setText(rarely, fill(words.soon, 30))
    },
    /** Says something to screen readers that others can see by themselves. */
    announce(text: string): void {
      setText(rarely, text)
    },
  }
}
