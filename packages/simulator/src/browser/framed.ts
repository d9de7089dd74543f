import { serialize } from 'parse5'
import { attribute, type Element, elements, parseHtml, remove, removeAttribute, setAttribute, setText } from './dom.ts'
import { isSubscribeTag, readSubscribeTag } from './open-tags.ts'
import type { Page } from './pages.ts'

const REMOVED = new Set(['script', 'base', 'iframe', 'frame', 'object', 'embed', 'portal', 'applet'])
const DROPPED_ATTRIBUTES = [
  'srcset',
  'target',
  'formaction',
  'formmethod',
  'formenctype',
  'formtarget',
  'ping',
  'integrity',
]

/**
 * A page's HTML for a sandboxed frame without scripts: everything that would load or lead elsewhere leads through the
 * person's own browser instead.
 */
export function framedHtml(page: Page, personId: string): string {
  const document = parseHtml(page.html)
  const root = `/_sim/people/${encodeURIComponent(personId)}`
  const through = (action: string, url: string) =>
    `${root}/${action}?page=${page.id}&url=${encodeURIComponent(new URL(url, page.baseUrl).href)}`
  let form = 0
  for (const element of elements(document)) {
    if (isRemoved(element)) {
      remove(element)
      continue
    }
    if (isSubscribeTag(element)) {
      const { text, template_ids } = readSubscribeTag(element)
      const templates = encodeURIComponent(template_ids.join(','))
      becomeButton(element, text, `${root}/visit-subscribe?page=${page.id}&template=${templates}`)
      continue
    }
    const style = attribute(element, 'style')
    element.attrs = element.attrs.filter(({ name }) => !name.startsWith('on') && !DROPPED_ATTRIBUTES.includes(name))
    if (style !== undefined) setAttribute(element, 'style', rewriteCss(style, through))
    if (element.tagName === 'style') rewriteStyleElement(element, through)
    if (element.tagName === 'form') {
      setAttribute(element, 'action', `${root}/visit-form?page=${page.id}&form=${form++}`)
      setAttribute(element, 'method', 'post')
      removeAttribute(element, 'enctype')
    }
    rewriteAddress(element, page, through)
  }
  return serialize(document)
}

const OPEN_TAG_STYLE =
  'display:inline-block;padding:.6em 1.4em;border-radius:.5em;background:#07833f;color:#fff;text-decoration:none'

/** Without scripts an open tag is nothing: a link takes its place, for which nested forms are no obstacle. */
function becomeButton(element: Element, text: string, href: string): void {
  element.tagName = 'a'
  element.nodeName = 'a'
  element.attrs = [
    { name: 'href', value: href },
    { name: 'style', value: OPEN_TAG_STYLE },
  ]
  setText(element, text)
}

type Through = (action: string, url: string) => string

function isRemoved(element: Element): boolean {
  if (REMOVED.has(element.tagName)) return true
  if (element.tagName === 'meta') return attribute(element, 'http-equiv') !== undefined
  return element.tagName === 'link' && !/\bstylesheet\b/i.test(attribute(element, 'rel') ?? '')
}

function rewriteAddress(element: Element, page: Page, through: Through): void {
  const name = ['a', 'area', 'link'].includes(element.tagName) ? 'href' : 'src'
  const address = attribute(element, name)
  if (address === undefined || (name === 'href' && address.startsWith('#')) || address.startsWith('data:image/')) return
  const url = URL.canParse(address, page.baseUrl.href) ? new URL(address, page.baseUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) removeAttribute(element, name)
  else setAttribute(element, name, through(isLink(element) ? 'visit' : 'fetch', url.href))
}

function isLink({ tagName }: Element): boolean {
  return tagName === 'a' || tagName === 'area'
}

/** Pictures and fonts named in a style sheet. */
export function rewriteCss(css: string, through: Through): string {
  return css
    .replace(/url\(\s*(["']?)(.*?)\1\s*\)/gi, (whole, _quote, address: string) =>
      address.startsWith('data:') || address.startsWith('#') ? whole : `url("${resolved(address, through)}")`,
    )
    .replace(
      /@import\s+(["'])(.*?)\1/gi,
      (_whole, _quote, address: string) => `@import "${resolved(address, through)}"`,
    )
}

function resolved(address: string, through: Through): string {
  try {
    return through('fetch', address)
  } catch {
    return ''
  }
}

function rewriteStyleElement(element: Element, through: Through): void {
  for (const node of element.childNodes) {
    if (node.nodeName === '#text' && 'value' in node) node.value = rewriteCss(node.value, through)
  }
}
