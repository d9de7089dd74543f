/** One element of a push: text, or children. Arrays rather than objects, so that no name can reach a prototype. */
export interface XmlElement {
  readonly name: string
  /** The text of a leaf; empty for an element with children. */
  readonly text: string
  /** Present only on an element with children. */
  readonly children?: readonly XmlElement[]
}
