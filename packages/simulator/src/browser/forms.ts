import { Refusal } from '../refusals.ts'
import { attribute, closest, type Document, type Element, elements, rawText, visibleText } from './dom.ts'

export type Button = { name: string; value: string; text: string }
export type ButtonWish = Partial<Button>

type Control = {
  element: Element
  name: string
  kind: 'value' | 'checkable' | 'button'
  value: string
  checked: boolean
}

export type Form = { element: Element; action: URL; method: 'get' | 'post'; enctype: string; controls: Control[] }

export type Submission = { method: 'GET' | 'POST'; url: URL; body?: Buffer; contentType?: string }

const NOT_FIELDS = new Set(['button', 'reset', 'submit', 'image'])

function isDisabled(element: Element): boolean {
  if (attribute(element, 'disabled') !== undefined) return true
  const fieldset = closest(element, 'fieldset')
  return fieldset !== undefined && attribute(fieldset, 'disabled') !== undefined
}

function selectValue(select: Element): string {
  const options = [...elements(select)].filter(({ tagName }) => tagName === 'option')
  const chosen = options.find((option) => attribute(option, 'selected') !== undefined) ?? options[0]
  return chosen === undefined ? '' : (attribute(chosen, 'value') ?? rawText(chosen).trim())
}

function readControl(element: Element): Control | undefined {
  const name = attribute(element, 'name') ?? ''
  const base = { element, name, checked: false }
  const value = attribute(element, 'value')
  const type = (attribute(element, 'type') ?? '').toLowerCase()
  switch (element.tagName) {
    case 'button':
      return type === '' || type === 'submit' ? { ...base, kind: 'button', value: value ?? '' } : undefined
    case 'textarea':
      return { ...base, kind: 'value', value: rawText(element).replace(/^\n/, '') }
    case 'select':
      return { ...base, kind: 'value', value: selectValue(element) }
    case 'input':
      if (type === 'submit' || type === 'image') return { ...base, kind: 'button', value: value ?? '' }
      if (NOT_FIELDS.has(type)) return undefined
      if (type === 'checkbox' || type === 'radio') {
        const checked = attribute(element, 'checked') !== undefined
        return { ...base, kind: 'checkable', value: value ?? 'on', checked }
      }
      return { ...base, kind: 'value', value: value ?? '' }
    default:
      return undefined
  }
}

function owner(element: Element, forms: Element[]): Element | undefined {
  const id = attribute(element, 'form')
  return id === undefined ? closest(element, 'form') : forms.find((form) => attribute(form, 'id') === id)
}

export function readForms(document: Document, baseUrl: URL): Form[] {
  const all = [...elements(document)]
  const forms = all.filter(({ tagName }) => tagName === 'form')
  return forms.map((element) => {
    const mine = all.filter((one) => !isDisabled(one) && owner(one, forms) === element)
    return {
      element,
      action: resolve(attribute(element, 'action'), baseUrl),
      method: attribute(element, 'method')?.toLowerCase() === 'post' ? 'post' : 'get',
      enctype: attribute(element, 'enctype')?.toLowerCase() ?? 'application/x-www-form-urlencoded',
      controls: mine.flatMap((one) => readControl(one) ?? []),
    }
  })
}

function resolve(address: string | undefined, baseUrl: URL): URL {
  return address && URL.canParse(address, baseUrl.href) ? new URL(address, baseUrl) : new URL(baseUrl)
}

export function formFields(form: Form): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const { name, kind, value, checked } of form.controls) {
    if (name === '' || kind === 'button') continue
    if (kind === 'value' || checked) fields[name] = value
    else fields[name] ??= ''
  }
  return fields
}

function toButton({ element, name, value }: Control): Button {
  return { name, value, text: element.tagName === 'button' ? visibleText(element) : value }
}

export function formButtons(form: Form): Button[] {
  return form.controls.filter(({ kind }) => kind === 'button').map(toButton)
}

/** The button a person presses; without a wish the first one, as the Enter key does. */
export function findButton(form: Form, wish: ButtonWish | undefined): Control | undefined {
  const buttons = form.controls.filter(({ kind }) => kind === 'button')
  if (wish === undefined) return buttons[0]
  const found = buttons.find((control) => {
    const button = toButton(control)
    return (['name', 'value', 'text'] as const).every((key) => wish[key] === undefined || wish[key] === button[key])
  })
  if (found === undefined) throw new Refusal(409, 'no_such_button', 'the form has no such button')
  return found
}

/** What a browser would send, with the person's own input in place of the defaults. */
export function formEntries(
  form: Form,
  button: Control | undefined,
  fields: Record<string, string>,
): [string, string][] {
  for (const name of Object.keys(fields)) {
    if (!form.controls.some((control) => control.name === name && control.kind !== 'button'))
      throw new Refusal(409, 'no_such_field', `the form has no field ${name}`)
  }
  return form.controls.flatMap((control): [string, string][] => {
    const { name, kind, value, checked } = control
    if (name === '') return []
    const typed = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (kind === 'button') return control === button ? [[name, value]] : []
    if (kind === 'value') return [[name, typed ?? value]]
    return (typed === undefined ? checked : typed === value) ? [[name, value]] : []
  })
}

export function buildSubmission(form: Form, button: Control | undefined, entries: [string, string][]): Submission {
  const override = (name: string) => (button ? attribute(button.element, name) : undefined)
  const url = resolve(override('formaction') ?? form.action.href, form.action)
  const method = (override('formmethod') ?? form.method).toLowerCase() === 'post' ? 'POST' : 'GET'
  const encoded = new URLSearchParams(entries).toString()
  if (method === 'GET') {
    url.search = encoded
    return { method, url }
  }
  if ((override('formenctype') ?? form.enctype) === 'multipart/form-data') return { method, url, ...multipart(entries) }
  return { method, url, body: Buffer.from(encoded), contentType: 'application/x-www-form-urlencoded' }
}

function multipart(entries: [string, string][]): { body: Buffer; contentType: string } {
  const boundary = `----WebKitFormBoundary${Math.random().toString(36).slice(2, 18)}`
  const parts = entries.map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name.replaceAll('"', '%22')}"\r\n\r\n${value}\r\n`,
  )
  return {
    body: Buffer.from(`${parts.join('')}--${boundary}--\r\n`),
    contentType: `multipart/form-data; boundary=${boundary}`,
  }
}
