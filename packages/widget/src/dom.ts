import { svgElement } from './qr.ts'

/** Makes an element. Text goes in as text nodes; there is no way to pass markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

/** Touches the text only when it differs, so that live regions speak once. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible
}

export type Icon = 'phone' | 'check' | 'cross' | 'renew' | 'alert'

const outlines: Record<Icon, string> = {
  phone: 'M8.5 2.5h7a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2ZM9.5 12l2 2 3.5-4',
  check: 'M5 12.5l4.8 4.8L19.5 7.5',
  cross: 'M7 7l10 10M17 7L7 17',
  renew: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15',
  alert: 'M12 5.5v8M12 18v.2',
}

export function icon(name: Icon): SVGElement {
  return svgElement('svg', { viewBox: '0 0 24 24' }, svgElement('path', { d: outlines[name] }))
}

/** A rounded square that empties clockwise from the top, drawn on the edge of the QR code's tile. */
export function ring(): { element: SVGElement; left: SVGElement } {
  const d =
    'M114 1.5H208a18.5 18.5 0 0 1 18.5 18.5V208a18.5 18.5 0 0 1-18.5 18.5H20A18.5 18.5 0 0 1 1.5 208V20A18.5 18.5 0 0 1 20 1.5Z'
  const left = svgElement('path', { d, class: 'left', pathLength: '100' })
  const track = svgElement('path', { d, class: 'track' })
  return {
    element: svgElement('svg', { viewBox: '0 0 228 228', class: 'ring', 'aria-hidden': 'true' }, track, left),
    left,
  }
}
