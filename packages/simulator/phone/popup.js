/** The popup in which a page asks to be allowed to send notices: over everything, also over the page that asks. */
import { h } from './dom.js'
import { busy, button } from './parts.js'

/** @param {import('./main.js').Phone} phone */
export function createPopup(phone) {
  const el = /** @type {HTMLDialogElement} */ (
    h('dialog', {
      class: 'ask popup',
      'aria-labelledby': 'popup-title',
      'data-testid': 'popup',
      oncancel: (/** @type {Event} */ event) => {
        event.preventDefault()
        void answer(el, false)
      },
    })
  )
  let shown = ''
  /** @type {import('./api.js').Popup | null} */
  let asked = null

  /** @param {HTMLElement} control @param {boolean} accept */
  async function answer(control, accept) {
    const id = phone.world.now.person?.id
    if (!asked || !id) return
    const { account, templates } = asked
    const ids = templates.map(({ template_id }) => template_id)
    await busy(phone, control, () => phone.api.subscribe(id, account, ids, accept, 'popup'))
    await phone.world.refresh()
  }

  function build(/** @type {import('./api.js').Popup} */ popup) {
    const { t } = phone.words
    const name = phone.world.account(popup.account)?.name ?? popup.account
    const allow = button(t.allow, () => answer(allow, true), { testid: 'popup-allow' })
    const reject = button(t.reject, () => answer(reject, false), { kind: 'plain', testid: 'popup-reject' })
    el.replaceChildren(
      h('h2', { id: 'popup-title' }, t.popupAsks(name)),
      h('ul', {}, ...popup.templates.map(({ title }) => h('li', {}, title))),
      popup.templates.some(({ type }) => type === 2) ? h('p', {}, t.popupTimes) : '',
      h('div', { class: 'actions' }, reject, allow),
    )
  }

  return {
    el,
    /** @param {import('./api.js').Popup | null} popup */
    update(popup) {
      const wanted = popup ? `${phone.words.language} ${JSON.stringify(popup)}` : ''
      if (wanted === shown) return
      shown = wanted
      asked = popup
      if (!popup) return el.close()
      build(popup)
      if (!el.open) el.showModal()
    },
  }
}
