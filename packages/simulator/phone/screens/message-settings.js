/** What an account may send this person: its messages as a whole, and each subscription notice. */
import { h, keyed } from '../dom.js'

/**
 * @param {import('../main.js').Phone} phone
 * @param {import('../api.js').Account} account
 */
export function messageSettings(phone, account) {
  const { t } = phone.words
  const person = () => phone.world.now.person?.id ?? ''
  const receive = switchRow(t.receive, t.receiveHint, true, (on) => phone.api.refuse(person(), account.appid, !on))
  const list = h('div', { class: 'card switches' })
  const notices = h('div', { hidden: true }, h('h2', { class: 'label' }, t.notices), list)
  const el = h('div', {}, h('div', { class: 'card switches' }, receive), notices)

  async function readNotices() {
    const known = await phone.api.subscriptions(person(), account.appid).catch(() => [])
    const shown = known.filter(({ left, standing, off }) => left > 0 || standing || off)
    notices.hidden = shown.length === 0
    keyed(list, shown, ({ template_id }) => template_id, noticeRow)
  }

  /** @param {import('../api.js').Subscription} notice */
  function noticeRow({ template_id, title, left, standing, off }) {
    const hint = off ? t.noticeOff : standing ? t.noticeAlways : t.noticeLeft(left)
    return switchRow(title, hint, !off, (on) =>
      phone.api.subscribe(person(), account.appid, [template_id], on, 'settings'),
    )
  }

  /**
   * @param {string} name
   * @param {string} hint
   * @param {boolean} on
   * @param {(on: boolean) => Promise<unknown>} change
   */
  function switchRow(name, hint, on, change) {
    const input = /** @type {HTMLInputElement} */ (
      h('input', {
        type: 'checkbox',
        role: 'switch',
        checked: on,
        onchange: () => change(input.checked).then(readNotices, phone.tell),
      })
    )
    return h(
      'label',
      { class: 'switchrow' },
      h('span', { class: 'rowtext' }, h('span', {}, name), h('span', { class: 'muted' }, hint)),
      input,
    )
  }

  void readNotices()
  return {
    el,
    /** @param {import('../world.js').World} world */
    update(world) {
      el.hidden = !world.person?.follows.includes(account.appid)
      const input = /** @type {HTMLInputElement} */ (receive.querySelector('input'))
      if (document.activeElement !== input) input.checked = !world.person?.refuses?.includes(account.appid)
    },
  }
}
