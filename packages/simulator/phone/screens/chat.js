/** The conversation with one account. */
import { avatar, h, icon, keyed } from '../dom.js'
import { blank, busy, button, navBar } from '../parts.js'
import { cards, menuItems, messageCard, parts } from './cards.js'

const pause = 5 * 60_000 // a silence this long gets a time above the next message

/**
 * @param {import('../main.js').Phone} phone
 * @param {import('../router.js').Route} route
 * @returns {import('../main.js').Screen}
 */
export function chatScreen(phone, route) {
  const { t } = phone.words
  const appid = route.id
  const account = phone.world.account(appid)
  const name = account?.name ?? appid
  if (!account) return missing(phone)
  const log = h('div', { 'data-testid': 'log' })
  const scroller = h('div', { class: 'scroll chatscroll', tabindex: '0', role: 'log', 'aria-label': name }, log)
  const empty = h('p', { class: 'muted centredtext' }, t.emptyChat)
  const gone = h(
    'div',
    { class: 'gone' },
    h('p', {}, t.notFollowing),
    button(t.account, () => phone.go(`#/account/${appid}`), { kind: 'plain' }),
  )
  const composer = composerForm(phone, appid)
  const details = h(
    'button',
    {
      type: 'button',
      class: 'navbutton',
      'aria-label': t.account,
      'data-testid': 'account',
      onclick: () => phone.go(`#/account/${appid}`),
    },
    icon('more'),
  )
  scroller.append(empty)
  const el = h(
    'section',
    { class: 'screen chat', 'aria-label': name },
    navBar(phone, name, { action: details }),
    scroller,
    composer,
    gone,
  )
  let first = true

  return {
    el,
    title: name,
    update(world) {
      const entries = world.chats.get(appid) ?? []
      const follows = world.person?.follows.includes(appid) ?? false
      const atEnd = first || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80
      keyed(
        log,
        withTimes(phone, entries),
        (item) => item.key,
        (item) => ('time' in item ? h('p', { class: 'when' }, item.time) : bubble(phone, appid, name, item.entry)),
      )
      empty.hidden = entries.length > 0 || !world.chats.has(appid)
      composer.hidden = !follows
      gone.hidden = follows
      if (atEnd) scroller.scrollTop = scroller.scrollHeight
      first = first && entries.length === 0
    },
  }
}

/** @param {import('../main.js').Phone} phone @returns {import('../main.js').Screen} */
function missing(phone) {
  const { t } = phone.words
  const el = h(
    'section',
    { class: 'screen', 'aria-label': t.chats },
    navBar(phone, t.chats),
    h(
      'div',
      { class: 'scroll centred' },
      blank(
        'unplugged',
        t.unknownAccount,
        '',
        button(t.toChats, () => phone.go('#/chats')),
      ),
    ),
  )
  return { el, title: t.chats, update() {} }
}

/**
 * @param {import('../main.js').Phone} phone
 * @param {import('../api.js').Entry[]} entries
 */
function withTimes(phone, entries) {
  const now = phone.api.clock()
  return entries.flatMap((entry, index) => {
    const before = entries[index - 1]
    const item = { key: entry.id, entry }
    return before && entry.at - before.at < pause
      ? [item]
      : [{ key: `t${entry.id}`, time: phone.words.moment(entry.at, now) }, item]
  })
}

/**
 * @param {import('../main.js').Phone} phone
 * @param {string} appid
 * @param {string} name
 * @param {import('../api.js').Entry} entry
 */
function bubble(phone, appid, name, entry) {
  const { t } = phone.words
  if (entry.type === 'failure') return h('p', { class: 'system', 'data-testid': 'failure' }, t.failure)
  if (entry.type === 'notice') return h('p', { class: 'system', 'data-testid': 'notice' }, ...parts(phone, entry.parts))
  if (entry.message) return messageCard(phone, name, entry.type, entry.message)
  const mine = entry.from === 'person'
  const speaker = mine ? (phone.world.now.person?.name ?? t.you) : name
  const content =
    entry.cards.length > 0 ? cards(phone, entry.cards) : h('p', { class: 'bubble' }, ...parts(phone, entry.parts))
  const below = entry.menu.length > 0 && menuItems(phone, appid, entry.menu)
  return h(
    'div',
    { class: `entry ${mine ? 'mine' : 'theirs'}`, 'data-testid': mine ? 'said' : 'reply' },
    avatar(speaker, mine ? 'person' : 'account'),
    h('div', { class: 'saying' }, h('span', { class: 'hidden' }, `${mine ? t.you : name}: `), content, below),
  )
}

/** @param {import('../main.js').Phone} phone @param {string} appid */
function composerForm(phone, appid) {
  const { t } = phone.words
  const input = /** @type {HTMLInputElement} */ (
    h('input', {
      class: 'field',
      name: 'text',
      'aria-label': t.message,
      placeholder: t.message,
      autocomplete: 'off',
      enterkeyhint: 'send',
      maxlength: '2000',
    })
  )
  const send = h('button', { class: 'sendbutton', 'aria-label': t.send, 'data-testid': 'send' }, icon('send'))
  return h(
    'form',
    {
      class: 'composer',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault()
        const text = input.value
        const id = phone.world.now.person?.id
        if (!text.trim() || !id) return input.focus()
        input.value = ''
        void busy(phone, send, () => phone.api.say(id, appid, text)).then((said) => {
          if (!said && input.value === '') input.value = text
        })
      },
    },
    input,
    send,
  )
}
