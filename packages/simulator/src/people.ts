import type { Account, Accounts } from './accounts.ts'
import type { Clock } from './clock.ts'
import { base62, derivedOpenid, derivedPhone } from './ids.ts'
import { Refusal } from './refusals.ts'
import type { Stream } from './stream.ts'

export type FollowScene = 'ADD_SCENE_SEARCH' | 'ADD_SCENE_QR_CODE'

type Follow = {
  /** Seconds. */
  since: number
  scene: FollowScene
  qrScene: number
  qrSceneText: string
}

export const LANGUAGES = ['zh-CN', 'en'] as const

export type Language = (typeof LANGUAGES)[number]

export type Person = {
  id: string
  name: string
  /** What the person's phone is set to. */
  language: Language
  /** Of the SIM in the phone; the same for an id in every run. */
  phone: string
  email: string
  follows: Map<string, Follow>
  /** Tickets of codes scanned while not following: following then carries the code, even if it expires in between. */
  prompts: Set<string>
  /** Accounts whose messages this person refuses to get (不接收消息), by appid. */
  refuses: Set<string>
}

export type People = {
  create(name: string, options?: { id?: string | undefined; language?: Language | undefined }): Person
  setLanguage(person: Person, language: Language): void
  get(id: string): Person
  list(): Person[]
  openid(account: Account, person: Person): string
  unionid(account: Account, person: Person): string | undefined
  findByOpenid(account: Account, openid: string): Person | undefined
  follow(account: Account, person: Person, how: Omit<Follow, 'since'>): void
  unfollow(account: Account, person: Person): void
  /** The switch on the account's page of the phone; it ends with the follow. */
  refuse(account: Account, person: Person, refuses: boolean): void
  /** Oldest follower first. */
  followers(account: Account): Person[]
  followerCount(account: Account): number
  clear(): void
}

export function createPeople(deps: { clock: Clock; stream: Stream; accounts: Accounts }): People {
  const people = new Map<string, Person>()
  const byOpenid = new Map<string, Person>()
  const followers = new Map<string, Set<Person>>()
  const openids = new Map<string, string>()

  function openid(account: Account, person: Person): string {
    const key = `${account.appid}|${person.id}`
    const known = openids.get(key)
    if (known !== undefined) return known
    const value = derivedOpenid(account.appid, person.id)
    openids.set(key, value)
    byOpenid.set(`${account.appid}|${value}`, person)
    return value
  }

  return {
    create(name, { id = `p_${base62(10)}`, language = 'zh-CN' } = {}) {
      if (people.has(id)) throw new Refusal(409, 'person_exists', `${id} exists`)
      const phone = derivedPhone(id)
      const email = `${id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}@mail.example`
      const sets = { prompts: new Set<string>(), refuses: new Set<string>() }
      const person: Person = { id, name, language, phone, email, follows: new Map(), ...sets }
      people.set(id, person)
      deps.stream.publish({ kind: 'people', person: id })
      return person
    },
    setLanguage(person, language) {
      person.language = language
      deps.stream.publish({ kind: 'people', person: person.id })
    },
    get(id) {
      const person = people.get(id)
      if (person === undefined) throw new Refusal(404, 'unknown_person', `there is no person ${id}`)
      return person
    },
    list: () => [...people.values()],
    openid,
    unionid: (account, person) =>
      account.open_platform === null ? undefined : derivedOpenid(`open|${account.open_platform}`, person.id),
    findByOpenid: (account, value) => byOpenid.get(`${account.appid}|${value}`),
    follow(account, person, how) {
      openid(account, person)
      person.follows.set(account.appid, { since: deps.clock.seconds(), ...how })
      followers.set(account.appid, (followers.get(account.appid) ?? new Set()).add(person))
      deps.stream.publish({ kind: 'people', person: person.id, account: account.appid })
    },
    unfollow(account, person) {
      person.follows.delete(account.appid)
      person.refuses.delete(account.appid)
      followers.get(account.appid)?.delete(person)
      deps.stream.publish({ kind: 'people', person: person.id, account: account.appid })
    },
    refuse(account, person, refuses) {
      if (refuses) person.refuses.add(account.appid)
      else person.refuses.delete(account.appid)
      deps.stream.publish({ kind: 'people', person: person.id, account: account.appid })
    },
    followers: (account) => [...(followers.get(account.appid) ?? [])],
    followerCount: (account) => followers.get(account.appid)?.size ?? 0,
    clear() {
      for (const map of [people, byOpenid, followers, openids]) map.clear()
    },
  }
}
