/** Home: the accounts this person follows, the latest first, and the way to the scanner. */
import { avatar, h, icon, keyed } from '../dom.js'
import { blank, navBar, tabBar } from '../parts.js'

/** @param {import('../main.js').Phone} phone @returns {import('../main.js').Screen} */
export function chatsScreen(phone) {
  const { t } = phone.words
  const rows = h('ul', { class: 'rows', 'data-testid': 'chats' })
  const empty = blank('chats', t.noChats, t.noChatsText)
  const nearby = h('div', { class: 'nearby' })
  const badge = h('span', { class: 'dot', hidden: true })
  const el = h(
    'section',
    { class: 'screen', 'aria-label': t.chats },
    navBar(phone, t.chats, { back: false }),
    h('div', { class: 'scroll' }, nearby, rows, empty),
    tabBar(phone, 'chats', badge),
  )

  return {
    el,
    title: t.chats,
    update(world) {
      const newest = world.codes[0]
      badge.hidden = newest === undefined
      keyed(nearby, newest ? [t.nearby(newest.name)] : [], () => 'hint', nearbyRow)
      const list = (world.person?.follows ?? []).map((appid) => summary(phone, appid)).sort((a, b) => b.at - a.at)
      keyed(rows, list, (row) => row.appid, chatRow)
      empty.hidden = list.length > 0
    },
  }

  /** @param {string} text */
  function nearbyRow(text) {
    return h(
      'button',
      { type: 'button', class: 'nearbyrow', 'data-testid': 'nearby', onclick: () => phone.go('#/scan') },
      icon('scan'),
      text,
      icon('chevron'),
    )
  }

  /** @param {ReturnType<typeof summary>} row */
  function chatRow(row) {
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          class: 'row',
          'data-testid': `chat-${row.appid}`,
          onclick: () => phone.go(`#/chat/${row.appid}`),
        },
        avatar(row.name),
        h(
          'span',
          { class: 'rowtext' },
          h('span', { class: 'rowname' }, row.name),
          h('span', { class: 'muted clip' }, row.preview),
        ),
        h(
          'span',
          { class: 'rowside' },
          row.at > 0 && h('time', { class: 'muted' }, phone.words.moment(row.at, phone.api.clock())),
          row.unread > 0 &&
            h(
              'span',
              { class: 'badge' },
              String(row.unread),
              h('span', { class: 'hidden' }, ` ${t.unread(row.unread)}`),
            ),
        ),
      ),
    )
  }
}

/** @param {import('../main.js').Phone} phone @param {string} appid */
function summary(phone, appid) {
  const { t } = phone.words
  const entries = phone.world.now.chats.get(appid) ?? []
  const last = entries.at(-1)
  return {
    appid,
    name: phone.world.account(appid)?.name ?? appid,
    at: last?.at ?? 0,
    preview: last ? preview(t, last) : t.justFollowed,
    unread: phone.world.unread(appid),
  }
}

/** @param {import('../main.js').Phone['words']['t']} t @param {import('../api.js').Entry} entry */
function preview(t, entry) {
  if (entry.type === 'failure') return t.failure
  if (entry.type === 'image') return `[${t.image}]`
  const text = entry.text || entry.message?.title || entry.cards[0]?.title || ''
  return text
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .slice(0, 80)
}
