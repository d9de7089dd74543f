/**
 * Makes an element whose class is also its `part`, for the page's style sheets. Text goes in as text nodes; there is no
 * way to pass markup.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  part: string,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  return fit(document.createElement(name), { ...attributes, class: part, part }, children)
}

export function svgElement(name: string, attributes: Record<string, string>, ...children: Node[]): SVGElement {
  return fit(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
}

function fit<E extends Element>(element: E, attributes: Record<string, string>, children: (Node | string)[]): E {
  for (const key in attributes) element.setAttribute(key, attributes[key] ?? '')
  element.append(...children)
  return element
}

/** Shows the text or hides the element; touches it only when it differs, so that live regions speak once. */
export function setText(element: HTMLElement, text = ''): void {
  element.hidden = !text
  if (element.textContent !== text) element.textContent = text
}

export type Icon = 'phone' | 'check' | 'cross' | 'renew' | 'alert'

const outlines: Record<Icon, string> = {
  phone: 'M8.5 2.5h7a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2ZM9.5 12l2 2 3.5-4',
  check: 'M5 12.5l5 5L19.5 7.5',
  cross: 'M7 7l10 10M17 7L7 17',
  renew: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15',
  alert: 'M12 5.5v8M12 18v.2',
}

export function icon(name: Icon): SVGElement {
  return svgElement('svg', { viewBox: '0 0 24 24' }, svgElement('path', { d: outlines[name] }))
}

/** A rounded square that empties clockwise from the top, drawn on the edge of the QR code's tile. */
export function ring() {
  const d = 'M114 2h94a18 18 0 0 1 18 18v188a18 18 0 0 1-18 18h-188a18 18 0 0 1-18-18v-188a18 18 0 0 1 18-18z'
  const left = svgElement('path', { d, class: 'left', pathLength: '100' })
  return {
    element: svgElement('svg', { viewBox: '0 0 228 228', class: 'ring' }, svgElement('path', { d }), left),
    left,
  }
}
