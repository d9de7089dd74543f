import { h, setText, show } from './dom.ts'
import { fill } from './messages.ts'
import type { Content } from './view.ts'

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
  const input = h('input', {
    part: 'code-input',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    enterkeyhint: 'done',
    spellcheck: 'false',
    autocapitalize: 'off',
    'aria-describedby': 'error',
  })
  const error = h('p', { class: 'error', part: 'error', id: 'error', role: 'status' })
  const submit = h('button', { class: 'button solid', part: 'button submit', type: 'submit' })
  const form = h('form', { class: 'code', part: 'code' }, input, error, submit)
  let composing = false
  let was = ''

  function take(): void {
    if (composing || input.readOnly) return
    const digits = digitsOf(input.value)
    if (input.value !== digits) input.value = digits
    if (digits === was) return
    was = digits
    input.removeAttribute('aria-invalid')
    if (digits.length === length) onCode(digits)
  }

  input.addEventListener('compositionstart', () => {
    composing = true
  })
  input.addEventListener('compositionend', () => {
    composing = false
    take()
  })
  input.addEventListener('input', take)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const digits = digitsOf(input.value)
    if (digits.length === length && !input.readOnly) onCode(digits)
    else input.focus()
  })

  return {
    element: form,
    render(visible: boolean, { entry, messages }: Content, entered: boolean): void {
      show(form, visible)
      input.setAttribute('aria-label', messages.label.code)
      setText(submit, messages.label.submit)
      const wasSending = input.readOnly
      input.readOnly = entry.state === 'sending'
      if (entered || (wasSending && entry.state === 'wrong')) input.value = was = ''
      if (entry.state === 'wrong') input.setAttribute('aria-invalid', 'true')
      else input.removeAttribute('aria-invalid')
      setText(error, errorText(entry, messages))
      if (visible && entered && mayFocus(input)) input.focus({ preventScroll: true })
    },
  }
}

function errorText({ state, triesLeft }: Content['entry'], { entry }: Content['messages']): string {
  if (state === 'wrong') return triesLeft === undefined ? entry.wrong : fill(entry.triesLeft, triesLeft)
  return state === 'limited' || state === 'unsent' ? entry[state] : ''
}

/** Typing elsewhere on the page is not interrupted. */
function mayFocus(input: HTMLElement): boolean {
  const { activeElement, body } = document
  const root = input.getRootNode()
  const host = root instanceof ShadowRoot ? root.host : undefined
  return !activeElement || activeElement === body || activeElement === host
}
