/**
 * The two things the phone needs from a view library: making elements, and keeping a list up to date
 * without losing focus, scroll position or what a screen reader has already read.
 */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [props] `on…` functions become listeners, `class` and `data-*` attributes stay attributes
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value))
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child)
  return element
}

/**
 * Makes `parent` show `items`: entries that did not change keep their element.
 * @template T
 * @param {HTMLElement} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} build
 */
export function keyed(parent, items, keyOf, build) {
  const old = new Map([...parent.children].map((element) => [element.getAttribute('data-key'), element]))
  items.forEach((item, index) => {
    const key = keyOf(item)
    const signature = JSON.stringify(item)
    let element = old.get(key)
    old.delete(key)
    if (!element || signatures.get(element) !== signature) {
      const fresh = build(item)
      fresh.setAttribute('data-key', key)
      signatures.set(fresh, signature)
      const focused = element?.contains(document.activeElement)
      element?.replaceWith(fresh)
      if (focused) focusable(fresh)?.focus()
      element = fresh
    }
    if (element && parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null)
  })
  for (const element of old.values()) element.remove()
}

/** @type {WeakMap<Element, string>} */
const signatures = new WeakMap()

/** @param {HTMLElement} element */
function focusable(element) {
  if (element.matches('button, a[href], input')) return element
  return /** @type {HTMLElement | null} */ (element.querySelector('button, a[href], input'))
}

const drawings = {
  back: '<path d="M15 5l-7 7 7 7"/>',
  close: '<path d="M6 6l12 12M18 6L6 18"/>',
  scan: '<path d="M4 9V6a2 2 0 012-2h3M15 4h3a2 2 0 012 2v3M20 15v3a2 2 0 01-2 2h-3M9 20H6a2 2 0 01-2-2v-3M4 12h16"/>',
  chats:
    '<path d="M12 4c5 0 9 3.1 9 7s-4 7-9 7c-1 0-2-.1-2.900-.4L5 20l.9-3.400C4.100 15.300 3 13.300 3 11c0-3.900 4-7 9-7z"/>',
  person: '<circle cx="12" cy="8" r="4"/><path d="M4.500 20c.8-4 3.800-6 7.500-6s6.700 2 7.500 6"/>',
  more: '<circle cx="6" cy="12" r=".6"/><circle cx="12" cy="12" r=".6"/><circle cx="18" cy="12" r=".6"/>',
  send: '<path d="M12 19V5M6 11l6-6 6 6"/>',
  chevron: '<path d="M9 6l6 6-6 6"/>',
  link: '<path d="M10 14l4-4M8 12l-2 2a3 3 0 004 4l2-2M16 12l2-2a3 3 0 00-4-4l-2 2"/>',
  reload: '<path d="M19 12a7 7 0 11-2-5M19 4v4h-4"/>',
  plus: '<path d="M12 5v14M5 12h14"/>',
  clock: '<circle cx="12" cy="12" r="8"/><path d="M12 8v4l3 2"/>',
  check: '<path d="M5 13l4 4 10-10"/>',
  broken: '<path d="M4 4h7v7H4zM13 4h7v4M20 13v7h-5M4 13v7h7M14 14l2 2"/>',
  unplugged: '<path d="M9 3v5M15 3v5M6 8h12v3a6 6 0 01-12 0zM12 17v4M3 3l18 18"/>',
  menu: '<path d="M5 8h14M5 12h14M5 16h14"/>',
  keyboard: '<path d="M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8"/>',
  signal: '<path d="M5 18v-3M10 18v-6M15 18V9M20 18V6"/>',
  wifi: '<path d="M3 10a13 13 0 0118 0M6.500 13.500a8 8 0 0111 0M10 17a3 3 0 014 0"/>',
  battery: '<path d="M3 8h16v8H3zM21.500 11v2"/><path d="M5.500 10.500h9v3h-9z" fill="currentColor"/>',
}

/**
 * @param {keyof typeof drawings} name
 * @returns {Element}
 */
export function icon(name) {
  const template = document.createElement('template')
  template.innerHTML = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${drawings[name]}</svg>`
  return /** @type {Element} */ (template.content.firstElementChild)
}

/**
 * A coloured tile with the first character of a name; the same name always gets the same colour.
 * @param {string} name
 * @param {'person' | 'account'} [shape]
 */
export function avatar(name, shape = 'account') {
  const element = h(
    'span',
    { class: `avatar ${shape}`, 'aria-hidden': 'true' },
    [...name.trim()][0]?.toUpperCase() ?? '?',
  )
  let hue = 0
  for (const character of name) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 360
  element.style.setProperty('--hue', String(hue))
  return element
}

/** Reading position for keyboard and screen reader: the heading of a screen that has just opened. */
export function focusHeading(/** @type {HTMLElement} */ element) {
  const heading = /** @type {HTMLElement | null} */ (element.querySelector('h1'))
  heading?.setAttribute('tabindex', '-1')
  heading?.focus({ preventScroll: true })
}
