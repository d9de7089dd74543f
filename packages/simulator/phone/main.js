/**
 * The phone of one simulated person: `/phone/?person=ID&lang=zh-CN|en&theme=light|dark&scan=CONTENT`.
 *
 * @typedef {{el: HTMLElement, title: string, update: (world: import('./world.js').World) => void}} Screen
 * @typedef {ReturnType<typeof createPhone>} Phone
 */
import { createApi, Refused } from './api.js'
import { createWords, pickLanguage } from './i18n.js'
import { createRouter, path, setQuery } from './router.js'
import { createShell } from './shell.js'
import { readStored, writeStored } from './storage.js'
import { createWorld } from './world.js'

const choicesKey = 'hufu-phone'
const query = new URLSearchParams(location.search)
const choices = readStored(choicesKey)

function createPhone() {
  const api = createApi()
  const world = createWorld(api)
  const router = createRouter(() => {
    world.setOpenChat(router.at.screen === 'chat' ? router.at.id : '')
    if (world.now.page) void phone.closePage()
    shell.render()
  })
  const phone = {
    api,
    world,
    router,
    words: createWords(pickLanguage(query.get('lang') ?? choices.language)),
    theme: query.get('theme') ?? choices.theme ?? 'auto',
    opening: '',
    go: router.go,
    back: () => router.back(),

    /** @param {string} id */
    async choosePerson(id) {
      remember({ person: id })
      const read = world.setPerson(id)
      // At once: whoever goes back to the list while the world is still being read means to be there.
      if (router.at.screen === 'me') router.go('#/chats', { replace: true })
      await read
      await scanAsked()
    },

    /** Looks at a code and goes where WeChat would go. @param {string} content */
    async scan(content) {
      const { outcome, account } = await api.scan(personId(), content)
      if (outcome === 'entered' && account) return arrive(account)
      if (outcome === 'follow_prompt' && account) return router.go(path('follow', account, { content }))
      if (outcome === 'invalid' && /^https?:/i.test(content) && URL.canParse(content)) return phone.openPage(content)
      router.go(path('result', outcome, { content }))
    },

    /** @param {string} appid @param {string} [content] */
    async follow(appid, content) {
      await api.follow(personId(), appid, content)
      await arrive(appid)
    },

    /** @param {import('./api.js').Account} account */
    async unfollow(account) {
      await api.unfollow(personId(), account.appid)
      await world.refresh()
      router.go('#/chats', { replace: true })
      shell.toast(phone.words.t.unfollowed(account.name))
    },

    /** @param {string} url */
    async openPage(url) {
      phone.opening = url
      shell.render()
      shell.browser?.wait()
      try {
        await languageTold
        const page = await api.open(personId(), url)
        if (phone.opening !== url) return phone.opening === '' ? await phone.closePage() : undefined
        phone.opening = ''
        world.setPage(page)
      } catch (error) {
        if (phone.opening === url) shell.browser?.fail(error instanceof Error ? error.message : '')
      }
    },

    async closePage() {
      phone.opening = ''
      shell.render()
      await api.close(personId()).catch(phone.tell)
      world.setPage(null)
    },

    /** Where the page's own links and forms have led. */
    async pageMoved() {
      const page = await api.page(personId()).catch(() => null)
      if (page) world.setPage(page)
      return page
    },

    /** @param {string} language */
    setLanguage(language) {
      phone.words = createWords(pickLanguage(language))
      remember({ language }, { lang: language })
      tellLanguage()
      shell.relabel('[name=language]:checked')
    },

    /** @param {string} theme */
    setTheme(theme) {
      phone.theme = theme
      document.documentElement.dataset.theme = theme
      remember({ theme }, { theme })
    },

    /** @param {unknown} error */
    tell(error) {
      const { t } = phone.words
      shell.toast(error instanceof Refused ? t.refused(error.message) : t.offline)
      if (!(error instanceof Refused)) void world.refresh()
    },

    async start() {
      document.documentElement.dataset.theme = phone.theme
      shell.relabel('')
      shell.render()
      world.subscribe(tellLoss)
      world.subscribe(tellLanguage)
      world.subscribe(() => shell.render())
      if (router.at.screen === 'chat') world.setOpenChat(router.at.id)
      const person = query.get('person') ?? choices.person ?? ''
      void world.setPerson(person)
      await world.start()
      await scanAsked()
    },
  }
  const shell = createShell(phone)

  const personId = () => world.now.person?.id ?? ''

  let told = ''

  /** A chosen person who is not there (any more): after a reset, or by an old address. @param {import('./world.js').World} now */
  function tellLoss(now) {
    const wanted = world.personId
    if (now.person || now.link !== 'online' || !wanted) told = ''
    else if (told !== wanted) {
      told = wanted
      shell.toast(phone.words.t.gone)
    }
  }

  let toldOf = ''
  let languageTold = Promise.resolve()

  /** Web pages hear the language this phone was set to, by its address or its switch; it goes with the phone to whoever has it. */
  function tellLanguage() {
    const { person } = world.now
    const { language } = phone.words
    const one = `${person?.id} ${language}`
    if (one === toldOf) return
    toldOf = one
    if (!person || !(query.has('lang') || choices.language)) return
    languageTold = languageTold.then(() => api.setLanguage(person.id, language)).then(() => {}, phone.tell)
  }

  /** Into the chat: over the prompt, so that Back does not ask to follow again. @param {string} appid */
  async function arrive(appid) {
    await world.refresh()
    router.go(path('chat', appid), { replace: router.at.screen === 'follow' })
  }

  /** The deep link `scan`, once: a reload must not scan again. */
  async function scanAsked() {
    const content = new URLSearchParams(location.search).get('scan')
    if (!content || !world.now.person) return
    setQuery({ scan: null })
    await phone.scan(content).catch(phone.tell)
  }

  setInterval(() => {
    shell.renderStatusBar()
    if (world.now.link === 'online') world.tick()
  }, 1000)
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return
    if (world.now.page || phone.opening) void phone.closePage()
    else if (world.now.person && router.at.screen !== 'chats') phone.back()
  })
  return phone
}

/**
 * Choices outlive the tab; an address that already names one follows it, so that a reload shows the same.
 * @param {Record<string, string>} chosen
 * @param {Record<string, string>} [named]
 */
function remember(chosen, named = chosen) {
  Object.assign(choices, chosen)
  writeStored(choicesKey, choices)
  const present = Object.entries(named).filter(([name]) => query.has(name))
  if (present.length > 0) setQuery(Object.fromEntries(present))
}

void createPhone().start()
