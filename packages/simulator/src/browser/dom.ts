import { type DefaultTreeAdapterTypes, parse } from 'parse5'

export type Document = DefaultTreeAdapterTypes.Document
export type Element = DefaultTreeAdapterTypes.Element
type Node = DefaultTreeAdapterTypes.ChildNode
type Parent = DefaultTreeAdapterTypes.ParentNode

/** As a browser whose JavaScript is off: `<noscript>` holds elements. */
export function parseHtml(html: string): Document {
  return parse(html, { scriptingEnabled: false })
}

function isElement(node: Node): node is Element {
  return 'tagName' in node
}

/** All elements in tree order. */
export function* elements(parent: Parent): Generator<Element> {
  for (const node of [...parent.childNodes]) {
    if (!isElement(node)) continue
    yield node
    yield* elements(node)
  }
}

export function findElement(parent: Parent, tagName: string): Element | undefined {
  for (const element of elements(parent)) if (element.tagName === tagName) return element
  return undefined
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((known) => known.name === name)?.value
}

export function setAttribute(element: Element, name: string, value: string): void {
  removeAttribute(element, name)
  element.attrs.push({ name, value })
}

export function removeAttribute(element: Element, name: string): void {
  element.attrs = element.attrs.filter((known) => known.name !== name)
}

export function remove(element: Element): void {
  const { parentNode } = element
  if (parentNode) parentNode.childNodes = parentNode.childNodes.filter((node) => node !== element)
}

/** What a `<template>` holds; no reader sees it. */
export function templateContent(element: Element): Parent | undefined {
  return isTemplate(element) ? element.content : undefined
}

function isTemplate(element: Element): element is DefaultTreeAdapterTypes.Template {
  return element.tagName === 'template'
}

export function setText(element: Element, text: string): void {
  element.childNodes = [{ nodeName: '#text', value: text, parentNode: element }]
}

export function closest(element: Element, tagName: string): Element | undefined {
  for (let node: Parent | null = element.parentNode; node; node = 'parentNode' in node ? node.parentNode : null) {
    if ('tagName' in node && node.tagName === tagName) return node
  }
  return undefined
}

const UNSEEN = new Set(['script', 'style', 'template', 'head', 'datalist', 'svg', 'select', 'textarea'])
const BLOCKS = new Set(
  'address article aside blockquote br button dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr label li main nav ol option p pre section summary table td th tr ul'.split(
    ' ',
  ),
)

function collect(parent: Parent, into: string[]): void {
  for (const node of parent.childNodes) {
    if (node.nodeName === '#text' && 'value' in node) into.push(node.value.replace(/\s+/g, ' '))
    if (!isElement(node) || UNSEEN.has(node.tagName) || attribute(node, 'hidden') !== undefined) continue
    const separator = BLOCKS.has(node.tagName) ? '\n' : ''
    into.push(separator)
    collect(node, into)
    into.push(separator)
  }
}

/** What a reader sees, one line for each block. */
export function visibleText(parent: Parent): string {
  const pieces: string[] = []
  collect(parent, pieces)
  return pieces
    .join('')
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
}

/** All text of an element, spaces kept: what a textarea or an option holds. */
export function rawText(parent: Parent): string {
  return parent.childNodes
    .map((node) => (node.nodeName === '#text' && 'value' in node ? node.value : isElement(node) ? rawText(node) : ''))
    .join('')
}
