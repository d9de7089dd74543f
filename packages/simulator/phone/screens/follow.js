/** What a scan leads to when it does not lead straight into a chat: the follow prompt, or a reason. */
import { h } from '../dom.js'
import { accountCard, blank, busy, button, navBar } from '../parts.js'

/**
 * @param {import('../main.js').Phone} phone
 * @param {import('../router.js').Route} route
 * @returns {import('../main.js').Screen}
 */
export function followScreen(phone, route) {
  const { t } = phone.words
  const account = phone.world.account(route.id)
  if (!account) return reasonScreen(phone, t.invalidTitle, t.unknownAccount)
  const follow = button(
    t.follow,
    () => busy(phone, follow, () => phone.follow(account.appid, route.query.get('content') ?? undefined)),
    { testid: 'follow' },
  )
  const el = h(
    'section',
    { class: 'screen', 'aria-label': account.name },
    navBar(phone, account.name),
    h(
      'div',
      { class: 'scroll centred' },
      accountCard(phone, account),
      h('p', { class: 'lead' }, t.followText),
      h(
        'div',
        { class: 'actions' },
        follow,
        button(t.notNow, () => phone.go('#/chats'), { kind: 'plain', testid: 'not-now' }),
      ),
    ),
  )
  return { el, title: account.name, update() {} }
}

/**
 * @param {import('../main.js').Phone} phone
 * @param {import('../router.js').Route} route
 * @returns {import('../main.js').Screen}
 */
export function resultScreen(phone, route) {
  const { t } = phone.words
  if (route.id === 'expired') return reasonScreen(phone, t.expiredTitle, t.expiredText)
  return reasonScreen(phone, t.invalidTitle, t.invalidText, route.query.get('content') ?? undefined)
}

/**
 * @param {import('../main.js').Phone} phone
 * @param {string} title
 * @param {string} text
 * @param {string} [content] what the code says, when that helps
 * @returns {import('../main.js').Screen}
 */
function reasonScreen(phone, title, text, content) {
  const { t } = phone.words
  const el = h(
    'section',
    { class: 'screen', 'aria-label': title, 'data-testid': 'scan-result' },
    navBar(phone, t.scan),
    h(
      'div',
      { class: 'scroll centred' },
      blank(title === t.expiredTitle ? 'clock' : 'broken', title, text),
      content && h('p', { class: 'said' }, h('span', { class: 'muted' }, `${t.looksLike} `), h('code', {}, content)),
      h(
        'div',
        { class: 'actions' },
        button(t.again, () => phone.go('#/scan')),
        button(t.toChats, () => phone.go('#/chats'), { kind: 'plain' }),
      ),
    ),
  )
  return { el, title, update() {} }
}
