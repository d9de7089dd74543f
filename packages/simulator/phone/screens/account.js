/** An account's profile: what it is, who one is there, and the way out of it. */
import { h } from '../dom.js'
import { accountCard, busy, button, navBar } from '../parts.js'
import { chatScreen } from './chat.js'
import { messageSettings } from './message-settings.js'

/**
 * @param {import('../main.js').Phone} phone
 * @param {import('../router.js').Route} route
 * @returns {import('../main.js').Screen}
 */
export function accountScreen(phone, route) {
  const { t } = phone.words
  const account = phone.world.account(route.id)
  if (!account) return chatScreen(phone, route)
  const openid = h('dd', { class: 'mono', 'data-testid': 'openid' })
  const chat = button(t.openChat, () => phone.go(`#/chat/${account.appid}`))
  const unfollow = button(t.unfollow, () => ask.showModal(), { kind: 'danger', testid: 'unfollow' })
  const follow = button(t.follow, () => busy(phone, follow, () => phone.follow(account.appid)), { testid: 'follow' })
  const stop = button(
    t.stop,
    async () => {
      await busy(phone, stop, () => phone.unfollow(account))
      ask.close()
    },
    { kind: 'danger', testid: 'confirm-unfollow' },
  )
  const ask = /** @type {HTMLDialogElement} */ (
    h(
      'dialog',
      { class: 'ask', 'aria-labelledby': 'ask-title' },
      h('h2', { id: 'ask-title' }, t.unfollowAsk(account.name)),
      h('p', {}, t.unfollowText),
      h(
        'div',
        { class: 'actions' },
        button(t.keep, () => ask.close(), { kind: 'plain', testid: 'keep' }),
        stop,
      ),
    )
  )
  const messages = messageSettings(phone, account)
  const openidRow = h('div', {}, h('dt', {}, t.openid), openid)
  const el = h(
    'section',
    { class: 'screen', 'aria-label': t.account },
    navBar(phone, t.account),
    h(
      'div',
      { class: 'scroll' },
      accountCard(phone, account),
      h(
        'dl',
        { class: 'card facts' },
        h('div', {}, h('dt', {}, t.original), h('dd', { class: 'mono' }, account.original_id)),
        h('div', {}, h('dt', {}, t.appid), h('dd', { class: 'mono' }, account.appid)),
        openidRow,
      ),
      messages.el,
      h('div', { class: 'actions pad' }, chat, follow, unfollow),
    ),
    ask,
  )
  return {
    el,
    title: t.account,
    update(world) {
      const follows = world.person?.follows.includes(account.appid) ?? false
      const own = world.person?.openids[account.appid]
      openid.textContent = own ?? ''
      openidRow.hidden = own === undefined
      messages.update(world)
      chat.hidden = !follows
      unfollow.hidden = !follows
      follow.hidden = follows
    },
  }
}
