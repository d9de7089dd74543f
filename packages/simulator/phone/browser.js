/**
 * The in-WeChat browser: lies over the screen while the person's phone has a page open. The page runs no script and is of
 * nobody's origin; its links and forms act in the simulator, which keeps this person's cookies.
 */
import { focusHeading, h, icon } from './dom.js'
import { blank, button } from './parts.js'

/**
 * @param {import('./main.js').Phone} phone
 * @param {string} opening the address asked for, while there is no page yet
 */
export function createBrowser(phone, opening) {
  const { t } = phone.words
  const title = h('h1', {}, t.opening)
  const host = h('p', { class: 'host', 'data-testid': 'page-url' }, hostOf(opening))
  const frame = /** @type {HTMLIFrameElement} */ (
    h('iframe', { class: 'page', sandbox: 'allow-forms', title: t.page, 'data-testid': 'page', onload: loaded })
  )
  const spinner = h('div', { class: 'spinner', role: 'status' }, h('span', { class: 'hidden' }, t.opening))
  const body = h('div', { class: 'pagebody' }, spinner)
  const el = h(
    'section',
    {
      class: 'browser',
      role: 'dialog',
      'aria-modal': 'true',
      'aria-label': t.page,
      'aria-busy': 'true',
      'data-testid': 'browser',
    },
    h(
      'header',
      { class: 'navbar pagebar' },
      h(
        'button',
        {
          type: 'button',
          class: 'navbutton',
          'aria-label': t.closePage,
          'data-testid': 'close-page',
          onclick: () => phone.closePage(),
        },
        icon('close'),
      ),
      h('div', { class: 'pagetitle' }, title, host),
      h('button', { type: 'button', class: 'navbutton', 'aria-label': t.reloadPage, onclick: reload }, icon('reload')),
    ),
    body,
  )
  let wanted = '' // the page the phone shows
  let framed = '' // the page the frame shows
  let loading = false // the frame loads what it was told to, not what was pressed inside it
  let address = opening
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settle

  /** The frame follows its own links by itself; the simulator knows where it has arrived. */
  async function loaded() {
    const wasTold = loading
    busy(false)
    // Who presses something before the page has loaded gets the next one's load in its place.
    if (wasTold && framed === wanted) return
    const page = await phone.pageMoved()
    if (page) framed = page.page
  }

  /** @param {boolean} now */
  function busy(now) {
    loading = now
    el.setAttribute('aria-busy', String(now))
  }

  function show() {
    framed = wanted
    busy(true)
    frame.src = phone.api.frameUrl(phone.world.now.person?.id ?? '', wanted)
    if (!frame.isConnected) body.replaceChildren(frame)
  }

  function reload() {
    if (address) void phone.openPage(address)
  }

  /** No page came: the site does not answer, or the simulator refused the address. */
  function fail(detail = '') {
    busy(false)
    title.textContent = t.page
    body.replaceChildren(
      blank(
        'unplugged',
        t.pageFailed,
        detail || t.pageFailedText,
        button(t.retry, reload),
        button(t.closePage, () => phone.closePage(), { kind: 'plain' }),
      ),
    )
  }

  return {
    el,
    focus: () => focusHeading(el),
    wait() {
      el.setAttribute('aria-busy', 'true')
      if (!spinner.isConnected) body.replaceChildren(spinner)
    },
    /** @param {import('./api.js').Page} page */
    update(page) {
      if (page.page === wanted) return
      wanted = page.page
      address = page.url
      title.textContent = page.title || hostOf(page.url)
      host.textContent = hostOf(page.url)
      host.setAttribute('title', page.url)
      frame.setAttribute('title', page.title || t.page)
      clearTimeout(settle)
      if (page.status === 0) return fail()
      if (!frame.isConnected) return show()
      // Who pressed something inside the frame gets the next page there; where somebody else moved this phone's browser
      // (a script, a second window) nothing comes by itself.
      settle = setTimeout(() => framed !== wanted && show(), document.activeElement === frame ? 3000 : 300)
    },
    fail,
  }
}

/** @param {string} url */
function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : url
}
