/**
 * A strict reader for the XML the platform sends: elements, text, CDATA, the five named entities and character references.
 * No attributes, comments, declarations, DOCTYPE or processing instructions; one pass, linear in the length.
 */

/** One element of a push: text, or children. Arrays rather than objects, so that no name can reach a prototype. */
export interface XmlElement {
  readonly name: string
  /** The text of a leaf, untrimmed; empty for an element with children. */
  readonly text: string
  /** Only on an element with children. */
  readonly children: readonly XmlElement[] | undefined
}

/** The document is not in the platform's XML. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
}

/** UTF-16 units of a document; WeChat's own largest push is far below. */
const MAX_DOCUMENT = 128 * 1024
/** Below the root: SendPicsInfo / PicList / item / PicMd5Sum. */
const MAX_DEPTH = 4
/** Below the root, outside lists; the items themselves are outside. */
const MAX_ELEMENTS = 64
/** Inside `List` and `item`: the result of a mass send of 8 articles has about 90. */
const MAX_LISTED = 256
const MAX_NAME = 64
/** The platform writes CDATA; thousands of character references are an attempt to keep us busy. */
const MAX_REFERENCES = 4096

interface Reader {
  readonly xml: string
  position: number
  elements: number
  listed: number
  references: number
}

/**
 * The children of the root element `xml`.
 * @throws XmlError
 */
export function parseXml(xml: string): readonly XmlElement[] {
  if (xml.length > MAX_DOCUMENT) throw new XmlError('too long')
  if (xml.includes('\0')) throw new XmlError('NUL')
  const reader: Reader = { xml, position: skipSpace(xml, 0), elements: 0, listed: 0, references: 0 }
  if (xml.charCodeAt(reader.position) !== LESS) throw new XmlError('no root')
  reader.position++
  const root = readElement(reader, 0, false)
  if (skipSpace(xml, reader.position) !== xml.length) throw new XmlError('something after the root')
  if (root.name !== 'xml') throw new XmlError('unknown root')
  if (root.children === undefined && root.text !== '') throw new XmlError('text in the root')
  return root.children ?? []
}

const LESS = 0x3c
const GREATER = 0x3e
const SLASH = 0x2f

/** Reads from behind `<` of a start tag to behind the end tag. */
function readElement(reader: Reader, depth: number, listed: boolean): XmlElement {
  if (depth > MAX_DEPTH) throw new XmlError('too deep')
  if (listed ? ++reader.listed > MAX_LISTED : ++reader.elements > MAX_ELEMENTS + 1)
    throw new XmlError('too many elements')
  const name = readName(reader)
  const { xml } = reader
  let code = xml.charCodeAt(reader.position)
  if (code !== GREATER) {
    reader.position = skipSpace(xml, reader.position)
    code = xml.charCodeAt(reader.position)
    if (code === SLASH) {
      expectGreater(reader, reader.position + 1)
      return { name, text: '', children: undefined }
    }
  }
  expectGreater(reader, reader.position)
  return readContent(reader, name, depth, listed)
}

function readContent(reader: Reader, name: string, depth: number, listed: boolean): XmlElement {
  const { xml } = reader
  let text = ''
  let cdata = false
  let children: XmlElement[] | undefined
  for (;;) {
    const start = reader.position
    const less = xml.indexOf('<', start)
    if (less === -1) throw new XmlError('unclosed element')
    if (less > start) text += decodeText(reader, xml.slice(start, less))
    const code = xml.charCodeAt(less + 1)
    if (code === SLASH) {
      reader.position = less + 2
      if (!xml.startsWith(name, less + 2)) throw new XmlError('wrong end tag')
      expectGreater(reader, skipSpace(xml, less + 2 + name.length))
      break
    }
    if (code === 0x21) {
      if (!xml.startsWith('[CDATA[', less + 2)) throw new XmlError('markup declaration')
      const end = xml.indexOf(']]>', less + 9)
      if (end === -1) throw new XmlError('unclosed CDATA')
      text += xml.slice(less + 9, end)
      cdata = true
      reader.position = end + 3
    } else {
      reader.position = less + 1
      children ??= []
      const child = readElement(reader, depth + 1, listed || name === 'List' || name === 'item')
      if (isRepeated(child.name, children)) throw new XmlError('duplicate element')
      children.push(child)
    }
  }
  if (children === undefined) return { name, text, children }
  if (cdata || skipSpace(text, 0) !== text.length) throw new XmlError('text between elements')
  return { name, text: '', children }
}

/** The documented lists repeat an element; anything else twice is two answers to one question. */
function isRepeated(name: string, siblings: readonly XmlElement[]): boolean {
  if (name === 'List' || name === 'item') return false
  for (const sibling of siblings) if (sibling.name === name) return true
  return false
}

function readName(reader: Reader): string {
  const { xml } = reader
  const start = reader.position
  let end = start
  while (isNameCode(xml.charCodeAt(end))) end++
  const first = xml.charCodeAt(start)
  if (end === start || end - start > MAX_NAME || (first >= 0x30 && first <= 0x39)) throw new XmlError('bad name')
  reader.position = end
  return xml.slice(start, end)
}

/** ASCII letters, digits and underscore: every name the platform uses. */
function isNameCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === 0x5f
  )
}

function expectGreater(reader: Reader, position: number): void {
  if (reader.xml.charCodeAt(position) !== GREATER) throw new XmlError('bad tag')
  reader.position = position + 1
}

function skipSpace(xml: string, from: number): number {
  let position = from
  for (;;) {
    const code = xml.charCodeAt(position)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return position
    position++
  }
}

function decodeText(reader: Reader, text: string): string {
  if (text.includes(']]>')) throw new XmlError('end of CDATA in text')
  let ampersand = text.indexOf('&')
  if (ampersand === -1) return text
  let decoded = ''
  let position = 0
  while (ampersand !== -1) {
    if (++reader.references > MAX_REFERENCES) throw new XmlError('too many references')
    // The longest reference is &#x10ffff; so a missing semicolon cannot make this search the rest again and again.
    const reference = text.slice(ampersand + 1, ampersand + 11)
    const length = reference.indexOf(';')
    if (length === -1) throw new XmlError('bare ampersand')
    decoded += text.slice(position, ampersand) + decodeReference(reference.slice(0, length))
    position = ampersand + length + 2
    ampersand = text.indexOf('&', position)
  }
  return decoded + text.slice(position)
}

function decodeReference(reference: string): string {
  if (reference.charCodeAt(0) === 0x23) {
    const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(reference)
    const code = digits === null ? 0 : digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16)
    if (!isCharacter(code)) throw new XmlError('bad character reference')
    return String.fromCodePoint(code)
  }
  switch (reference) {
    case 'amp':
      return '&'
    case 'lt':
      return '<'
    case 'gt':
      return '>'
    case 'quot':
      return '"'
    case 'apos':
      return "'"
    default:
      throw new XmlError('unknown entity')
  }
}

/** `Char` of XML 1.0. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff)
}
