import type { Database } from './database.ts'
import type { Session } from './sessions.ts'
import type { User } from './users.ts'

const lifeMs = 10 * 60_000

export type PasswordLeaves = ReturnType<typeof createPasswordLeaves>

/** Which sessions may set a new password, and whose: those that have just shown a WeChat. */
export function createPasswordLeaves(database: Database) {
  return {
    give({ tokenHash }: Session, { id }: User): void {
      database
        .prepare('INSERT OR REPLACE INTO password_leaves (token_hash, user_id, until) VALUES (?, ?, ?)')
        .run(tokenHash, id, Date.now() + lifeMs)
    },
    /** One scan, one new password: also where two sessions had shown the WeChat. */
    endAllOf({ id }: User): void {
      database.prepare('DELETE FROM password_leaves WHERE user_id = ?').run(id)
    },
    /** @returns the user's id */
    find({ tokenHash }: Session): string | undefined {
      const row = database
        .prepare('SELECT user_id FROM password_leaves WHERE token_hash = ? AND until > ?')
        .get(tokenHash, Date.now())
      return row && String(row.user_id)
    },
  }
}
