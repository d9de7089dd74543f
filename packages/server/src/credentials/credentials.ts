import type { Outbox } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { CredentialMethod } from '../store/tables.ts'
import type { Keeper, Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import type { BreachedList } from './breached.ts'
import { type Contact, parseEmail, parsePhone } from './contacts.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createProofs, type Dispatch, type Proofs } from './proofs.ts'
import { deleteProofsOf } from './queries.ts'

export { type BreachedList, openBreachedList } from './breached.ts'
export { type Contact, maskContact, refused } from './contacts.ts'
export type { Checked, Dispatch, Sent } from './proofs.ts'

/** What Hufu's own users are known by besides their WeChat: an e-mail address with a password, a phone number. */
export interface Credentials {
  keeper: Keeper
  proofs: Proofs
  passwords: Passwords
  /** @throws DomainError `invalid_value` */
  parse(kind: CredentialMethod, text: string): Contact
}

export function createCredentials(deps: {
  store: Store
  vault: Vault
  clock: Clock
  users: Users
  outbox: Outbox
  breached: BreachedList | undefined
  /** Calling codes whose numbers are accepted. */
  countries: readonly string[]
  send(dispatch: Dispatch): Promise<void>
}): Credentials {
  const passwords = createPasswords(deps)
  return {
    keeper: {
      name: 'credentials',
      // They are the person's own, and no app's.
      async show({ userId }, appId) {
        const changedAt = appId === undefined ? await passwords.changedAt(userId) : undefined
        return changedAt && { password: { changed_at: new Date(changedAt).toISOString() } }
      },
      async forget(tx, { userId, identities }, appId) {
        if (appId !== undefined) return
        const own = identities.filter(({ kind }) => kind === 'email' || kind === 'phone')
        const indexes = own.map(({ value_index: index }) => index)
        await deleteProofsOf(tx, indexes)
        await passwords.forget(tx, userId)
      },
      absorb: passwords.move,
    },
    proofs: createProofs(deps),
    passwords,
    parse: (kind, text) => (kind === 'email' ? parseEmail(text) : parsePhone(text, deps.countries)),
  }
}
