import { randomBytes } from 'node:crypto'
import { newId } from '../ids.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Keeper } from '../users/users.ts'
import { equalSecrets, hashSecret, type Vault } from '../vault/vault.ts'
import {
  deleteSessionsBefore,
  deleteSessionsOf,
  endSession,
  endSessions,
  findSession,
  holdSession,
  insertSession,
  type Living,
  listSessions,
  type SessionRow,
  touchSession,
} from './queries.ts'

/** A person at Hufu's own pages, in one browser. */
export interface Session {
  id: string
  userId: string
  /** As the page shows it: names of browser and system, where the browser tells them. */
  browser: { browser?: string; os?: string }
  createdAt: number
  authenticatedAt: number
  seenAt: number
}

export interface Sessions {
  keeper: Keeper
  /** Always a new one, whatever the browser held before. @returns the cookie's value, which is stored nowhere */
  begin(tx: Tx, person: { userId: string; browser: string }): Promise<string>
  find(cookie: string | undefined): Promise<Session | undefined>
  list(userId: string): Promise<Session[]>
  /** @returns whether it was one of this user's, and open */
  end(tx: Tx, userId: string, id: string): Promise<boolean>
  /** @returns how many */
  endAll(tx: Tx, userId: string, except?: string): Promise<number>
  /** Whether this person has shown who they are within the last ten minutes: what cannot be undone asks for it. */
  isFresh(session: Session): boolean
  /** The same, in the transaction that rests on it: whoever ends the session waits, or has ended it before. */
  holdFresh(tx: Tx, userId: string, id: string): Promise<boolean>
  /** Belongs to the cookie, so that no other page can make the browser post a form. */
  formToken(cookie: string): string
  isFormToken(cookie: string, presented: string): boolean
  /** Deletes what is long over. */
  forget(job: Job): Promise<void>
}

const minuteMs = 60_000
const idleMs = 30 * minuteMs
const lifeMs = 24 * 60 * minuteMs
/** How long somebody has just shown who they are: only so long may they set a password. */
export const freshMs = 10 * minuteMs
const atOnce = 500

export const sessionSeconds = lifeMs / 1000
const cookiePattern = /^[0-9A-Za-z_-]{43}$/

export function createSessions(deps: { store: Store; clock: Clock; vault: Vault }): Sessions {
  const { store, clock, vault } = deps
  const formToken = (cookie: string) => vault.derive('session form token', cookie).toString('base64url')

  function living(): Living {
    const now = clock.now()
    return { seenAfter: now - idleMs, createdAfter: now - lifeMs }
  }

  async function list(userId: string): Promise<Session[]> {
    return (await listSessions(store.db, userId, living())).map(sessionOf)
  }

  return {
    keeper: {
      name: 'sessions',
      async show({ userId }, appId) {
        if (appId !== undefined) return []
        return (await list(userId)).map(({ browser, createdAt, seenAt }) => ({
          browser,
          created_at: new Date(createdAt).toISOString(),
          seen_at: new Date(seenAt).toISOString(),
        }))
      },
      async forgetHeld(tx, { userId }, appId) {
        if (appId === undefined) await deleteSessionsOf(tx, userId)
      },
      // Whoever was in as one of them would be in as both.
      async absorb(tx, userId) {
        await deleteSessionsOf(tx, userId)
      },
    },
    list,
    async begin(tx, { userId, browser }) {
      const cookie = randomBytes(32).toString('base64url')
      const now = clock.now()
      await insertSession(tx, {
        id: newId('se'),
        user_id: userId,
        token_hash: hashSecret(cookie),
        browser,
        created_at: now,
        authenticated_at: now,
        seen_at: now,
        ended_at: null,
      })
      return cookie
    },
    async find(cookie) {
      if (!cookie || !cookiePattern.test(cookie)) return undefined
      const row = await findSession(store.db, hashSecret(cookie), living())
      if (!row) return undefined
      const now = clock.now()
      if (now - row.seen_at > minuteMs) await store.write((tx) => touchSession(tx, row.id, now))
      return sessionOf(row)
    },
    end: (tx, userId, id) => endSession(tx, userId, id, clock.now()),
    endAll: (tx, userId, except) => endSessions(tx, userId, except ?? null, clock.now()),
    isFresh: ({ authenticatedAt }) => clock.now() - authenticatedAt < freshMs,
    holdFresh: (tx, userId, id) => holdSession(tx, userId, id, clock.now() - freshMs),
    formToken,
    isFormToken: (cookie, presented) => equalSecrets(presented, formToken(cookie)),
    async forget({ write }) {
      const before = clock.now() - lifeMs
      while ((await write((tx) => deleteSessionsBefore(tx, before, atOnce))) === atOnce);
    },
  }
}

function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    browser: JSON.parse(row.browser),
    createdAt: row.created_at,
    authenticatedAt: row.authenticated_at,
    seenAt: row.seen_at,
  }
}
