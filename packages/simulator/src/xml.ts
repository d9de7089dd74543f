/** Strings are written in CDATA, numbers bare; a list repeats its element. */
export type XmlValue = string | number | bigint | XmlFields | XmlFields[]
export type XmlFields = { [name: string]: XmlValue }

export function writeXml(fields: XmlFields): string {
  return `<xml>${writeFields(fields)}</xml>`
}

function writeFields(fields: XmlFields): string {
  return Object.entries(fields)
    .map(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => writeElement(name, one)).join(''))
    .join('\n')
}

function writeElement(name: string, value: string | number | bigint | XmlFields): string {
  if (typeof value === 'object') return `<${name}>${writeFields(value)}</${name}>`
  if (typeof value !== 'string') return `<${name}>${value}</${name}>`
  return `<${name}>${cdata(value)}</${name}>`
}

export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

export type XmlElement = { name: string; text: string; children: XmlElement[] }

/** Why an answer is no document: in words, for the push log. */
export class XmlError extends Error {}

const NAME = /[A-Za-z_][\w.-]*/y
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const MAX_DEPTH = 8

/** Reads one document without attributes, comments, processing instructions and DOCTYPE: what a reply may be. */
export function readXml(source: string): XmlElement {
  const text = source.replace(/^\uFEFF/, '')
  const reader = { text, at: 0 }
  skipSpace(reader)
  if (text.startsWith('<?xml', reader.at)) {
    const end = text.indexOf('?>', reader.at)
    if (end < 0) throw new XmlError('an XML declaration without end')
    reader.at = end + 2
    skipSpace(reader)
  }
  const root = readElement(reader, 1)
  skipSpace(reader)
  if (reader.at !== text.length) throw new XmlError('characters after the document')
  return root
}

type Reader = { text: string; at: number }

function skipSpace(reader: Reader): void {
  while (/\s/.test(reader.text.charAt(reader.at))) reader.at++
}

function readName(reader: Reader): string {
  NAME.lastIndex = reader.at
  const name = NAME.exec(reader.text)?.[0]
  if (name === undefined) throw new XmlError('not an XML element')
  reader.at += name.length
  return name
}

function expect(reader: Reader, token: string): void {
  if (!reader.text.startsWith(token, reader.at)) throw new XmlError(`${token} expected`)
  reader.at += token.length
}

function readElement(reader: Reader, depth: number): XmlElement {
  if (depth > MAX_DEPTH) throw new XmlError('nested too deep')
  expect(reader, '<')
  const element: XmlElement = { name: readName(reader), text: '', children: [] }
  skipSpace(reader)
  if (reader.text.startsWith('/>', reader.at)) {
    reader.at += 2
    return element
  }
  expect(reader, '>')
  readContent(reader, element, depth)
  expect(reader, `</${element.name}`)
  skipSpace(reader)
  expect(reader, '>')
  return element
}

function readContent(reader: Reader, element: XmlElement, depth: number): void {
  let loose = ''
  for (;;) {
    const next = reader.text.indexOf('<', reader.at)
    if (next < 0) throw new XmlError(`<${element.name}> is not closed`)
    loose += decode(reader.text.slice(reader.at, next))
    reader.at = next
    if (reader.text.startsWith('</', next)) break
    if (reader.text.startsWith('<![CDATA[', next)) {
      const end = reader.text.indexOf(']]>', next)
      if (end < 0) throw new XmlError('CDATA is not closed')
      loose += reader.text.slice(next + 9, end)
      reader.at = end + 3
    } else {
      element.children.push(readElement(reader, depth + 1))
    }
  }
  if (element.children.length > 0 && loose.trim() !== '') throw new XmlError('text between elements')
  element.text = element.children.length > 0 ? '' : loose
}

function decode(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined
    if (known !== undefined && whole.endsWith(';')) return known
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name)
    const point = code ? Number.parseInt(code[1] ?? code[2] ?? '', code[1] ? 16 : 10) : Number.NaN
    if (!whole.endsWith(';') || Number.isNaN(point) || point > 0x10ffff) throw new XmlError('an unknown entity')
    return String.fromCodePoint(point)
  })
}

/** The text of a direct child, or undefined. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text
}

export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((one) => one.name === name)
}
