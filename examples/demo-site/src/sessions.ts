import { hash, randomBytes } from 'node:crypto'
import type { ApprovalKind } from './approvals.ts'
import type { Database } from './database.ts'

export type FlowKind = 'login' | 'bind' | 'forgotten' | ApprovalKind

/** A flow this browser began, kept so that a reload goes on with it. */
export interface KeptFlow {
  id: string
  secret: string
}

export interface Session {
  /** What the cookie's token hashes to: a stolen database opens no session. */
  tokenHash: string
  userId?: string
  /** Repeated by every form: another site cannot know it. */
  csrf: string
  /** Ties a flow to this session: Hufu gives the result to no other. */
  binding: string
}

export type Sessions = ReturnType<typeof createSessions>

const day = 24 * 3_600_000
const lives = { visitor: day, user: 30 * day }

export function createSessions(database: Database) {
  return {
    find(token: string): Session | undefined {
      const row = database
        .prepare('SELECT * FROM sessions WHERE token_hash = ? AND expires_at > ?')
        .get(hashToken(token), Date.now())
      return row && sessionOf(row)
    },
    /** @returns the token for the cookie, and the session */
    create(userId?: string): { token: string; session: Session } {
      const [token, csrf, binding] = [random(), random(), random()]
      const expiresAt = Date.now() + (userId ? lives.user : lives.visitor)
      database.prepare('DELETE FROM sessions WHERE expires_at < ?').run(Date.now())
      database
        .prepare('INSERT INTO sessions (token_hash, user_id, csrf, binding, expires_at) VALUES (?, ?, ?, ?, ?)')
        .run(hashToken(token), userId ?? null, csrf, binding, expiresAt)
      return { token, session: { tokenHash: hashToken(token), csrf, binding, ...(userId && { userId }) } }
    },
    remove({ tokenHash }: Session): void {
      database.prepare('DELETE FROM sessions WHERE token_hash = ?').run(tokenHash)
    },
    removeAllOf(userId: string): void {
      database.prepare('DELETE FROM sessions WHERE user_id = ?').run(userId)
    },
    /** One sentence for the next page. */
    leaveNotice({ tokenHash }: Session, notice: string): void {
      database.prepare('UPDATE sessions SET notice = ? WHERE token_hash = ?').run(notice, tokenHash)
    },
    takeNotice({ tokenHash }: Session): string | undefined {
      const row = database.prepare('SELECT notice FROM sessions WHERE token_hash = ?').get(tokenHash)
      if (!row?.notice) return undefined
      database.prepare('UPDATE sessions SET notice = NULL WHERE token_hash = ?').run(tokenHash)
      return String(row.notice)
    },
    keepFlow({ tokenHash }: Session, kind: FlowKind, { id, secret }: KeptFlow): void {
      database
        .prepare('INSERT OR REPLACE INTO kept_flows (token_hash, kind, id, secret) VALUES (?, ?, ?, ?)')
        .run(tokenHash, kind, id, secret)
    },
    findFlow({ tokenHash }: Session, kind: FlowKind): KeptFlow | undefined {
      const row = database
        .prepare('SELECT id, secret FROM kept_flows WHERE token_hash = ? AND kind = ?')
        .get(tokenHash, kind)
      return row && { id: String(row.id), secret: String(row.secret) }
    },
  }
}

function random(): string {
  return randomBytes(32).toString('base64url')
}

function hashToken(token: string): string {
  return hash('sha256', token, 'base64url')
}

function sessionOf(row: Record<string, unknown>): Session {
  return {
    tokenHash: String(row.token_hash),
    csrf: String(row.csrf),
    binding: String(row.binding),
    ...(row.user_id !== null && { userId: String(row.user_id) }),
  }
}
