import type { Database } from './database.ts'
import type { Session } from './sessions.ts'

/** What a user may do only with a yes of their WeChat. */
export const approvalKinds = ['email', 'delete'] as const
export type ApprovalKind = (typeof approvalKinds)[number]

/** What this session has asked for, until there is a yes to it. */
interface Approval {
  /** The words on the phone; repeated when the yes is redeemed, which is good for nothing else. */
  purpose: string
  /** The address wished for; of nothing else. */
  email?: string
}

export type Approvals = ReturnType<typeof createApprovals>

export function createApprovals(database: Database) {
  return {
    ask({ tokenHash }: Session, kind: ApprovalKind, { purpose, email }: Approval): void {
      database
        .prepare('INSERT OR REPLACE INTO approvals (token_hash, kind, purpose, email) VALUES (?, ?, ?, ?)')
        .run(tokenHash, kind, purpose, email ?? null)
    },
    find({ tokenHash }: Session, kind: ApprovalKind): Approval | undefined {
      const row = database.prepare('SELECT * FROM approvals WHERE token_hash = ? AND kind = ?').get(tokenHash, kind)
      return row && { purpose: String(row.purpose), ...(row.email !== null && { email: String(row.email) }) }
    },
    end({ tokenHash }: Session, kind: ApprovalKind): void {
      database.prepare('DELETE FROM approvals WHERE token_hash = ? AND kind = ?').run(tokenHash, kind)
    },
  }
}
