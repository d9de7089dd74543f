import {
  attribute,
  type Document,
  type Element,
  elements,
  parseHtml,
  rawText,
  templateContent,
  visibleText,
} from './dom.ts'

/** A `<wx-open-subscribe template="id,id">` of a page: pressed, it asks for subscription notices. */
export type SubscribeTag = { text: string; template_ids: string[] }

export function isSubscribeTag({ tagName }: Element): boolean {
  return tagName === 'wx-open-subscribe'
}

/** What it looks like stands in a script or a template inside it, which no browser shows. */
function label(tag: Element): string {
  for (const inside of elements(tag)) {
    if (inside.tagName === 'script') return visibleText(parseHtml(rawText(inside)))
    const content = templateContent(inside)
    if (content) return visibleText(content)
  }
  return visibleText(tag)
}

export function readSubscribeTag(tag: Element): SubscribeTag {
  const template_ids = (attribute(tag, 'template') ?? '').split(',').map((id) => id.trim())
  return { text: label(tag) || '订阅', template_ids: template_ids.filter((id) => id !== '') }
}

/** @see https://developers.weixin.qq.com/doc/service/guide/h5/opentag.html */
export function readSubscribeTags(document: Document): SubscribeTag[] {
  return [...elements(document)].filter(isSubscribeTag).map(readSubscribeTag)
}
