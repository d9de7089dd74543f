/**
 * Where the phone is: a path in the location's hash, so that a reload stays and a link can point at a screen.
 * Alone in a tab, each screen is an entry of the tab's history; embedded, it must not fill the host page's history.
 */

/**
 * @typedef {{screen: string, id: string, query: URLSearchParams}} Route
 */

const embedded = window.parent !== window

/** @returns {Route} */
function currentRoute() {
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?')
  const [screen = '', id = ''] = path.split('/').map(decodeURIComponent)
  return { screen: screen || 'chats', id, query: new URLSearchParams(search) }
}

/** The screen that lies below: what Back and Escape lead to. @param {Route} route */
function below(route) {
  if (route.screen === 'account') return path('chat', route.id)
  if (route.screen === 'result') return path('scan')
  return path('chats')
}

/**
 * @param {string} screen
 * @param {string} [id]
 * @param {Record<string, string>} [query]
 */
export function path(screen, id, query) {
  const search = query ? `?${new URLSearchParams(query)}` : ''
  return `#/${screen}${id ? `/${encodeURIComponent(id)}` : ''}${search}`
}

/** @type {Map<string, number>} */
const depths = new Map(Object.entries({ chats: 0, me: 0, scan: 1, chat: 1, follow: 2, result: 2, account: 2 }))

/** @param {Route} from @param {Route} to */
export function direction(from, to) {
  const step = (depths.get(to.screen) ?? 0) - (depths.get(from.screen) ?? 0)
  return step > 0 ? 'forward' : step < 0 ? 'backward' : 'none'
}

/** @param {() => void} moved */
export function createRouter(moved) {
  let at = currentRoute()
  function arrive() {
    at = currentRoute()
    moved()
  }
  window.addEventListener('popstate', arrive)
  /** @param {string} target @param {{replace?: boolean}} [options] */
  function go(target, { replace = false } = {}) {
    if (replace || embedded || target === location.hash) history.replaceState(null, '', target)
    else history.pushState(null, '', target)
    arrive()
  }
  return {
    get at() {
      return at
    },
    go,
    back: () => go(below(at), { replace: true }),
  }
}

/** Changes the deep-link part of the address without moving. @param {Record<string, string | null>} change */
export function setQuery(change) {
  const url = new URL(location.href)
  for (const [name, value] of Object.entries(change)) {
    if (value === null) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  history.replaceState(null, '', url)
}
