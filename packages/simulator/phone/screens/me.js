/** Whose phone it is, and the phone's two settings. */
import { avatar, h, icon, keyed } from '../dom.js'
import { busy, navBar, tabBar } from '../parts.js'

/** @param {import('../main.js').Phone} phone @returns {import('../main.js').Screen} */
export function meScreen(phone) {
  const { t } = phone.words
  const people = h('ul', { class: 'rows', 'data-testid': 'people' })
  const empty = h('p', { class: 'muted pad' }, t.noPeople)
  const lead = h('p', { class: 'lead' }, t.whoseText)
  const reach = h('p', { class: 'muted pad', 'data-testid': 'reach' })
  const messages = h('ul', { class: 'rows', 'data-testid': 'messages' })
  const inbox = h('div', {}, h('h2', { class: 'label' }, t.messages), reach, messages)
  const badge = h('span', { class: 'dot', hidden: true })
  const tabs = tabBar(phone, 'me', badge)
  const bar = navBar(phone, t.me, { back: false })
  const el = h(
    'section',
    { class: 'screen me', 'aria-label': t.me },
    bar,
    h(
      'div',
      { class: 'scroll' },
      lead,
      inbox,
      h('h2', { class: 'label' }, t.people),
      people,
      empty,
      addForm(phone),
      settings(phone),
    ),
    tabs,
  )

  return {
    el,
    title: t.me,
    update(world) {
      const chosen = world.person?.id
      const heading = bar.querySelector('h1')
      if (heading) heading.textContent = chosen ? t.me : t.whose
      lead.hidden = chosen !== undefined
      inbox.hidden = chosen === undefined
      reach.textContent = world.person ? `${world.person.phone} · ${world.person.email}` : ''
      keyed(messages, world.messages, (one) => `${one.at} ${one.text}`, messageRow)
      tabs.hidden = chosen === undefined
      empty.hidden = world.people.length > 0 || world.link !== 'online'
      badge.hidden = world.codes.length === 0
      const rows = world.people.map(({ id, name, follows }) => ({
        id,
        name,
        follows: follows.length,
        chosen: id === chosen,
      }))
      keyed(people, rows, (row) => row.id, personRow)
    },
  }

  /** @param {import('../api.js').Message} one */
  function messageRow(one) {
    return h(
      'li',
      { class: 'row message' },
      h(
        'span',
        { class: 'rowtext' },
        h('span', { class: 'rowname' }, one.subject || t.sms),
        h('span', { class: 'muted' }, one.text.trim()),
      ),
      h('span', { class: 'rowside' }, h('time', { class: 'muted' }, phone.words.moment(one.at, phone.api.clock()))),
    )
  }

  /** @param {{id: string, name: string, follows: number, chosen: boolean}} row */
  function personRow(row) {
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          class: 'row',
          'aria-current': row.chosen ? 'true' : undefined,
          'data-testid': `person-${row.id}`,
          onclick: () => phone.choosePerson(row.id),
        },
        avatar(row.name, 'person'),
        h(
          'span',
          { class: 'rowtext' },
          h('span', { class: 'rowname' }, row.name),
          h('span', { class: 'muted' }, t.followsCount(row.follows)),
        ),
        row.chosen ? h('span', { class: 'chosen' }, icon('check'), t.current) : icon('chevron'),
      ),
    )
  }
}

/** @param {import('../main.js').Phone} phone */
function addForm(phone) {
  const { t } = phone.words
  const input = /** @type {HTMLInputElement} */ (
    h('input', {
      class: 'field',
      name: 'name',
      'aria-label': t.newPerson,
      placeholder: t.name,
      maxlength: '40',
      autocomplete: 'off',
      required: true,
    })
  )
  const submit = h('button', { class: 'button primary', 'data-testid': 'add-person' }, t.addPerson)
  return h(
    'form',
    {
      class: 'inline card',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault()
        const name = input.value.trim()
        if (!name) return input.focus()
        void busy(phone, submit, async () => {
          const person = await phone.api.addPerson(name)
          input.value = ''
          phone.world.addPerson(person)
          await phone.choosePerson(person.id)
        })
      },
    },
    input,
    submit,
  )
}

/** @param {import('../main.js').Phone} phone */
function settings(phone) {
  const { t, language } = phone.words
  return h(
    'div',
    {},
    h('h2', { class: 'label' }, t.settings),
    h(
      'div',
      { class: 'card' },
      choice(
        t.language,
        'language',
        language,
        [
          ['zh-CN', '中文'],
          ['en', 'English'],
        ],
        (value) => phone.setLanguage(value),
      ),
      choice(
        t.theme,
        'theme',
        phone.theme,
        [
          ['auto', t.themeAuto],
          ['light', t.themeLight],
          ['dark', t.themeDark],
        ],
        (value) => phone.setTheme(value),
      ),
    ),
  )
}

/**
 * @param {string} label
 * @param {string} name
 * @param {string} value
 * @param {[string, string][]} options
 * @param {(value: string) => void} changed
 */
function choice(label, name, value, options, changed) {
  return h(
    'fieldset',
    { class: 'choice' },
    h('legend', {}, label),
    h(
      'span',
      { class: 'segments' },
      ...options.map(([option, text]) =>
        h(
          'label',
          {},
          h('input', {
            type: 'radio',
            name,
            value: option,
            checked: option === value,
            onchange: () => changed(option),
          }),
          h('span', { lang: name === 'language' ? option : undefined }, text),
        ),
      ),
    ),
  )
}
