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

/** Drawings say nothing: what they show is said in words. */
export function svgElement(name: string, attributes: Record<string, string>, ...children: Node[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  return fit(element, { ...attributes, 'aria-hidden': 'true' }, children)
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
  phone: 'M7 3h10v18H7zM10 12l2 2 3-4',
  check: 'M5 12l5 5 9-10',
  cross: 'M7 7l10 10M17 7L7 17',
  renew: 'M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5',
  alert: 'M12 5v8M12 18h0',
}

export function icon(name: Icon): SVGElement {
  return svgElement('svg', { viewBox: '0 0 24 24' }, svgElement('path', { d: outlines[name] }))
}

/** A rounded square that empties clockwise, drawn on the edge of the QR code's tile. */
export function ring() {
  const line = (name: string) =>
    svgElement('rect', { class: name, x: '2', y: '2', width: '224', height: '224', rx: '18', pathLength: '100' })
  const left = line('left')
  return { element: svgElement('svg', { viewBox: '0 0 228 228', class: 'ring' }, line(''), left), left }
}
