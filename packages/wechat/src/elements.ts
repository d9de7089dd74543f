import type { XmlElement } from './xml.ts'

/** The text of a leaf; empty when it is absent. */
export function textOf(elements: readonly XmlElement[], name: string): string {
  for (const element of elements) if (element.name === name) return element.text
  return ''
}

/** The children of a container; none when it is absent or empty. */
export function childrenOf(elements: readonly XmlElement[], name: string): readonly XmlElement[] {
  for (const element of elements) if (element.name === name) return element.children ?? []
  return []
}

/** `{ [key]: text }`, or nothing when the leaf is absent or empty: for properties that may be missing. */
export function optional<Key extends string>(
  key: Key,
  elements: readonly XmlElement[],
  name: string,
): { readonly [K in Key]?: string } {
  const text = textOf(elements, name)
  return text === '' ? NOTHING : ({ [key]: text } as { readonly [K in Key]: string })
}

const NOTHING = Object.freeze({})
