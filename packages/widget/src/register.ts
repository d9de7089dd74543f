import type { Flow } from './flow.ts'
import type { Problem } from './http.ts'

/**
 * The form of a flow that asks its person to register. A file of its own, fetched only then: few visitors ever need it. Between it and the
 * element there are plain functions and the wire's own names, for the two files are minified apart.
 */
type Method = 'email' | 'phone'
type Body = Record<string, string | boolean>
type Words = readonly [zh: string, en: string]

const words = {
  email: ['邮箱', 'E-mail address'],
  phone: ['手机号', 'Phone number'],
  password: ['设置密码（至少 8 个字符）', 'Choose a password (8 characters or more)'],
  itsPassword: ['该账号的密码', 'Password of that account'],
  send: ['发送验证码', 'Send me a code'],
  code: ['六位验证码', 'Six digits'],
  sent: ['验证码已发往 {n}', 'A code is on its way to {n}'],
  submit: ['确定', 'OK'],
  resend: ['重新发送', 'Send again'],
  other: ['换一个', 'Use another one'],
  byEmail: ['改用邮箱', 'Use e-mail instead'],
  byPhone: ['改用手机号', 'Use a phone instead'],
  consent: ['{n} 已有账号。要把这个微信绑定到该账号吗？', 'There is an account with {n}. Link this WeChat with it?'],
  proof: [
    '{n} 的账号很久没有使用，请输入它的密码。',
    'The account with {n} was not used for long. Please enter its password.',
  ],
  link: ['绑定', 'Link'],
  bad_email: ['这不是可以收信的邮箱地址', 'This is no e-mail address that we can write to'],
  bad_phone: ['这不是可以收短信的手机号', 'This is no phone number that we can send to'],
  bad_password: [
    '请换一个密码：它太短、就是邮箱地址，或已在别处泄露',
    'Choose another password: this one is short, the address itself, or known from a leak',
  ],
  wrong_password: ['密码不对，请再试一次', 'That is not its password, please try again'],
  code_invalid: ['验证码不对，还可以试 {n} 次', 'Wrong digits, tries left: {n}'],
  code_expired: ['验证码已失效，请重新获取', 'This code is over, ask for a new one'],
  too_many_tries: ['输错次数太多，请重新获取验证码', 'Too many wrong tries, ask for a new code'],
  rate_limited: ['发送得太频繁，请稍后再试', 'Too many codes were sent, please wait'],
  user_already_bound: ['该账号已绑定别的微信', 'That account has another WeChat'],
  wechat_already_bound: ['这个微信已属于另一个账号', 'This WeChat belongs to another account'],
  support: ['该账号很久没有使用，请联系网站', 'That account was not used for long, please ask the site'],
  failed: ['没有成功，请稍后重试', 'That did not work, please try again'],
} satisfies Record<string, Words>

type Word = keyof typeof words

const css = `
.card:not([data-screen=register]) .register,[data-screen=register] .stage{display:none}
.register{width:100%}
.register form{display:grid;gap:8px;padding:0;text-align:start}
.register input{padding:8px 12px;border-color:var(--hufu-muted);font:inherit;letter-spacing:0;text-align:start}
.register label{margin-top:4px;font-weight:600}
.register .submit{margin-top:8px}`

/** Shows the form on the card; `post` answers with the flow, or throws something with a `problem`. */
export function form(root: ShadowRoot, flow: Flow | undefined, language: string, post: (body: Body) => unknown): void {
  const offered = (['email', 'phone'] as const).filter((method) => flow?.registration?.methods.includes(method))
  const place = placeIn(root)
  let method: Method = offered[0] ?? 'email'
  let contact = ''
  let password = ''
  let code = ''
  let to = ''

  const say = (word: Word, n: string | number = '') =>
    words[word][language === 'en' ? 1 : 0].replace('{n}', () => String(n))

  function element<K extends keyof HTMLElementTagNameMap>(name: K, part: string, text = ''): HTMLElementTagNameMap[K] {
    const made = document.createElement(name)
    made.className = part
    made.setAttribute('part', part)
    made.textContent = text
    return made
  }

  /** Text above, the field below; the form has few fields and lives in a shadow root of its own, so that ids cannot clash. */
  function field(id: string, label: string, attributes: Record<string, string>): [HTMLLabelElement, HTMLInputElement] {
    const name = element('label', 'label', label)
    name.htmlFor = id
    const input = element('input', 'field')
    for (const key in attributes) input.setAttribute(key, attributes[key] ?? '')
    input.id = id
    input.required = true
    input.setAttribute('aria-describedby', 'problem')
    return [name, input]
  }

  function show(
    text: string,
    fields: [HTMLLabelElement, HTMLInputElement][],
    action: Word,
    others: [Word, () => void][],
    submit: () => Promise<void>,
    error = '',
  ): void {
    const made = element('form', 'register-form')
    const problem = element('p', 'error', error)
    problem.id = 'problem'
    problem.setAttribute('role', 'alert')
    const button = element('button', 'button solid submit', say(action))
    const lead = element('p', 'text', text)
    lead.hidden = !text
    made.append(lead, ...fields.flat(), problem, button)
    for (const [word, act] of others) {
      const other = element('button', 'plain', say(word))
      other.type = 'button'
      other.onclick = act
      made.append(other)
    }
    made.onsubmit = async (event) => {
      event.preventDefault()
      if (button.disabled) return
      button.disabled = true
      await submit()
      button.disabled = false
    }
    const had = place.contains(root.activeElement)
    place.replaceChildren(made)
    if (had || error) (fields[0]?.[1] ?? button).focus({ preventScroll: true })
  }

  function askContact(error = ''): void {
    const type = method === 'email' ? 'email' : 'tel'
    const first = field('contact', say(method), { type, autocomplete: type, maxlength: '254', value: contact })
    const second = field('password', say('password'), {
      type: 'password',
      autocomplete: 'new-password',
      minlength: '8',
      maxlength: '128',
    })
    const other = offered.find((one) => one !== method)
    const others: [Word, () => void][] = other ? [[other === 'email' ? 'byEmail' : 'byPhone', () => turnTo(other)]] : []
    const fields = method === 'email' ? [first, second] : [first]
    show(
      '',
      fields,
      'send',
      others,
      () => {
        contact = first[1].value
        password = second[1].value
        return send()
      },
      error,
    )
  }

  function turnTo(other: Method): void {
    method = other
    contact = ''
    askContact()
  }

  async function send(): Promise<void> {
    await attempt(method === 'email' ? { email: contact, password } : { phone: contact }, askContact, (answer) => {
      const { registration } = answer as { registration?: { sent?: { to?: string } } }
      to = registration?.sent?.to ?? contact
      askCode()
    })
  }

  function askCode(error = ''): void {
    const typed = field('code', say('code'), { inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '12' })
    const others: [Word, () => void][] = [
      ['resend', () => void send()],
      ['other', () => askContact()],
    ]
    show(
      say('sent', to),
      [typed],
      'submit',
      others,
      () => {
        code = typed[1].value
        return prove({})
      },
      error,
    )
  }

  function prove(more: Body): Promise<void> {
    const body = method === 'email' ? { email: contact, email_code: code } : { phone: contact, sms_code: code }
    return attempt({ ...body, ...more }, askCode, () => place.replaceChildren())
  }

  /** There is an account: it is linked when its owner says so, and after a long time only with its password. */
  function ask(needs: string, tried: boolean): void {
    const others: [Word, () => void][] = [['other', () => askContact()]]
    if (needs === 'support') {
      askContact(say('support'))
      return
    }
    if (needs !== 'password') {
      show(say('consent', to), [], 'link', others, () => prove({ link: true }))
      return
    }
    const typed = field('password', say('itsPassword'), { type: 'password', autocomplete: 'current-password' })
    show(
      say('proof', to),
      [typed],
      'link',
      others,
      () => prove({ password: typed[1].value }),
      tried ? say('wrong_password') : '',
    )
  }

  async function attempt(body: Body, stay: (error: string) => void, then: (answer: unknown) => void): Promise<void> {
    try {
      then(await post(body))
    } catch (error) {
      const { problem } = (error ?? {}) as { problem?: Problem & Refused }
      if (problem?.code === 'credential_proof_required') ask(problem.needs ?? '', 'password' in body)
      else if (!problem) stay(say('failed'))
      else if (/^(code_expired|too_many_tries|.*_bound)$/.test(problem.code)) askContact(textOf(problem))
      else stay(textOf(problem))
    }
  }

  function textOf({ code, errors, tries_left }: Problem & Refused): string {
    const path = `bad_${errors?.[0]?.path}`
    const word = code === 'invalid_value' ? path : code
    return say(Object.hasOwn(words, word) ? (word as Word) : 'failed', tries_left)
  }

  // A server that does not say how leaves it at the sentence above.
  if (offered.length > 0) askContact()
}

/** Where the QR code was; made once, with its look. */
function placeIn(root: ShadowRoot): HTMLElement {
  const known = root.querySelector<HTMLElement>('.register')
  if (known) return known
  const place = document.createElement('div')
  place.className = 'register'
  root.querySelector('.stage')?.after(place)
  try {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
  } catch {
    // Safari before 16.4.
    root.appendChild(document.createElement('style')).textContent = css
  }
  return place
}

interface Refused {
  readonly needs?: string
  readonly errors?: readonly { readonly path: string }[]
}
