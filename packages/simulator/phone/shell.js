/** The phone around the screens: which screen is mounted, the browser over it, status bar, toast, focus. */
import { createBrowser } from './browser.js'
import { focusHeading, h, icon } from './dom.js'
import { blank, button } from './parts.js'
import { createPopup } from './popup.js'
import { direction } from './router.js'
import { accountScreen } from './screens/account.js'
import { chatScreen } from './screens/chat.js'
import { chatsScreen } from './screens/chats.js'
import { followScreen, resultScreen } from './screens/follow.js'
import { meScreen } from './screens/me.js'
import { scanScreen } from './screens/scan.js'

/** @type {Map<string, (phone: import('./main.js').Phone, route: import('./router.js').Route) => import('./main.js').Screen>} */
const screens = new Map(
  Object.entries({
    chats: chatsScreen,
    me: meScreen,
    scan: scanScreen,
    follow: followScreen,
    result: resultScreen,
    chat: chatScreen,
    account: accountScreen,
  }),
)

const place = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** @param {import('./main.js').Phone} phone */
export function createShell(phone) {
  const view = place('view')
  const device = place('device')
  const offline = h('p', { class: 'offline', role: 'status' })
  const stack = h('div', { class: 'stack' })
  const popup = createPopup(phone)
  view.append(offline, stack, popup.el)
  let mounted = ''
  let from = phone.router.at
  /** @type {import('./main.js').Screen | undefined} */
  let screen
  /** @type {ReturnType<typeof createBrowser> | undefined} */
  let browser
  /** @type {Element | null} */
  let focusedBelow = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let toastEnds

  /** Focus moves with the person, never because something arrived while the host page is in use. */
  const mayFocus = () => document.hasFocus()

  function render() {
    const world = phone.world.now
    const ever = world.link === 'online' || world.people.length > 0
    const route = phone.router.at
    const name = world.person || !ever ? route.screen : 'me'
    const state = ever ? `${name}/${route.id}/${route.query}/${world.person?.id ?? ''}` : world.link
    const wanted = `${phone.words.language} ${state}`
    if (wanted !== mounted)
      mount(wanted, ever ? () => (screens.get(name) ?? chatsScreen)(phone, route) : () => outside(world.link), name)
    screen?.update(world)
    document.title = screen?.title ?? phone.words.t.phone
    offline.textContent = ever && world.link === 'offline' ? phone.words.t.offlineShort : ''
    renderBrowser(world)
    popup.update(world.popup)
  }

  function mount(
    /** @type {string} */ wanted,
    /** @type {() => import('./main.js').Screen} */ make,
    /** @type {string} */ name,
  ) {
    const again = mounted !== ''
    screen = make()
    screen.el.setAttribute('data-direction', again ? direction(from, phone.router.at) : 'none')
    from = phone.router.at
    mounted = wanted
    device.setAttribute('data-screen', name)
    stack.replaceChildren(screen.el)
    screen.update(phone.world.now)
    if (again && mayFocus()) focusHeading(screen.el)
  }

  /** Before the simulator has answered for the first time. @returns {import('./main.js').Screen} */
  function outside(/** @type {string} */ link) {
    const { t } = phone.words
    const inside =
      link === 'offline'
        ? blank(
            'unplugged',
            t.offline,
            t.offlineText,
            button(t.retry, () => phone.world.refresh(), { testid: 'retry' }),
          )
        : h('div', { class: 'spinner', role: 'status' }, h('span', { class: 'hidden' }, t.loading))
    return {
      el: h('section', { class: 'screen' }, h('div', { class: 'scroll centred' }, inside)),
      title: t.phone,
      update() {},
    }
  }

  function renderBrowser(/** @type {import('./world.js').World} */ world) {
    const open = world.person !== undefined && (phone.opening !== '' || world.page !== null)
    if (!open && browser) {
      browser.el.remove()
      browser = undefined
      stack.inert = false
      const back = focusedBelow
      if (back instanceof HTMLElement && back.isConnected) back.focus()
      else if (mayFocus() && screen) focusHeading(screen.el)
    }
    if (open && !browser) {
      focusedBelow = document.activeElement
      browser = createBrowser(phone, phone.opening)
      view.append(browser.el)
      stack.inert = true
      if (mayFocus()) browser.focus()
    }
    if (browser && world.page && phone.opening === '') browser.update(world.page)
  }

  function renderStatusBar() {
    const now = phone.api.clock()
    place('statusbar').replaceChildren(
      h('time', { 'data-testid': 'clock' }, phone.words.time(now)),
      h('span', { class: 'island', 'aria-hidden': 'true' }),
      h('span', { class: 'signs' }, icon('signal'), icon('wifi'), icon('battery')),
    )
    for (const element of document.querySelectorAll('[data-shown]')) {
      element.textContent = phone.words.t.age(phone.words.age(Number(element.getAttribute('data-shown')), now))
    }
  }

  return {
    render,
    renderStatusBar,
    get browser() {
      return browser
    },
    /** In another language everything is made anew; `focus` says where the person was. @param {string} focus */
    relabel(focus) {
      const { t, language } = phone.words
      document.documentElement.lang = language
      place('about').replaceChildren(
        h('h2', {}, t.aboutTitle),
        h('p', {}, t.aboutText),
        h('ul', {}, ...t.aboutKeys.map((key) => h('li', {}, key))),
      )
      renderStatusBar()
      if (mounted) render()
      if (focus) /** @type {HTMLElement | null} */ (document.querySelector(focus))?.focus()
    },
    /** @param {string} text */
    toast(text) {
      const toast = place('toast')
      toast.textContent = text
      clearTimeout(toastEnds)
      toastEnds = setTimeout(() => toast.replaceChildren(), 4000)
    },
  }
}
