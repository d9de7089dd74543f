import type { Courier } from '../courier/courier.ts'
import { type Contact, type Credentials, maskContact } from '../credentials/credentials.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { newId } from '../ids.ts'
import { createLimiter } from '../limiter.ts'
import type { Limits } from '../limits.ts'
import type { Messages } from '../messages/messages.ts'
import { networkOf } from '../network.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { beijingTime } from '../text.ts'
import { createTogether } from '../together.ts'
import type { Users } from '../users/users.ts'
import { changedText } from './texts.ts'

/** A new password for whoever reads the account's mail, or holds a WeChat that is linked with it. */
export interface Resets {
  /** Says the same, in the same time, whether or not there is such an account. @returns the address, masked */
  begin(email: string, asked: { browser: string; address: string; locale: string }): Promise<string>
  /** @throws DomainError */
  finish(email: string, said: { browser: string; code: string; password: string; locale: string }): Promise<void>
  /** The addresses whose password this person may set by WeChat, masked. */
  addressesOf(userId: string): Promise<string[]>
  /**
   * By somebody whom WeChat has proved within the last ten minutes: in the session named, which stays, or on the phone itself.
   * @throws DomainError `not_found` where there is no such address, or by now the session is over or the WeChat another's
   */
  choose(userId: string, said: Proof & { password: string; locale: string }): Promise<void>
}

/** What says who it is. */
export type Proof =
  | { sessionId: string; wechat?: undefined }
  | { sessionId?: undefined; wechat: { appid: string; index: string } }

interface Change {
  how: 'wechat' | 'email'
  locale: string
  /** The session that goes on. */
  keep?: string | undefined
}

/** What a mail is made of when it is sent: no address, so that whoever is erased until then gets none. */
interface Told extends Pick<Change, 'how' | 'locale'> {
  id: string
  userId: string
  at: number
}

const hourMs = 3_600_000
const choicesPerHour = 10
/** Tries at one address; as many as may count (`proofs`). */
const triesAtOnce = 5

export function createResets(deps: {
  store: Store
  clock: Clock
  users: Users
  events: Events
  credentials: Credentials
  sessions: Sessions
  messages: Pick<Messages, 'tell'>
  outbox: Outbox
  courier: Pick<Courier, 'can' | 'tell'>
  limits: Limits
  publicUrl: () => string
}): Resets {
  const { store, clock, users, events, sessions, messages, outbox, courier, publicUrl } = deps
  const { proofs, passwords, parse } = deps.credentials
  const perAddress = createLimiter({ clock, limit: deps.limits.codesPerAddress, windowMs: hourMs })
  const perPerson = createLimiter({ clock, limit: choicesPerHour, windowMs: hourMs })
  const proofOf = (contact: Contact, browser: string) => ({ purpose: 'reset', about: browser, contact }) as const
  /** Tries at one address wait for each other in the database. */
  const underWay = createTogether(triesAtOnce)
  const siteOf = () => new URL(publicUrl()).host

  async function emailsOf(userId: string): Promise<string[]> {
    const person = await users.findPerson(userId)
    return (person?.identities ?? []).flatMap(({ kind, value }) => (kind === 'email' && value ? [value] : []))
  }

  outbox.handle('resets.tell', 'messages', async ({ payload }) => {
    const { id, userId, how, locale, at } = payload as Told
    const news = { how, locale, site: siteOf(), at: beijingTime(at) }
    for (const [place, email] of (await emailsOf(userId)).entries()) {
      await courier.tell({ id: `${id}.${place}`, email, ...news })
    }
  })

  /** Whatever proved the person, a new password is one step: who was in is out, and the person hears of it wherever we reach them. */
  async function change(tx: Tx, userId: string, hash: string, { how, locale, keep }: Change): Promise<void> {
    const now = clock.now()
    // In this order, as “not me” does.
    await sessions.endAll(tx, userId, keep)
    await passwords.set(tx, userId, hash)
    events.append(tx, null, 'user.password_changed', { user_id: userId, by: how })
    for (const { appid, index } of await users.wechatsOf(tx, userId)) {
      // By another account nobody may know this person.
      const url = `${publicUrl()}/me/password?account=${appid}`
      const text = changedText({ site: siteOf(), how, at: beijingTime(now), url }, locale)
      await messages.tell(tx, { appid, openidIndex: index }, text)
    }
    if (!courier.can('email')) return
    const payload: Told = { id: newId('ms'), userId, how, locale, at: now }
    await outbox.enqueue(tx, { kind: 'resets.tell', payload, notAfter: now + 24 * hourMs })
  }

  return {
    async begin(email, { browser, address, locale }) {
      const contact = parse('email', email)
      if (!courier.can('email')) throw new DomainError('unavailable', 'No mail server is configured (HUFU_SMTP_URL).')
      const retryAfter = perAddress.take(networkOf(address))
      if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
      await store.write((tx) => proofs.issue(tx, proofOf(contact, browser), { locale, site: siteOf() }))
      return maskContact(contact)
    },
    async finish(email, { browser, code, password, locale }) {
      const contact = parse('email', email)
      const finishIn = async (tx: Tx, hash: string) => {
        const checked = await proofs.check(tx, proofOf(contact, browser), code)
        if (checked.outcome !== 'right') return checked
        const owner = await users.findByCredential(tx, users.credentialKey('email', contact.value))
        if (!owner || !(await proofs.use(tx, checked.id))) return { outcome: 'none' } as const
        await change(tx, owner.userId, hash, { how: 'email', locale })
        return { outcome: 'done' } as const
      }
      const result = (await underWay(contact.value, async () => {
        const hash = await passwords.hash(password, contact.value)
        return store.write((tx) => finishIn(tx, hash))
      })) ?? { outcome: 'wait', seconds: 1 }
      switch (result.outcome) {
        case 'done':
          return
        case 'wrong':
          throw new DomainError('code_invalid', { members: { tries_left: result.triesLeft } })
        case 'too_many_tries':
          throw new DomainError('too_many_tries')
        case 'wait':
          throw new DomainError('rate_limited', { retryAfter: result.seconds })
        case 'none':
          throw new DomainError('code_expired')
      }
    },
    addressesOf: async (userId) => (await emailsOf(userId)).map((value) => maskContact({ kind: 'email', value })),
    async choose(userId, { password, locale, ...proof }) {
      const [email] = await emailsOf(userId)
      if (email === undefined) throw new DomainError('not_found')
      const retryAfter = perPerson.take(userId)
      if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
      const hash = await passwords.hash(password, email)
      await store.write(async (tx) => {
        // While the password was made, the session may have been ended, by “not me” above all, the WeChat removed, and the address be nobody's.
        const { sessionId, wechat } = proof
        const isProved = wechat ? users.holdWechat(tx, userId, wechat) : sessions.holdFresh(tx, userId, sessionId)
        if (!(await isProved)) throw new DomainError('not_found')
        const owner = await users.findByCredential(tx, users.credentialKey('email', email))
        if (owner?.userId !== userId) throw new DomainError('not_found')
        await change(tx, userId, hash, { how: 'wechat', locale, keep: proof.sessionId })
      })
    },
  }
}
