/**
 * What the phone knows of the simulated world, kept fresh: one snapshot, read again whenever the simulator says
 * that something changed, and every two seconds while it cannot say so.
 */
import { Refused } from './api.js'
import { readStored, writeStored } from './storage.js'

/**
 * @typedef {object} World
 * @property {'connecting' | 'online' | 'offline'} link
 * @property {import('./api.js').Person[]} people
 * @property {import('./api.js').Account[]} accounts
 * @property {import('./api.js').Code[]} codes newest first
 * @property {import('./api.js').Person | undefined} person whose phone this is
 * @property {Map<string, import('./api.js').Entry[]>} chats by appid
 * @property {import('./api.js').Message[]} messages texts and mails, newest first
 * @property {import('./api.js').Popup | null} popup what a page asks to be allowed
 * @property {import('./api.js').Page | null} page open in the in-WeChat browser
 */

const seenKey = 'hufu-phone-seen'

/** @param {ReturnType<import('./api.js').createApi>} api */
export function createWorld(api) {
  /** @type {World} */
  let world = {
    link: 'connecting',
    people: [],
    accounts: [],
    codes: [],
    person: undefined,
    chats: new Map(),
    messages: [],
    popup: null,
    page: null,
  }
  let personId = ''
  let openChat = ''
  let pageChanged = true
  let pageEpoch = 0 // a page read before the phone itself opened or closed one is old news
  /** @type {Record<string, number>} how many entries were read, by person and account */
  const seen = readStored(seenKey)
  /** @type {Set<(world: World) => void>} */
  const listeners = new Set()
  let reading = false
  let again = false
  /** @type {Promise<void>} */
  let settled = Promise.resolve()

  function publish(/** @type {Partial<World>} */ change) {
    world = { ...world, ...change }
    world.codes = world.codes.filter((code) => code.expiresAt > api.clock())
    markSeen()
    for (const listener of listeners) listener(world)
  }

  async function read() {
    const id = personId
    const withPage = pageChanged
    const epoch = pageEpoch
    pageChanged = false
    const [people, accounts, codes] = await Promise.all([api.people(), api.accounts(), api.codes()])
    const person = people.find((one) => one.id === id)
    const appids = person ? new Set([...person.follows, openChat].filter(Boolean)) : []
    const chats = await Promise.all(
      [...appids].map(async (appid) => /** @type {const} */ ([appid, await api.chat(id, appid).catch(refusedAs([]))])),
    )
    const messages = person ? await api.messages(person) : []
    const popup = person ? await api.popup(id).catch(refusedAs(null)) : null
    const read = person && withPage ? await api.page(id).catch(refusedAs(null)) : null
    const page = withPage && epoch === pageEpoch ? read : world.page
    if (id === personId)
      publish({ link: 'online', people, accounts, codes, person, chats: new Map(chats), messages, popup, page })
    else again = true
  }

  async function readUntilQuiet() {
    do {
      again = false
      try {
        await read()
      } catch {
        pageChanged = true
        publish({ link: 'offline' })
      }
      if (again) await pause()
    } while (again)
    reading = false
  }

  /** Reads everything again; calls while one is under way share the next. */
  function refresh() {
    again = true
    if (!reading) {
      reading = true
      settled = readUntilQuiet()
    }
    return settled
  }

  function listen() {
    let alive = false
    api.listen(
      (kind) => {
        if (kind === 'page' || kind === 'reset') pageChanged = true
        void refresh()
      },
      (linked) => {
        if (alive !== linked) pageChanged = true
        alive = linked
        void refresh()
      },
    )
    setInterval(() => {
      if (alive || document.hidden) return
      pageChanged = true
      void refresh()
    }, 2000)
  }

  function markSeen() {
    if (!openChat || !world.person || document.hidden) return
    const count = world.chats.get(openChat)?.length ?? 0
    const key = `${world.person.id}/${openChat}`
    if (seen[key] === count) return
    seen[key] = count
    writeStored(seenKey, seen)
  }

  return {
    get now() {
      return world
    },
    get personId() {
      return personId
    },
    refresh,
    /** Time passes without an event: codes expire. */
    tick: () => publish({}),
    start() {
      listen()
      document.addEventListener('visibilitychange', markSeen)
      return refresh()
    },
    /** @param {(world: World) => void} listener */
    subscribe: (listener) => listeners.add(listener),
    /** Somebody who is in the simulator since its last answer: known before the list is read again. @param {import('./api.js').Person} person */
    addPerson(person) {
      publish({ people: [...world.people.filter(({ id }) => id !== person.id), person] })
    },
    /** @param {string} id */
    setPerson(id) {
      personId = id
      pageChanged = true
      const person = world.people.find((one) => one.id === id)
      publish({ person, chats: new Map(), messages: [], popup: null, page: null })
      return refresh()
    },
    /** The chat on the screen is read even when the account is no longer followed, and never unread. @param {string} appid */
    setOpenChat(appid) {
      if (openChat === appid) return
      openChat = appid
      markSeen()
      if (appid && !world.chats.has(appid)) void refresh()
    },
    /** @param {import('./api.js').Page | null} page as an answer of the simulator told it, ahead of its event */
    setPage(page) {
      pageEpoch += 1
      publish({ page })
    },
    /** @param {string} appid */
    account: (appid) => world.accounts.find((one) => one.appid === appid),
    /** @param {string} appid */
    unread(appid) {
      if (!world.person) return 0
      const entries = world.chats.get(appid) ?? []
      return entries.slice(seen[`${world.person.id}/${appid}`] ?? 0).filter((entry) => entry.from === 'account').length
    },
  }
}

/** Under load every read finds that something changed since: then there is time for other things between two of them. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 100))

/** An answer "no" about one thing must not hide the rest; no answer at all is for the caller. */
const refusedAs = (/** @type {any} */ value) => (/** @type {unknown} */ error) => {
  if (error instanceof Refused) return value
  throw error
}
