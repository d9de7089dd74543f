import type { Limits } from '../config.ts'
import { type Contact, type Credentials, maskContact } from '../credentials/credentials.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { createLimiter } from '../limiter.ts'
import { networkOf } from '../network.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Users } from '../users/users.ts'

/** A new password for whoever reads the account's mail. */
export interface Resets {
  /** Says the same, in the same time, whether or not there is such an account. @returns the address, masked */
  begin(email: string, asked: { browser: string; address: string; locale: string }): Promise<string>
  /** @throws DomainError */
  finish(email: string, said: { browser: string; code: string; password: string }): Promise<void>
}

const hourMs = 3_600_000

export function createResets(deps: {
  store: Store
  clock: Clock
  users: Users
  events: Events
  credentials: Credentials
  limits: Limits
  publicUrl: () => string
  canSend(kind: Contact['kind']): boolean
  /** Whoever is logged in by the former password no longer is. */
  onChanged?(tx: Tx, userId: string): Promise<void>
}): Resets {
  const { store, users, events, credentials } = deps
  const { proofs, passwords } = credentials
  const perAddress = createLimiter({ clock: deps.clock, limit: deps.limits.codesPerAddress, windowMs: hourMs })
  const proofOf = (contact: Contact, browser: string) => ({ purpose: 'reset', about: browser, contact }) as const

  return {
    async begin(email, { browser, address, locale }) {
      const contact = credentials.parse('email', email)
      if (!deps.canSend('email')) throw new DomainError('unavailable', 'No mail server is configured (HUFU_SMTP_URL).')
      const retryAfter = perAddress.take(networkOf(address))
      if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
      const site = new URL(deps.publicUrl()).host
      await store.write((tx) => proofs.issue(tx, proofOf(contact, browser), { locale, site }))
      return maskContact(contact)
    },
    async finish(email, { browser, code, password }) {
      const contact = credentials.parse('email', email)
      const hash = await passwords.hash(password, contact.value)
      const result = await store.write(async (tx) => {
        const checked = await proofs.check(tx, proofOf(contact, browser), code)
        if (checked.outcome !== 'right') return checked
        const owner = await users.findByCredential(tx, users.credentialKey('email', contact.value))
        if (!owner || !(await proofs.use(tx, checked.id))) return { outcome: 'none' } as const
        await passwords.set(tx, owner.userId, hash)
        await deps.onChanged?.(tx, owner.userId)
        events.append(tx, null, 'user.password_changed', { user_id: owner.userId, by: 'email' })
        return { outcome: 'done' } as const
      })
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
  }
}
