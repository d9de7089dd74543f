import type { Database } from './database.ts'
import type { Session } from './sessions.ts'

/** A code that was sent for this session, and what it is for. */
interface Challenge {
  codeId: string
  phone: string
  /** The same words when it is checked: a code is good for its purpose only. */
  purpose: string
  /** Hufu could not deliver it. */
  hasFailed: boolean
}

export type Challenges = ReturnType<typeof createChallenges>

/** Kept after its use, too: Hufu says that it is used up. */
export function createChallenges(database: Database) {
  return {
    keep({ tokenHash }: Session, { codeId, phone, purpose }: Omit<Challenge, 'hasFailed'>): void {
      database
        .prepare('INSERT OR REPLACE INTO challenges (token_hash, code_id, phone, purpose) VALUES (?, ?, ?, ?)')
        .run(tokenHash, codeId, phone, purpose)
    },
    find({ tokenHash }: Session): Challenge | undefined {
      const row = database.prepare('SELECT * FROM challenges WHERE token_hash = ?').get(tokenHash)
      if (!row) return undefined
      const { code_id, phone, purpose, failed } = row
      return { codeId: String(code_id), phone: String(phone), purpose: String(purpose), hasFailed: failed !== null }
    },
    fail(codeId: string, reason: string): void {
      database.prepare('UPDATE challenges SET failed = ? WHERE code_id = ?').run(reason, codeId)
    },
  }
}
