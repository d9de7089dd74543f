/** The scanner: what a camera would see are the codes that were shown lately, or whatever is pasted. */
import { h, icon, keyed } from '../dom.js'
import { busy, navBar } from '../parts.js'

const inView = 8 // a page that renews its code leaves old ones behind

/** @param {import('../main.js').Phone} phone @returns {import('../main.js').Screen} */
export function scanScreen(phone) {
  const { t } = phone.words
  const codes = h('ul', { class: 'codes', 'data-testid': 'codes' })
  const none = h('div', { class: 'nocodes' }, h('p', {}, h('strong', {}, t.noCodes)), h('p', {}, t.noCodesText))
  const el = h(
    'section',
    { class: 'screen scanner', 'aria-label': t.scan },
    navBar(phone, t.scan),
    h('div', { class: 'finder', 'aria-hidden': 'true' }, h('span', { class: 'corners' }), h('span', { class: 'beam' })),
    h(
      'div',
      { class: 'sheet scroll' },
      h('h2', { class: 'label', id: 'codes-label' }, t.inView),
      codes,
      none,
      pasteForm(phone),
    ),
  )
  return {
    el,
    title: t.scan,
    update(world) {
      none.hidden = world.codes.length > 0
      keyed(codes, world.codes.slice(0, inView), (code) => code.content, codeRow)
    },
  }

  /** @param {import('../api.js').Code} row */
  function codeRow(row) {
    const control = h(
      'button',
      {
        type: 'button',
        class: 'row',
        'data-testid': 'code',
        'data-content': row.content,
        onclick: () => busy(phone, control, () => phone.scan(row.content)),
      },
      h('img', { class: 'thumb', src: row.image, alt: '', width: '52', height: '52' }),
      h(
        'span',
        { class: 'rowtext' },
        h('span', { class: 'rowname' }, row.name),
        h(
          'span',
          { class: 'muted' },
          h('span', { 'data-shown': row.at }, t.age(phone.words.age(row.at, phone.api.clock()))),
        ),
      ),
      icon('chevron'),
    )
    return h('li', {}, control)
  }
}

/** @param {import('../main.js').Phone} phone */
function pasteForm(phone) {
  const { t } = phone.words
  const input = /** @type {HTMLInputElement} */ (
    h('input', {
      class: 'field',
      name: 'content',
      'aria-label': t.content,
      placeholder: t.contentHint,
      autocomplete: 'off',
      spellcheck: 'false',
      required: true,
    })
  )
  const submit = h('button', { class: 'button primary', 'data-testid': 'recognise' }, t.recognise)
  return h(
    'form',
    {
      class: 'paste',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault()
        const content = input.value.trim()
        if (!content) return input.focus()
        void busy(phone, submit, () => phone.scan(content))
      },
    },
    h('p', { class: 'label' }, t.orPaste),
    h('div', { class: 'inline' }, input, submit),
  )
}
