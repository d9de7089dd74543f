import { createCodeForm } from './code-form.ts'
import { clockText, createCountdown, type TimeLeft } from './countdown.ts'
import { h, type Icon, icon, ring, setText } from './dom.ts'
import { webAddress } from './flow.ts'
import { createHelp } from './help.ts'
import type { Language } from './messages.ts'
import { drawQr, qrShape } from './qr.ts'
import type { Progress } from './scan.ts'
import { isTimed, isUnderWay, type Screen, screenOf } from './screen.ts'
import { type Say, speak, wordsFor } from './words.ts'

const icons: Partial<Record<Screen, Icon>> = {
  finishing: 'check',
  wechat: 'phone',
  scanned: 'phone',
  done: 'check',
  elsewhere: 'check',
  declined: 'cross',
  cancelled: 'cross',
  expired: 'renew',
  failed: 'alert',
  unfinished: 'alert',
  trouble: 'alert',
}

/** What the button says, on the screens that have one. */
function actionOf(screen: Screen): 'renew' | 'again' | 'reload' | undefined {
  if (screen === 'elsewhere') return 'reload'
  if (screen === 'expired' || screen === 'trouble') return 'renew'
  return icons[screen] === 'cross' || icons[screen] === 'alert' ? 'again' : undefined
}

export interface ViewEvents {
  renew(): void
  code(code: string): void
  /** Somebody unknown is to register, here on the card. */
  unknown(): void
  /** By this browser's clock the flow should be over. */
  late(): void
}

export type View = ReturnType<typeof createView>

/** Builds the card once and from then on only changes it: focus stays, and live regions speak of what is new. */
export function createView(on: ViewEvents) {
  const title = h('p', 'title', { id: 'title' })
  const sentence = h('p', 'text')
  const spelled = h('p', 'away')
  const { element: ringElement, left } = ring()
  const qr = h('div', 'qr', { role: 'img' })
  const badge = h('div', 'badge')
  const number = h('div', 'number', { 'aria-hidden': 'true' })
  const code = createCodeForm(on.code)
  const typed = h('p', 'chat')
  const stage = h('div', 'stage', {}, ringElement, qr, badge, number, code.element)
  const open = h('a', 'button solid open')
  const button = h('button', 'button action')
  const another = h('button', 'plain another')
  const notice = h('p', 'notice', { role: 'status' })
  const time = h('p', 'time', { role: 'timer' })
  const rarely = h('p', 'away', { role: 'status' })
  const help = createHelp()
  const card = h(
    'div',
    'card',
    { role: 'group', tabindex: '-1', 'aria-labelledby': 'title' },
    h('div', 'status', { role: 'status' }, title, sentence, spelled),
    stage,
    typed,
    open,
    button,
    notice,
    time,
    another,
    help.element,
    rarely,
  )
  const countdown = createCountdown({ tick, over: on.late })
  let screen: Screen | undefined
  let say: Say = speak('en')
  let drawn: string | undefined

  button.onclick = () => (screen === 'elsewhere' ? location.reload() : on.renew())
  another.onclick = on.renew
  // For mice only: the button below says and does the same for everybody.
  stage.onclick = () => screen === 'expired' && on.renew()

  function tick(remaining?: TimeLeft): void {
    setText(time, remaining && say('left', clockText(remaining.seconds)))
    left.style.strokeDashoffset = `${100 - 100 * (remaining?.fraction ?? 0)}`
    card.classList.toggle('soon', !!remaining && remaining.seconds < 16)
    // For screen readers; at a renewal the status itself speaks.
    if (remaining?.seconds === 30) setText(rarely, time.textContent)
  }

  function drawStage({ flow }: Progress, screen: Screen, entered: boolean): void {
    const symbol = icons[screen]
    const action = actionOf(screen)
    const shape = flow && qrShape(flow.qr.svg)
    if (shape && shape.path !== drawn) qr.replaceChildren(drawQr(shape))
    drawn = shape?.path
    qr.hidden = screen !== 'waiting' && screen !== 'expired'
    qr.setAttribute('aria-label', say('qr'))
    badge.hidden = !symbol
    if (entered && symbol) badge.replaceChildren(icon(symbol))
    card.dataset.icon = symbol
    setText(number, screen === 'number' ? flow?.number : '')
    setText(spelled, number.textContent.split('').join(' '))
    setText(button, action && say(action))
  }

  function noticeOf({ link }: Progress): string {
    if (!navigator.onLine) return say('offline')
    if (link === 'up') return ''
    return link === 'reconnecting' ? say(link) : say('limited', link)
  }

  return {
    card,

    render(progress: Progress, language: Language): void {
      const { flow, clockOffset, digits } = progress
      const had = (card.getRootNode() as ShadowRoot).activeElement
      const inWechat = /MicroMessenger/i.test(navigator.userAgent)
      const before = screen
      const address = webAddress(flow?.wechat_url)
      screen = screenOf(progress, inWechat)
      say = speak(language)
      const entered = screen !== before
      const timed = isTimed(screen)
      const [heading, text] = wordsFor(screen, flow, language)
      card.lang = language
      card.dataset.screen = screen
      setText(title, heading)
      setText(sentence, text)
      setText(typed, flow?.chat_code)
      drawStage(progress, screen, entered)
      if (entered && screen === 'register') on.unknown()
      code.render(screen === 'code', digits, say, entered)
      // WeChat's own browser cannot scan what it shows.
      open.href = address ?? ''
      setText(open, address && inWechat && (screen === 'wechat' || screen === 'scanned') ? say('open') : '')
      setText(another, isUnderWay(screen) ? say('another') : '')
      setText(notice, timed || screen === 'loading' ? noticeOf(progress) : '')
      help.render(screen === 'waiting' ? address : undefined, say)
      ringElement.toggleAttribute('hidden', !timed)
      if (flow && timed) countdown.run(flow, clockOffset)
      else this.stop()
      // What had the focus is gone: keep the reader's place on the card instead of dropping it to the page.
      if (had && !(had as HTMLElement).offsetParent) card.focus({ preventScroll: true })
    },

    stop(): void {
      countdown.stop()
      tick()
    },
  }
}
