/** What a chat holds besides plain bubbles: links, news, template messages and subscription notices, menus. */
import { h, icon } from '../dom.js'
import { busy, button } from '../parts.js'

/** @param {import('../main.js').Phone} phone @param {import('../api.js').Part[]} list */
export function parts(phone, list) {
  return list.map((part) => (part.url && isWebAddress(part.url) ? link(phone, part.url, {}, part.text) : part.text))
}

/** @param {import('../main.js').Phone} phone @param {import('../api.js').Card[]} list */
export function cards(phone, list) {
  return h(
    'div',
    { class: 'cards' },
    ...list.map((card) => {
      const inside = [
        h(
          'span',
          { class: 'cardtext' },
          h('span', { class: 'cardtitle' }, card.title ?? ''),
          card.description ? h('span', { class: 'muted' }, card.description) : '',
        ),
        card.image && isWebAddress(card.image)
          ? h('img', {
              class: 'cardimage',
              src: card.image,
              alt: '',
              loading: 'lazy',
              referrerpolicy: 'no-referrer',
              onerror: (/** @type {Event} */ event) => /** @type {Element} */ (event.currentTarget).remove(),
            })
          : '',
      ]
      return card.url && isWebAddress(card.url)
        ? link(phone, card.url, { class: 'newscard' }, ...inside)
        : h('div', { class: 'newscard' }, ...inside)
    }),
  )
}

/**
 * A link opens in this person's WeChat browser, never in the visitor's own.
 * @param {import('../main.js').Phone} phone
 * @param {string} url
 * @param {Record<string, string>} props
 * @param {...(Node | string)} inside
 */
function link(phone, url, props, ...inside) {
  const open = (/** @type {Event} */ event) => {
    event.preventDefault()
    void phone.openPage(url)
  }
  return h('a', { href: url, rel: 'noreferrer', onclick: open, onauxclick: open, ...props }, ...inside)
}

/** Anything else (`javascript:`, `weixin:`) would act in the visitor's browser. @param {string} url */
function isWebAddress(url) {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/**
 * A template message or a subscription notice: title, lines with their labels, and the way to its page.
 * @param {import('../main.js').Phone} phone
 * @param {string} name
 * @param {string} type
 * @param {import('../api.js').MessageCard} card
 */
export function messageCard(phone, name, type, card) {
  const { t } = phone.words
  const opens = card.url && isWebAddress(card.url) ? card.url : ''
  return h(
    'article',
    { class: 'notice', 'data-testid': type, 'aria-label': `${name}: ${card.title}` },
    h('h3', {}, card.title),
    h(
      'dl',
      {},
      ...card.fields.map(({ label, value }) =>
        h('div', {}, h('dt', { class: label ? undefined : 'hidden' }, label || card.title), h('dd', {}, value)),
      ),
    ),
    opens !== '' && link(phone, opens, { class: 'noticelink' }, t.details, /** @type {Node} */ (icon('chevron'))),
  )
}

/** @param {import('../main.js').Phone} phone @param {string} appid @param {import('../api.js').MenuItem[]} items */
export function menuItems(phone, appid, items) {
  return h(
    'div',
    { class: 'menuitems' },
    ...items.map(({ id, text }) => {
      const item = button(text, () => busy(phone, item, () => phone.api.say(personId(phone), appid, text, id)), {
        kind: 'plain',
      })
      return item
    }),
  )
}

/** @param {import('../main.js').Phone} phone */
function personId(phone) {
  return phone.world.now.person?.id ?? ''
}
