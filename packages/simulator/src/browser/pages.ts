import { base62 } from '../ids.ts'
import { attribute, type Document, elements, findElement, parseHtml, rawText, visibleText } from './dom.ts'
import { type Button, type Form, formButtons, formFields, readForms } from './forms.ts'
import { header, type Landed } from './navigation.ts'
import { readSubscribeTags, type SubscribeTag } from './open-tags.ts'
import { DEFAULT_POLICY, type ReferrerPolicy, readPolicy } from './referrer.ts'

/** What the in-WeChat browser shows. */
export type Page = {
  /** Unguessable: whoever names it has seen the page. */
  id: string
  url: URL
  baseUrl: URL
  status: number
  policy: ReferrerPolicy
  html: string
  document: Document
  forms: Form[]
}

/** How the control API tells of a page. */
export type PageView = {
  page: string
  url: string
  status: number
  title: string
  text: string
  forms: { action: string; method: string; fields: Record<string, string>; buttons: Button[] }[]
  outputs: Record<string, string>
  links: { text: string; url: string }[]
  subscriptions: SubscribeTag[]
}

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function asHtml({ answer }: Landed): string {
  const type = header(answer, 'content-type') ?? ''
  const text = answer.body.toString('utf8')
  return type === '' || /html|xml/.test(type) ? text : `<!doctype html><title></title><pre>${escapeText(text)}</pre>`
}

function metaPolicy(document: Document): ReferrerPolicy | undefined {
  for (const element of elements(document)) {
    if (element.tagName === 'meta' && attribute(element, 'name')?.toLowerCase() === 'referrer')
      return readPolicy(attribute(element, 'content'))
  }
  return undefined
}

export function createPage(landed: Landed): Page {
  const html = asHtml(landed)
  const document = parseHtml(html)
  const base = findElement(document, 'base')
  const href = base && attribute(base, 'href')
  const baseUrl = href && URL.canParse(href, landed.url.href) ? new URL(href, landed.url) : landed.url
  return {
    id: base62(32),
    url: landed.url,
    baseUrl,
    status: landed.status,
    policy: metaPolicy(document) ?? readPolicy(header(landed.answer, 'referrer-policy')) ?? DEFAULT_POLICY,
    html,
    document,
    forms: readForms(document, baseUrl),
  }
}

/** What is shown when there is no page: the address stays, the status is 0. */
export function errorPage(url: URL, message: string): Page {
  const body = Buffer.from(`<!doctype html><title>无法打开网页</title><p>${escapeText(message)}</p>`)
  return createPage({ url, status: 0, answer: { status: 0, headers: { 'content-type': 'text/html' }, body } })
}

/** Where `<meta http-equiv="refresh" content="0;url=…">` leads at once. */
export function refreshTarget(page: Page): URL | undefined {
  for (const element of elements(page.document)) {
    if (element.tagName !== 'meta' || attribute(element, 'http-equiv')?.toLowerCase() !== 'refresh') continue
    const found = /^\s*0\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(attribute(element, 'content') ?? '')
    const address = found?.[1]?.trim()
    if (address && URL.canParse(address, page.baseUrl.href)) return new URL(address, page.baseUrl)
  }
  return undefined
}

export function pageTitle(page: Page): string {
  const title = findElement(page.document, 'title')
  return title === undefined ? '' : rawText(title).replace(/\s+/g, ' ').trim()
}

export function viewPage(page: Page): PageView {
  const all = [...elements(page.document)]
  const outputs = all.filter(({ tagName }) => tagName === 'output')
  const anchors = all.filter(({ tagName }) => tagName === 'a')
  return {
    page: page.id,
    url: page.url.href,
    status: page.status,
    title: pageTitle(page),
    text: visibleText(page.document),
    forms: page.forms.map((form) => ({
      action: form.action.href,
      method: form.method,
      fields: formFields(form),
      buttons: formButtons(form),
    })),
    subscriptions: readSubscribeTags(page.document),
    outputs: Object.fromEntries(outputs.map((one) => [attribute(one, 'name') ?? '', visibleText(one)])),
    links: anchors.flatMap((anchor) => {
      const href = attribute(anchor, 'href')
      if (href === undefined || !URL.canParse(href, page.baseUrl.href)) return []
      return [{ text: visibleText(anchor), url: new URL(href, page.baseUrl).href }]
    }),
  }
}
