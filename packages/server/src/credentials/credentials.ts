import type { Outbox } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { CredentialMethod } from '../store/tables.ts'
import type { Keeper, Person, Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import type { BreachedList } from './breached.ts'
import { type Contact, parseEmail, parsePhone } from './contacts.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createProofs, type Dispatch, type Proofs } from './proofs.ts'
import { deleteProofsOf, disownProofsOf, listProofsOf } from './queries.ts'

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
      async show({ userId, identities, wechats }, appId) {
        if (appId !== undefined) return undefined
        const at = (time: number) => new Date(time).toISOString()
        const changedAt = await passwords.changedAt(userId)
        const sent = await listProofsOf(deps.store.db, { values: valuesOf(identities), askers: askersOf(wechats) })
        return {
          ...(changedAt && { password: { changed_at: at(changedAt) } }),
          codes_sent: sent.map((row) => ({
            for: row.purpose,
            site: row.site,
            at: at(row.created_at),
            to: row.value_sealed.length > 0 && deps.users.openCredential(row.kind, row.value_index, row.value_sealed),
          })),
        }
      },
      async forget(tx, { identities, wechats }, appId) {
        if (appId !== undefined) return
        await deleteProofsOf(tx, valuesOf(identities))
        await disownProofsOf(tx, askersOf(wechats), deps.clock.now())
      },
      async forgetHeld(tx, { userId }, appId) {
        if (appId === undefined) await passwords.forget(tx, userId)
      },
      absorb: passwords.move,
    },
    proofs: createProofs(deps),
    passwords,
    parse: (kind, text) => (kind === 'email' ? parseEmail(text) : parsePhone(text, deps.countries)),
  }
}

function valuesOf(identities: Person['identities']): string[] {
  return identities.flatMap(({ kind, value_index: index }) => (kind === 'email' || kind === 'phone' ? [index] : []))
}

function askersOf(wechats: Person['wechats']): string[] {
  return wechats.map(([, index]) => index)
}
