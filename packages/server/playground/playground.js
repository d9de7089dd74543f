/** The demo site on the left, a phone on the right. Both are other origins: all this page does is show them and tell them the language. */

const texts = {
  'zh-CN': {
    playground: '体验场',
    step1: '网站上点“微信扫码登录”',
    step2: '手机“扫一扫”，选刚出现的码',
    step3: '关注、点开链接、确认',
    docs: '接口文档',
    keys: '密钥',
    tools: '工具',
    tabs: '显示哪一边',
    site: '网站',
    phone: '手机',
    home: '网站首页',
    outside: '在新标签页打开网站',
    language: 'English',
    theme: { auto: '外观：跟随系统', light: '外观：浅色', dark: '外观：深色' },
    keysTitle: '给脚本用的地址和密钥',
    keysText: '启动时已写入数据目录（默认 ./data）中的 demo.json：接口地址、应用密钥，以及模拟公众号的全部参数。',
    close: '好',
    trouble: '没有连上网站或手机，请查看启动虎符的终端。',
  },
  en: {
    playground: 'Playground',
    step1: 'Site: log in with WeChat',
    step2: 'Phone: Scan, pick the new code',
    step3: 'Follow, open the link, confirm',
    docs: 'API docs',
    keys: 'Keys',
    tools: 'Tools',
    tabs: 'Which side to show',
    site: 'Website',
    phone: 'Phone',
    home: 'Home page of the site',
    outside: 'Open the site in a new tab',
    language: '中文',
    theme: { auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' },
    keysTitle: 'Addresses and keys for scripts',
    keysText:
      'They are in demo.json in the data folder (./data unless you chose another): the API’s address, the app’s key and all there is to know of the simulated account.',
    close: 'Done',
    trouble: 'The site or the phone cannot be reached. Look at the terminal where Hufu was started.',
  },
}

const themes = ['auto', 'light', 'dark']
const loopback = ['localhost', '127.0.0.1', '[::1]']

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id)

const query = new URLSearchParams(location.search)
const stored = readStored()
const state = {
  language: pick(
    Object.keys(texts),
    query.get('lang') ?? stored.language,
    /^zh\b/i.test(navigator.language) ? 'zh-CN' : 'en',
  ),
  theme: pick(themes, query.get('theme') ?? stored.theme, 'auto'),
  links: { simulator_url: '', demo_url: '' },
}

/** @param {string[]} allowed @param {unknown} wanted @param {string} otherwise */
function pick(allowed, wanted, otherwise) {
  return typeof wanted === 'string' && allowed.includes(wanted) ? wanted : otherwise
}

function readStored() {
  try {
    return JSON.parse(localStorage.getItem('hufu-playground') ?? '{}') ?? {}
  } catch {
    return {}
  }
}

function remember() {
  try {
    localStorage.setItem('hufu-playground', JSON.stringify({ language: state.language, theme: state.theme }))
  } catch {
    // Nothing depends on it.
  }
}

function words() {
  return texts[state.language]
}

function label() {
  const t = words()
  document.documentElement.lang = state.language
  document.documentElement.dataset.theme = state.theme
  for (const el of document.querySelectorAll('[data-text]')) el.textContent = t[el.dataset.text]
  for (const el of document.querySelectorAll('[data-label]')) el.setAttribute('aria-label', t[el.dataset.label])
  for (const el of document.querySelectorAll('[data-title]')) el.setAttribute('title', t[el.dataset.title])
  byId('outside').title = t.outside
  byId('home').title = t.home
  byId('language').textContent = t.language
  byId('language').lang = state.language === 'en' ? 'zh-CN' : 'en'
  byId('theme').dataset.now = state.theme
  for (const say of ['title', 'aria-label']) byId('theme').setAttribute(say, t.theme[state.theme])
}

/** @param {string} address */
function withChoices(address) {
  const url = new URL(address)
  url.searchParams.set('lang', state.language)
  url.searchParams.set('theme', state.theme)
  return url.href
}

function showSite() {
  byId('site-frame').src = withChoices(`${state.links.demo_url}/`)
}

function showPhone() {
  byId('phone-frame').src = withChoices(`${state.links.simulator_url}/phone/`)
}

function show() {
  byId('address').textContent = new URL(state.links.demo_url).host
  byId('outside').href = withChoices(`${state.links.demo_url}/`)
  showSite()
  showPhone()
}

/** On narrow screens one side at a time; the other goes on. @param {'site' | 'phone'} side */
function choose(side) {
  document.body.dataset.side = side
  for (const name of ['site', 'phone']) byId(`tab-${name}`).setAttribute('aria-pressed', String(name === side))
}

function listen() {
  byId('home').addEventListener('click', showSite)
  byId('keys').addEventListener('click', () => byId('keys-dialog').showModal())
  byId('language').addEventListener('click', () => {
    state.language = state.language === 'en' ? 'zh-CN' : 'en'
    change()
  })
  byId('theme').addEventListener('click', () => {
    state.theme = themes[(themes.indexOf(state.theme) + 1) % themes.length]
    change()
  })
  for (const side of ['site', 'phone']) byId(`tab-${side}`).addEventListener('click', () => choose(side))
}

function change() {
  remember()
  label()
  show()
}

async function start() {
  choose('site')
  label()
  listen()
  try {
    const response = await fetch('/playground/links.json', { cache: 'no-store' })
    state.links = await response.json()
    // Cookies of the site are kept apart unless the frame and this page have the same host name.
    const { hostname } = new URL(state.links.demo_url)
    if (hostname !== location.hostname && loopback.includes(hostname) && loopback.includes(location.hostname)) {
      location.hostname = hostname
      return
    }
    byId('keys-sample').textContent = sample(state.links)
    show()
  } catch {
    byId('trouble').textContent = words().trouble
    byId('trouble').hidden = false
  }
}

/** @param {{simulator_url: string, demo_url: string}} links */
function sample({ simulator_url, demo_url }) {
  return [
    `base_url       ${location.origin}`,
    `simulator_url  ${simulator_url}`,
    `demo_url       ${demo_url}`,
    '',
    'KEY=$(node -p "require(\'./data/demo.json\').api_key")',
    `curl ${location.origin}/v1/flows \\`,
    '  -H "Authorization: Bearer $KEY" \\',
    '  --json \'{"kind":"login"}\'',
  ].join('\n')
}

void start()
