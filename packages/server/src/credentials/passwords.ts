import { hash as hashArgon2, verify as verifyArgon2 } from '@node-rs/argon2'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'
import type { BreachedList } from './breached.ts'
import { refused } from './contacts.ts'
import {
  countPasswordTry,
  deletePassword,
  deletePasswordSince,
  findPassword,
  forgetPasswordTries,
  movePassword,
  putPassword,
} from './queries.ts'

export interface Passwords {
  /** Refuses what is short, or known from leaks; hashes the rest. It costs the same whoever asks. @throws DomainError */
  hash(password: string, not: string): Promise<string>
  set(tx: Tx, userId: string, hash: string): Promise<void>
  has(userId: string): Promise<boolean>
  changedAt(userId: string): Promise<number | undefined>
  forget(tx: Tx, userId: string): Promise<void>
  /** One that was set since then, or in that time, opens nothing; there is a new one by e-mail. */
  forgetSince(tx: Tx, userId: string, span: { from: number; until?: number }): Promise<void>
  /** One person's two users become one: where both have a password, the second's stays. */
  move(tx: Tx, from: string, to: string): Promise<void>
  /** Whether it is this user's; costs the same without a user, or without a password. Wrong ones are counted, and lock for a while. */
  isRight(userId: string | undefined, password: string): Promise<boolean>
}

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const shortest = 8
const longest = 128
const triesAtOnce = 5
/** Fifteen an hour after that. */
const tryEveryMs = 4 * 60_000
/** Then nothing but a new password opens. */
const triesInAll = 100

export function createPasswords(deps: {
  store: Store
  vault: Vault
  clock: Clock
  breached: BreachedList | undefined
}): Passwords {
  const { store, vault, clock, breached } = deps
  const place = (userId: string) => `passwords.hash.${userId}`
  /** Nobody's: what is compared where there is none. */
  let nobodys: Promise<string> | undefined

  return {
    async hash(password, not) {
      const characters = [...password].length
      if (characters < shortest || characters > longest) {
        throw refused('password', `A password has ${shortest} to ${longest} characters.`)
      }
      if (normal(password).toLowerCase() === not)
        throw refused('password', 'The password must not be the address itself.')
      if (await breached?.has(password)) {
        throw refused('password', 'This password is known from a leak of another site. Choose another one.')
      }
      return hashArgon2(normal(password), cost)
    },
    set: (tx, userId, hash) => putPassword(tx, userId, vault.seal(place(userId), hash), clock.now()),
    has: async (userId) => (await findPassword(store.db, userId)) !== undefined,
    changedAt: async (userId) => (await findPassword(store.db, userId))?.changed_at,
    forget: deletePassword,
    forgetSince: deletePasswordSince,
    async move(tx, from, to) {
      const row = await findPassword(tx, from)
      if (!row) return
      // It is sealed for its user.
      const sealed = vault.seal(place(to), vault.open(place(from), row.hash_sealed))
      if (!(await movePassword(tx, { from, to, sealed }))) await deletePassword(tx, from)
    },
    async isRight(userId, password) {
      nobodys ??= hashArgon2('nobody', cost)
      const now = clock.now()
      const limits = { atOnce: triesAtOnce, inAll: triesInAll, since: now - tryEveryMs }
      const counted = userId !== undefined && (await store.write((tx) => countPasswordTry(tx, userId, limits, now)))
      const row = counted ? await findPassword(store.db, userId) : undefined
      const known = row && userId ? vault.open(place(userId), row.hash_sealed) : undefined
      // Whatever is longer than a password can be costs nothing to refuse, and tells nothing.
      const right = await verifyArgon2(known ?? (await nobodys), normal(password.slice(0, 4 * longest)))
      if (!known || !right || !userId) return false
      await store.write((tx) => forgetPasswordTries(tx, userId))
      return true
    },
  }
}

/** The same letters however a keyboard composes them (NIST SP 800-63B §3.1.1.2). */
function normal(password: string): string {
  return password.normalize('NFKC')
}
