import { h, setText } from './dom.ts'
import type { Entry } from './scan.ts'
import type { Say } from './words.ts'

const length = 6

/** Full-width digits, spaces and hyphens come with input methods and copying; they mean the same. */
export function digitsOf(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[^0-9]/g, '')
    .slice(0, length)
}

/** One field for six digits: phones offer their keypad, a paste fills it, the sixth digit sends it. */
export function createCodeForm(onCode: (code: string) => void) {
  const input = h('input', 'code-input', {
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    'aria-labelledby': 'title',
    'aria-describedby': 'error',
    placeholder: '––––––',
  })
  const error = h('p', 'error', { id: 'error', role: 'alert' })
  const submit = h('button', 'button solid submit')
  const element = h('form', 'code', {}, input, error, submit)
  let was = ''

  function send(): void {
    if (was.length === length && !input.readOnly) onCode(was)
  }

  function take(event: Event): void {
    // An input method is still at work: its text is not final, and changing it would break the composition.
    if ((event as InputEvent).isComposing) return
    const digits = digitsOf(input.value)
    input.value = digits
    if (digits === was) return
    was = digits
    send()
  }

  input.addEventListener('compositionend', take)
  input.addEventListener('input', take)
  element.addEventListener('submit', (event) => {
    event.preventDefault()
    send()
  })

  return {
    element,
    render(visible: boolean, entry: Entry, say: Say, entered: boolean): void {
      element.hidden = !visible
      const wrong = typeof entry === 'number'
      if (entered || (wrong && input.readOnly)) input.value = was = ''
      input.readOnly = entry === 'sending'
      input.setAttribute('aria-invalid', String(wrong))
      setText(submit, say('submit'))
      setText(error, wrong ? say('wrong', entry) : entry === 'unsent' ? say(entry) : '')
      if (visible && entered && mayFocus(input)) input.focus({ preventScroll: true })
    },
  }
}

/** Typing elsewhere on the page is not interrupted. */
function mayFocus(input: HTMLElement): boolean {
  const { activeElement, body } = document
  return !activeElement || activeElement === body || activeElement.shadowRoot === input.getRootNode()
}
