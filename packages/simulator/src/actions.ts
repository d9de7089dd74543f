import type { Account, Accounts } from './accounts.ts'
import type { Chat } from './chat.ts'
import type { Clock } from './clock.ts'
import type { Code, Codes } from './codes.ts'
import type { FollowScene, People, Person } from './people.ts'
import * as documents from './pushes/documents.ts'
import type { Delivery, Pushes } from './pushes/engine.ts'
import { Refusal } from './refusals.ts'
import type { Windows } from './windows.ts'
import { writeXml, type XmlFields } from './xml.ts'

type ScanResult = {
  outcome: 'follow_prompt' | 'entered' | 'expired' | 'invalid'
  account?: string
  delivery?: Delivery
}

/** What a person does with a phone, apart from reading web pages. Each act that WeChat pushes gives its delivery; `silent` ones are never pushed, as if lost. */
export type Actions = {
  scan(person: Person, input: string): ScanResult
  follow(
    person: Person,
    account: Account,
    how?: { content?: string | undefined; silent?: boolean },
  ): Delivery | undefined
  unfollow(person: Person, account: Account, how?: { silent?: boolean }): Delivery | undefined
  /** So many people of no name follow, and no push tells of it. */
  crowd(account: Account, count: number): void
  /** `menuId`: of the customer-service menu's item that was chosen instead of typed. */
  say(person: Person, account: Account, text: string, menuId?: string): Delivery
  /** A menu button: one with a key, or one that opens a page (which opens no window for messages). */
  tap(person: Person, account: Account, button: { key: string } | { url: string }): Delivery
  /** What a person let the account know was cleaned by the platform, withdrawn by them, or ends with their WeChat. */
  changeAuthorization(
    person: Person,
    account: Account,
    change: documents.AuthorizationChange,
    revokeInfo?: string | undefined,
  ): Delivery
}

const MAX_TEST_FOLLOWERS = 100

type Deps = {
  clock: Clock
  accounts: Accounts
  people: People
  codes: Codes
  chat: Chat
  windows: Windows
  pushes: Pushes
}

export function createActions({ clock, accounts, people, codes, chat, windows, pushes }: Deps): Actions {
  function envelope(account: Account, person: Person): documents.Envelope {
    return { account, openid: people.openid(account, person), seconds: clock.seconds() }
  }

  function deliver(account: Account, person: Person, fields: XmlFields): Delivery {
    const openid = people.openid(account, person)
    const event = documents.eventName(fields)
    return pushes.deliver({ account, person, openid, event, document: writeXml(fields) })
  }

  function requireFollower(person: Person, account: Account): void {
    if (!person.follows.has(account.appid))
      throw new Refusal(409, 'not_following', `${person.name} does not follow ${account.name}`)
  }

  function scanCode(person: Person, code: Code): ScanResult {
    if (codes.isExpired(code)) return { outcome: 'expired', account: code.appid }
    const account = accounts.get(code.appid)
    if (!person.follows.has(code.appid)) {
      person.prompts.add(code.ticket)
      return { outcome: 'follow_prompt', account: code.appid }
    }
    windows.open(code.appid, people.openid(account, person), 'scan')
    const delivery = deliver(account, person, documents.scan(envelope(account, person), code))
    return { outcome: 'entered', account: code.appid, delivery }
  }

  /** The code a follow carries; undefined for the account's own follow QR. */
  function codeOfFollow(person: Person, account: Account, content: string): Code | undefined {
    const found = codes.find(content)
    if (found.kind === 'account' && found.account === account) return undefined
    if (found.kind !== 'code' || found.code.appid !== account.appid)
      throw new Refusal(400, 'foreign_code', `this is no code of ${account.name}`)
    if (codes.isExpired(found.code) && !person.prompts.has(found.code.ticket))
      throw new Refusal(409, 'code_expired', 'the code expired before this person scanned it')
    return found.code
  }

  function follow(person: Person, account: Account, code: Code | undefined, scene: FollowScene): void {
    if (account.kind === 'test' && people.followerCount(account) >= MAX_TEST_FOLLOWERS)
      throw new Refusal(409, 'test_account_full', 'a test account has at most 100 followers')
    people.follow(account, person, {
      scene,
      qrScene: code?.numeric ? Number(code.scene) : 0,
      qrSceneText: code && !code.numeric ? code.scene : '',
    })
  }

  return {
    scan(person, input) {
      const found = codes.find(input)
      if (found.kind === 'code') return scanCode(person, found.code)
      if (found.kind === 'unknown') return { outcome: 'invalid' }
      const outcome = person.follows.has(found.account.appid) ? 'entered' : 'follow_prompt'
      return { outcome, account: found.account.appid }
    },
    follow(person, account, { content, silent = false } = {}) {
      if (person.follows.has(account.appid)) return undefined
      const code = content === undefined ? undefined : codeOfFollow(person, account, content)
      follow(person, account, code, content === undefined ? 'ADD_SCENE_SEARCH' : 'ADD_SCENE_QR_CODE')
      if (code) person.prompts.delete(code.ticket)
      windows.open(account.appid, people.openid(account, person), 'follow')
      return silent ? undefined : deliver(account, person, documents.subscribe(envelope(account, person), code))
    },
    unfollow(person, account, { silent = false } = {}) {
      if (!person.follows.has(account.appid)) return undefined
      people.unfollow(account, person)
      windows.close(account.appid, people.openid(account, person))
      return silent ? undefined : deliver(account, person, documents.unsubscribe(envelope(account, person)))
    },
    crowd(account, count) {
      for (let n = 1; n <= count; n++) follow(people.create(`路人${n}`), account, undefined, 'ADD_SCENE_SEARCH')
    },
    say(person, account, text, menuId) {
      requireFollower(person, account)
      chat.add(account, person, { from: 'person', type: 'text', text })
      windows.open(account.appid, people.openid(account, person), 'message')
      return deliver(account, person, documents.text(envelope(account, person), text, menuId))
    },
    changeAuthorization(person, account, change, revokeInfo) {
      const document = documents.authorization(envelope(account, person), change, {
        unionid: people.unionid(account, person),
        revokeInfo,
      })
      // Who closes their WeChat follows nobody any more, and no other push tells of it.
      if (change === 'cancelled') people.unfollow(account, person)
      return deliver(account, person, document)
    },
    tap(person, account, button) {
      requireFollower(person, account)
      if ('url' in button) return deliver(account, person, documents.view(envelope(account, person), button.url))
      windows.open(account.appid, people.openid(account, person), 'menu')
      return deliver(account, person, documents.click(envelope(account, person), button.key))
    },
  }
}
