/** Pieces that several screens share. */
import { avatar, h, icon } from './dom.js'

/**
 * @param {import('./main.js').Phone} phone
 * @param {string} title
 * @param {{back?: boolean, action?: HTMLElement | null}} [options]
 */
export function navBar(phone, title, { back = true, action = null } = {}) {
  const { t } = phone.words
  return h(
    'header',
    { class: 'navbar' },
    back
      ? h(
          'button',
          {
            type: 'button',
            class: 'navbutton',
            'aria-label': t.back,
            'data-testid': 'back',
            onclick: () => phone.back(),
          },
          icon('back'),
        )
      : h('span', {}),
    h('h1', {}, title),
    action ?? h('span', {}),
  )
}

/**
 * @param {import('./main.js').Phone} phone
 * @param {'chats' | 'me'} active
 * @param {HTMLElement} badge
 */
export function tabBar(phone, active, badge) {
  const { t } = phone.words
  const tab = (/** @type {'chats' | 'me'} */ name, /** @type {'chats' | 'person'} */ drawing) =>
    h(
      'button',
      {
        type: 'button',
        class: 'tab',
        'aria-current': name === active ? 'page' : undefined,
        'data-testid': `tab-${name}`,
        onclick: () => phone.go(`#/${name}`),
      },
      icon(drawing),
      t[name],
    )
  return h(
    'nav',
    { class: 'tabbar', 'aria-label': t.phone },
    tab('chats', 'chats'),
    h(
      'button',
      { type: 'button', class: 'scanbutton', 'data-testid': 'scan', onclick: () => phone.go('#/scan') },
      h('span', { class: 'lens' }, icon('scan'), badge),
      t.scan,
    ),
    tab('me', 'person'),
  )
}

/**
 * The middle of a screen that has nothing to list.
 * @param {Parameters<typeof icon>[0]} drawing
 * @param {string} title
 * @param {string} text
 * @param {...HTMLElement} actions
 */
export function blank(drawing, title, text, ...actions) {
  return h(
    'div',
    { class: 'blank' },
    h('span', { class: 'blankicon' }, icon(drawing)),
    h('h2', {}, title),
    h('p', {}, text),
    actions.length > 0 && h('div', { class: 'actions' }, ...actions),
  )
}

/**
 * @param {string} name
 * @param {() => unknown} act
 * @param {{kind?: 'primary' | 'plain' | 'danger', testid?: string}} [options]
 */
export function button(name, act, { kind = 'primary', testid } = {}) {
  return h('button', { type: 'button', class: `button ${kind}`, 'data-testid': testid, onclick: act }, name)
}

/**
 * @param {import('./main.js').Phone} phone
 * @param {import('./api.js').Account} account
 */
function accountKind(phone, account) {
  const { t } = phone.words
  const kind =
    { service: t.serviceAccount, subscription: t.subscriptionAccount, test: t.testAccount }[account.kind] ??
    account.kind
  return account.verified && account.kind !== 'test' ? `${kind} · ${t.verified}` : kind
}

/**
 * @param {import('./main.js').Phone} phone
 * @param {import('./api.js').Account} account
 */
export function accountCard(phone, account) {
  return h(
    'div',
    { class: 'accountcard', 'data-testid': 'account-card' },
    avatar(account.name),
    h('p', { class: 'accountname' }, account.name),
    h('p', { class: 'muted' }, accountKind(phone, account)),
  )
}

/** Runs what a button starts: the button waits with it, and a refusal is told instead of lost.
 * @param {import('./main.js').Phone} phone
 * @param {HTMLElement} control
 * @param {() => Promise<unknown>} act
 * @returns {Promise<boolean>}
 */
export async function busy(phone, control, act) {
  if (control.getAttribute('aria-busy') === 'true') return false
  control.setAttribute('aria-busy', 'true')
  try {
    await act()
    return true
  } catch (error) {
    phone.tell(error)
    return false
  } finally {
    control.removeAttribute('aria-busy')
  }
}
