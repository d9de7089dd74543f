import { HufuError, type MessageInput } from '@hufu/client'
import type { Database } from './database.ts'
import type { Links } from './links.ts'
import type { Users } from './users.ts'

/** What became of a notice, by Hufu's words for it. */
export interface Fate {
  state: string
  reason: string | undefined
  /** It may still change. */
  isOpen: boolean
}

export type Notices = ReturnType<typeof createNotices>

const open = new Set(['queued', 'sending', 'accepted'])
const watchedMs = 60_000

/** What our users were told by WeChat. A shop goes on when a notice does not arrive: it says so, and that is all. */
export function createNotices(deps: { database: Database; links: Links; users: Users }) {
  const { database, links, users } = deps
  function keep(userId: string, about: string, messageId: string | null, refused: string | null): void {
    database
      .prepare('INSERT OR REPLACE INTO notices (user_id, about, message_id, refused, sent_at) VALUES (?, ?, ?, ?, ?)')
      .run(userId, about, messageId, refused, Date.now())
  }

  /** Why Hufu took none: of who cannot be reached, what stands in the way. */
  async function refusalOf(userId: string, { code }: HufuError): Promise<string> {
    const hufuUserId = users.find(userId)?.hufuUserId
    if (code !== 'user_unreachable' || !hufuUserId) return code
    const [wechat] = await links.client().users.reach(hufuUserId)
    return wechat?.muted ? 'muted' : (wechat?.templates.reason ?? code)
  }

  return {
    /** `once` names what is told: the same again tells nobody twice. */
    async send(userId: string, about: string, once: string, notice: Omit<MessageInput, 'user'>): Promise<void> {
      try {
        const { id } = await links.client().messages.send({ ...notice, user: userId }, { idempotencyKey: once })
        keep(userId, about, id, null)
      } catch (error) {
        if (!(error instanceof HufuError)) throw error
        keep(userId, about, null, await refusalOf(userId, error))
      }
    },
    async fateOf(userId: string, about: string): Promise<Fate | undefined> {
      const row = database.prepare('SELECT * FROM notices WHERE user_id = ? AND about = ?').get(userId, about)
      if (!row) return undefined
      if (row.message_id === null) return { state: 'refused', reason: String(row.refused), isOpen: false }
      try {
        const { state, reason } = await links.client().messages.get(String(row.message_id))
        const isOpen = open.has(state) && Date.now() - Number(row.sent_at) < watchedMs
        return { state, reason, isOpen }
      } catch (error) {
        if (!(error instanceof HufuError)) throw error
        return { state: 'unknown', reason: undefined, isOpen: false }
      }
    },
  }
}
